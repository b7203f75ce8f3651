"""Account numbers a SEPA transfer can reach: IBAN (ISO 13616) and BIC (ISO 9362), checked by `python-stdnum`. Pure.

Countries: EPC409-09, "EPC list of SEPA scheme countries". Inside the European Economic Area the IBAN alone names the
bank (Regulation (EU) 260/2012); outside of it the BIC is needed as well.
"""

from typing import Final

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError

from admitone.statements.refusals import BadBic, BadIban, BicMissing, NotSepaAccount

_EEA: Final = frozenset(
    (
        *(
            "AT",
            "BE",
            "BG",
            "HR",
            "CY",
            "CZ",
            "DK",
            "EE",
            "FI",
            "FR",
            "DE",
            "GR",
            "HU",
            "IE",
            "IT",
            "LV",
            "LT",
            "LU",
        ),
        *("MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO"),
    )
)
_OTHER_SEPA: Final = frozenset(
    # The last line: since 2024 and 2025.
    (
        *("CH", "GB", "GI", "MC", "SM", "AD", "VA"),
        *("AL", "ME", "MK", "MD", "RS"),
    )
)


def read_iban(typed: str, field: str = "iban") -> str:
    """The IBAN without spaces, in upper case. Raises BadIban, NotSepaAccount for `field`."""
    try:
        compact = stdnum_iban.validate(typed)
    except ValidationError:
        raise BadIban(field=field) from None
    if not compact.isascii():
        raise BadIban(field=field)
    if compact[:2] not in _EEA | _OTHER_SEPA:
        raise NotSepaAccount(field=field, country=compact[:2])
    return compact


def read_bic(typed: str | None, iban: str, field: str = "bic") -> str | None:
    """The BIC in upper case, or None where the IBAN is enough. Raises BadBic, BicMissing for `field`."""
    if typed is None or not typed.strip():
        if iban[:2] not in _EEA:
            raise BicMissing(field=field, country=iban[:2])
        return None
    try:
        compact = stdnum_bic.validate(typed)
    except ValidationError:
        raise BadBic(field=field) from None
    if not compact.isascii():
        raise BadBic(field=field)
    return compact
