"""What an organiser types to set up a payment account, checked before the provider is asked. Pure."""

import re
from collections.abc import Mapping

from admitone import payments
from admitone.payments import Credential, Kind, Mode
from admitone.values.refusals import Problems, Refusal


def checked_keys(kind: Kind, mode: Mode, typed: Mapping[str, str]) -> dict[str, str]:
    """The keys without blanks around them and in one line each, and without what was not asked for.

    Raises `Problems` with `KeyMissing`, `KeyOfOtherMode` or `KeyMisshapen` for each at fault. What was typed is in none
    of them.
    """
    kept: dict[str, str] = {}
    problems: list[Refusal] = []
    for one in kind.credentials:
        value = typed.get(one.name, "").strip()
        if one.has_lines:
            value = " ".join(value.splitlines())
        wrong = _wrong(one, mode, value)
        if wrong is not None:
            problems.append(wrong)
        elif value:
            kept[one.name] = value
    if problems:
        raise Problems(*problems)
    return kept


def moved_keys(kind: Kind, mode: Mode, stored: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed over what is stored. Where secrets are sent to another place than before, those stored are not:
    each has to be typed anew.

    Raises as `checked_keys`.
    """
    given = checked_keys(kind, mode, {**stored, **typed})
    if all(given.get(one.name) == stored.get(one.name) for one in kind.credentials if one.is_place):
        return given
    anew = {one.name for one in kind.credentials if one.is_secret}
    return checked_keys(
        kind, mode, {name: value for name, value in stored.items() if name not in anew} | dict(typed)
    )


def _wrong(asked: Credential, mode: Mode, value: str) -> Refusal | None:
    if not value:
        return None if asked.is_optional else payments.KeyMissing(field=asked.name)
    if len(value) > asked.length_most or not value.isprintable():
        return payments.KeyMisshapen(field=asked.name, label=asked.label.lower())
    if asked.pattern is None or mode not in asked.pattern or re.fullmatch(asked.pattern[mode], value):
        return None
    other = Mode.LIVE if mode is Mode.TEST else Mode.TEST
    if other in asked.pattern and re.fullmatch(asked.pattern[other], value):
        return payments.KeyOfOtherMode(field=asked.name, found=other.value, wanted=mode.value)
    return payments.KeyMisshapen(field=asked.name, label=asked.label.lower())
