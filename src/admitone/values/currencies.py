"""Which currencies there are, how many decimals each has, and how an amount is typed and written.

Amounts everywhere are whole minor units: 12.34 EUR is 1234, 500 JPY is 500, 1.234 KWD is 1234. Bitcoin is
kept in millisatoshi (1 BTC = 10**11 msat) but people type and read **satoshi**, so `parse_major("BTC",
"1500")` is 1 500 000 msat and up to three decimals are accepted.

Source: ISO 4217 list one as of 2026 (funds codes included). Codes without a minor unit (XAU, XDR, XTS, XXX
...) are left out because an amount in them cannot be written in whole units.
"""

import re

from admitone.values.refusals import Invalid

_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

BITCOIN = "BTC"
BITCOIN_EXPONENT = 11
SATOSHI_EXPONENT = 3
MSAT_PER_BTC = 10**11
MSAT_PER_SAT = 1000
SAT_PER_BTC = MSAT_PER_BTC // MSAT_PER_SAT

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
    BITCOIN: BITCOIN_EXPONENT,
}

# [0-9] and not \d: \d also accepts the digits of other scripts, which int() would silently read.
_AMOUNT = re.compile(r"(?P<sign>-?)(?P<digits>[0-9]+(?:[.,][0-9]+)*)")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")
_LONGEST_AMOUNT = 40


class UnknownCurrency(Invalid):
    """Not a code this program can hold money in."""

    code = "currency.unknown"
    text = "We do not know the currency {currency}."


class BadAmount(Invalid):
    """Not a plain decimal number."""

    code = "currency.bad_amount"
    text = "Write the amount in plain digits, such as {example}."


class AmountTwoWays(Invalid):
    """A mark that may group thousands or begin the decimals: 1,234 is one or the other, a thousand times apart."""

    code = "currency.amount_two_ways"
    text = (
        "{typed} can be read in two ways, as thousands or with decimals. "
        "Write {large}, or with a point and {decimals} decimals, such as {small}."
    )


class TooManyDecimals(Invalid):
    """More decimals than the currency has; nothing is rounded behind anyone's back."""

    code = "currency.too_many_decimals"
    text = "An amount in {unit} has at most {decimals} decimals."


def known(code: str) -> bool:
    """Say whether `code` (three upper-case letters) is a currency we hold money in."""
    return code in EXPONENTS


def exponent(code: str) -> int:
    """Return how many decimals the currency has: JPY 0, EUR 2, KWD 3, BTC 11. Raises UnknownCurrency."""
    found = EXPONENTS.get(code)
    if found is None:
        raise UnknownCurrency(currency=code[:12])
    return found


def typed_exponent(code: str) -> int:
    """Return how many decimals people type: as `exponent`, but 3 for BTC, which is typed in satoshi."""
    decimals = exponent(code)
    return SATOSHI_EXPONENT if code == BITCOIN else decimals


def typed_unit(code: str) -> str:
    """Return the unit people type: the currency code itself, or `sat` for BTC. Raises UnknownCurrency."""
    exponent(code)
    return "sat" if code == BITCOIN else code


def parse_major(code: str, text: str) -> int:
    """Read what a person typed, such as `12.5`, and return whole minor units.

    Accepts ASCII digits with an optional leading `-`, decimals after a point or a comma, and thousands grouped
    by the other: `20.50`, `20,50`, `1,234.50`, `1.234,50`, `1,234,567`. No spaces, no `+`, no `1e3`. What can
    be read in two ways is refused, never guessed: `1,234` in a currency with decimals. (`1.234` in one with
    three is what `major_text` writes, and `1,234` in one without any can only be a thousand.) For BTC the
    text is in satoshi and the result in millisatoshi. Raises UnknownCurrency, BadAmount, AmountTwoWays,
    TooManyDecimals.
    """
    decimals = typed_exponent(code)
    match = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST_AMOUNT else None
    found = _whole_and_part(match["digits"], decimals) if match else None
    if match is None or found is None:
        raise BadAmount(example=major_text(code, 12 * 10**decimals + 5 * 10**decimals // 10))
    whole, part = found
    if len(part) > decimals:
        raise TooManyDecimals(unit=typed_unit(code), decimals=decimals)
    minor = int(whole + part.ljust(decimals, "0"))
    return -minor if match["sign"] else minor


def _whole_and_part(digits: str, decimals: int) -> tuple[str, str] | None:
    """The digits before and after the decimal mark; None when the marks make no number. Raises AmountTwoWays."""
    whole, mark, part = digits[: (at := _last_mark(digits))], digits[at : at + 1], digits[at + 1 :]
    if not mark:
        return digits, ""
    is_grouped = _GROUPED.fullmatch(digits) is not None
    if "." in whole or "," in whole:
        if is_grouped:
            return re.sub("[.,]", "", digits), ""
        is_whole_grouped = mark not in whole and _GROUPED.fullmatch(whole) is not None
        return (re.sub("[.,]", "", whole), part) if is_whole_grouped else None
    if not is_grouped or (mark == "." and len(part) <= decimals):
        return whole, part
    if decimals == 0:
        return whole + part, ""
    small = f"{whole}.{part[:decimals]}"
    raise AmountTwoWays(typed=digits, large=whole + part, decimals=decimals, small=small)


def _last_mark(digits: str) -> int:
    """Where the last point or comma is; behind the end when there is none."""
    at = max(digits.rfind("."), digits.rfind(","))
    return len(digits) if at < 0 else at


def major_text(code: str, minor: int) -> str:
    """Write minor units as a plain decimal with all its decimals and no grouping: `1234.50`, `500`, `1.234`.

    The inverse of `parse_major`; BTC is written in satoshi (`1500.000`). Raises UnknownCurrency.
    """
    decimals = typed_exponent(code)
    sign = "-" if minor < 0 else ""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def typed_text(code: str, minor: int) -> str:
    """As `major_text`, the way people type it into a field: satoshi without decimals that are zero (`0`, `1500.5`)."""
    written = major_text(code, minor)
    return written.rstrip("0").rstrip(".") if code == BITCOIN else written
