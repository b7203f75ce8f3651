"""Reading what an organiser set: a number of days, hours, orders."""

from collections.abc import Mapping

from admitone.payments.account_status import SettingRefused


def whole_number(given: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    """The number set under this name, at most `most`. Raises `SettingRefused` for what is no number."""
    typed = given.get(name, "").strip()
    if not typed:
        return otherwise
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9 and int(typed) <= most):
        raise SettingRefused(field=name, reason=f"a whole number up to {most}")
    return int(typed)
