"""The form of VAT identification numbers of the European Union, and when a sale is reverse charged.

Only the form and check digits are judged (python-stdnum, `stdnum.eu.vat`); whether a number was given out is what
the VIES service of the European Commission answers, which is not asked here.
"""

from dataclasses import dataclass

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from admitone.pricing.refusals import BadVatId

EU_COUNTRIES = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
"""ISO 3166-1 codes. Greece is GR here and EL in VAT numbers; Northern Ireland (XI) is in the list for goods only."""
_PREFIXES = EU_COUNTRIES - {"GR"} | {"EL", "XI"}
_LONGEST = 40
REVERSE_CHARGE_NOTE = "Reverse charge: VAT to be paid by the recipient, Art. 196 Directive 2006/112/EC"


@dataclass(frozen=True, slots=True)
class VatId:
    """A VAT number in its short form, such as `DE136695976`, and the ISO 3166-1 code of its country, or XI."""

    number: str
    country: str


def checked_vat_id(text: str, country: str | None = None) -> VatId:
    """Return the number as it is written without spaces and marks. Raises BadVatId.

    `country` (ISO 3166-1) is where it has to be from, if that is known. Numbers of the One Stop Shop (EU, IM) are
    sellers' and therefore refused.
    """
    try:
        number = vat.validate(text) if len(text) <= _LONGEST else ""
    except ValidationError:
        number = ""
    prefix = number[:2]
    found = "GR" if prefix == "EL" else prefix
    if prefix not in _PREFIXES or (country is not None and found != country):
        raise BadVatId(field="vat_id")
    return VatId(number, found)


def is_reverse_charged(seller_country: str | None, buyer: VatId | None) -> bool:
    """Whether a business with this number owes the VAT itself: it is in another EU country than the seller."""
    return (
        buyer is not None
        and seller_country in EU_COUNTRIES
        and buyer.country in EU_COUNTRIES
        and buyer.country != seller_country
    )
