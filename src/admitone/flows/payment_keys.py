"""What an organiser types to set up a payment account, checked before the provider is asked. Pure."""

import re
from collections.abc import Mapping

from admitone import payments
from admitone.payments import Credential, Kind, Mode
from admitone.values.refusals import Problems, Refusal

KEY_MOST = 500


def checked_keys(kind: Kind, mode: Mode, typed: Mapping[str, str]) -> dict[str, str]:
    """The keys without blanks around them, and without what was not asked for.

    Raises `Problems` with `KeyMissing`, `KeyOfOtherMode` or `KeyMisshapen` for each at fault. What was typed is in none
    of them.
    """
    kept: dict[str, str] = {}
    problems: list[Refusal] = []
    for one in kind.credentials:
        value = typed.get(one.name, "").strip()
        wrong = _wrong(one, mode, value)
        if wrong is not None:
            problems.append(wrong)
        elif value:
            kept[one.name] = value
    if problems:
        raise Problems(*problems)
    return kept


def _wrong(asked: Credential, mode: Mode, value: str) -> Refusal | None:
    if not value:
        return None if asked.is_optional else payments.KeyMissing(field=asked.name)
    if len(value) > KEY_MOST or not value.isprintable():
        return payments.KeyMisshapen(field=asked.name, label=asked.label.lower())
    if asked.pattern is None or mode not in asked.pattern or re.fullmatch(asked.pattern[mode], value):
        return None
    other = Mode.LIVE if mode is Mode.TEST else Mode.TEST
    if other in asked.pattern and re.fullmatch(asked.pattern[other], value):
        return payments.KeyOfOtherMode(field=asked.name, found=other.value, wanted=mode.value)
    return payments.KeyMisshapen(field=asked.name, label=asked.label.lower())
