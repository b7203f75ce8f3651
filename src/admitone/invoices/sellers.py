"""Who an organiser is on its invoices: checked as it is typed, because a wrong VAT id is found by the tax office."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Final
from uuid import UUID

from stdnum import iban as ibans
from stdnum import vatin
from stdnum.exceptions import InvalidComponent, ValidationError

from admitone.invoices import seller_store
from admitone.invoices.content import Party
from admitone.invoices.refusals import BadCountry, BadIban, BadPrefix, BadVatId, TextTooLong, TooManyLines
from admitone.plumbing.database import Reader, Transaction
from admitone.values import formats
from admitone.values.contact import valid_email
from admitone.values.refusals import Problems, Refusal

_PREFIX: Final = re.compile(r"[A-Z0-9]{1,8}")
PREFIX_MAX: Final = 8
NAME_MAX: Final = 200
LINE_MAX: Final = 100
LINES_MAX: Final = 5
NUMBER_MAX: Final = 40
FOOTER_MAX: Final = 500
_VAT_AREA_LETTERS: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_VAT_AREA: Final = frozenset(_VAT_AREA_LETTERS.split())
# Where the letters of a VAT id are not those of the country.
_LETTERS: Final = {"GR": "EL"}
_PLAIN_NUMBER: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{4,30}")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, for documents. `prefix` comes before document numbers; `country` is two letters (ISO 3166-1).

    `is_small_business`: charges no VAT by Art. 284 of Directive 2006/112/EC (Germany: § 19 UStG).
    """

    organiser_id: UUID
    legal_name: str = ""
    address_lines: tuple[str, ...] = ()
    country: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None
    iban: str | None = None
    email: str | None = None
    footer: str = ""
    prefix: str = ""
    is_small_business: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields without which no invoice can be written (Art. 226 of the Directive, 3 and 5); "vat_id" stands for
        VAT id or tax number, which who is outside its area and charges no VAT may not have.
        """
        found = [name for name in ("legal_name", "address_lines", "country") if not getattr(self, name)]
        if is_in_vat_area(self.country) and not (self.vat_id or self.tax_number):
            found.append("vat_id")
        return tuple(found)

    def party(self) -> Party:
        """What of it is printed as the seller."""
        return Party(
            name=self.legal_name,
            email=self.email,
            address_lines=self.address_lines,
            country=self.country,
            vat_id=self.vat_id,
            tax_number=self.tax_number,
        )


def is_in_vat_area(country: str | None) -> bool:
    """Whether the country is a member state of the European Union."""
    return country in _VAT_AREA


async def seller_of(reader: Reader, organiser_id: UUID) -> Seller:
    """The organiser's details; with nothing in it when they were never given."""
    row = await seller_store.find(reader, organiser_id)
    if row is None:
        return Seller(organiser_id)
    return Seller(**{**row, "address_lines": tuple(row["address_lines"])})


async def save_seller(tx: Transaction, seller: Seller) -> Seller:
    """Keep the details as given, in the form we print; what is missing is refused only when an invoice is written.

    Raises Problems with BadVatId, BadIban, BadCountry, BadPrefix, BadEmail, TextTooLong, TooManyLines.
    """
    clean = checked(seller)
    await seller_store.save(tx, {**asdict(clean), "address_lines": list(clean.address_lines)})
    return clean


def checked(seller: Seller) -> Seller:
    """The same in the form we print. Raises Problems."""
    problems: list[Refusal] = []
    found: dict[str, object] = {}
    lines = tuple(line for line in map(_one_line, seller.address_lines) if line)
    for name, make in (
        ("legal_name", lambda: _fitting(seller.legal_name, NAME_MAX, "legal_name")),
        ("address_lines", lambda: _address(lines)),
        ("country", lambda: valid_country(seller.country) if seller.country else None),
        ("vat_id", lambda: valid_vat_id(seller.vat_id, seller.country) if seller.vat_id else None),
        ("tax_number", lambda: _fitting(seller.tax_number or "", NUMBER_MAX, "tax_number") or None),
        ("iban", lambda: valid_iban(seller.iban) if seller.iban else None),
        ("email", lambda: valid_email(seller.email) if seller.email else None),
        ("footer", lambda: _fitting(seller.footer, FOOTER_MAX, "footer")),
        ("prefix", lambda: _prefix(seller.prefix)),
    ):
        try:
            found[name] = make()
        except Refusal as refusal:
            problems.append(refusal)
    if problems:
        raise Problems(*problems)
    # mypy cannot see which of the names has which type.
    return replace(seller, **found)  # type: ignore[arg-type]


def valid_country(text: str, *, field: str = "country") -> str:
    """The two letters of a country, in capitals. Raises BadCountry."""
    code = text.strip().upper()
    if code not in dict(formats.countries()):
        raise BadCountry(field=field)
    return code


def valid_vat_id(text: str, country: str | None, *, field: str = "vat_id") -> str:
    """A VAT id with its letters and right check digits, without blanks; Greek ones begin with EL.

    The letters may be another country's: who sells the entry to an event is taxed where the event is (Art. 53). A
    number without letters is taken as one of `country`. Where numbers cannot be checked, one of the right letters is
    enough. That it belongs to somebody is not asked: that is what VIES is for. Raises BadVatId.
    """
    typed = re.sub(r"[\s.\-_/]", "", text).upper()
    letters = _LETTERS.get(country or "", country or "")
    for number in (typed, letters + typed):
        number = "EL" + number[2:] if number.startswith("GR") else number
        try:
            return str(vatin.validate(number))
        except InvalidComponent:
            is_plain = number == typed or not typed[:2].isalpha()
            if is_plain and number[:2] == letters and _PLAIN_NUMBER.fullmatch(number):
                return number
        except ValidationError:
            continue
    raise BadVatId(field=field, example=f"{letters or 'DE'}136695976")


def valid_iban(text: str, *, field: str = "iban") -> str:
    """An IBAN (ISO 13616) without blanks, its check digits right. Raises BadIban."""
    try:
        return str(ibans.validate(text))
    except ValidationError:
        raise BadIban(field=field) from None


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _fitting(text: str, length_max: int, field: str) -> str:
    line = _one_line(text)
    if len(line) > length_max:
        raise TextTooLong(field=field, length_max=length_max)
    return line


def _address(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) > LINES_MAX:
        raise TooManyLines(field="address_lines", lines_max=LINES_MAX)
    return tuple(_fitting(line, LINE_MAX, "address_lines") for line in lines)


def _prefix(text: str) -> str:
    prefix = text.strip()
    # Documents of test orders begin with TEST.
    if prefix and (not _PREFIX.fullmatch(prefix) or prefix == "TEST"):
        raise BadPrefix(field="prefix", length_max=PREFIX_MAX)
    return prefix
