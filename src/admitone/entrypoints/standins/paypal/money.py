"""Amounts in the stand-in: whole numbers inside, PayPal's decimal texts outside. Shares nothing with the adapter."""

import re

from admitone.entrypoints.standins.paypal.saying import SaysNo

WHOLE = ("HUF", "JPY", "TWD")
_CODES = "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD"
TAKEN = tuple(_CODES.split())
_VALUE = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]+))?")


def cents(currency: object, value: object) -> int:
    """A positive amount in the smallest units PayPal takes of the currency. Raises `SaysNo` as PayPal says no."""
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if currency not in TAKEN:
        raise SaysNo(422, "INVALID_CURRENCY_CODE")
    if found is None:
        raise SaysNo(400, "INVALID_PARAMETER_SYNTAX")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    digits = 0 if currency in WHOLE else 2
    if len(fraction) > digits:
        issue = "DECIMALS_NOT_SUPPORTED" if digits == 0 else "DECIMAL_PRECISION"
        raise SaysNo(422, issue)
    amount = int(whole + fraction.ljust(digits, "0"))
    if sign or not amount:
        raise SaysNo(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
    return amount


def text(currency: str, amount: int) -> str:
    """The amount in decimal digits."""
    if currency in WHOLE:
        return str(amount)
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def money(currency: str, amount: int) -> dict[str, str]:
    """PayPal's money object."""
    return {"currency_code": currency, "value": text(currency, amount)}


def fee(currency: str, amount: int) -> int:
    """What PayPal keeps of a payment: 2.99 % and a fixed part, near its list price in Europe."""
    return min(amount, amount * 299 // 10_000 + (39 if currency not in WHOLE else 10))
