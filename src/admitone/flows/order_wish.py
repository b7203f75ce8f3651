"""What a buyer fills in at checkout, checked."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from admitone.pricing import EU_COUNTRIES, VatId, checked_vat_id
from admitone.values.contact import email_key, valid_email
from admitone.values.refusals import Invalid, Problems, Refusal

NAME_MAX = 120
BUYER_FIELDS = ("company", "address", "postcode", "city", "country", "vat_id")
_BUYER_MOST = {"company": 200, "address": 300, "postcode": 20, "city": 100, "country": 2, "vat_id": 40}


class BadName(Invalid):
    """Empty, longer than 120 characters, or with characters that cannot be printed."""

    code = "purchase.bad_name"
    text = "Please enter a name of 1 to 120 letters."


class BuyerIncomplete(Invalid):
    """An invoice was asked for without something it needs."""

    code = "purchase.buyer_incomplete"
    text = "An invoice needs this. Please fill it in."


class BuyerTooLong(Invalid):
    """Longer than fits on an invoice."""

    code = "purchase.buyer_too_long"
    text = "Please use at most {most} characters."


class BuyerCountry(Invalid):
    """Not a code of a country."""

    code = "purchase.buyer_country"
    text = "Please choose a country."


@dataclass(frozen=True, slots=True)
class OrderWish:
    """`attendee_names` per ticket type, fewer than the quantity is fine. `email_key` is filled in by `checked`.

    `buyer` is what an invoice needs, of BUYER_FIELDS; None when nobody asked for one. `root_id` is the first of the
    orders this one adds to or changes, `exchanged_minor` what exchanged tickets count towards it, `policy` what it
    keeps instead of the policy that is shown now. `adds_to` is a paid order whose family this one joins: its link was
    shown.
    """

    hold_id: UUID
    email: str
    name: str
    attendee_names: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    person_id: UUID | None = None
    email_key: str = ""
    buyer: Mapping[str, str] | None = None
    root_id: UUID | None = None
    exchanged_minor: int = 0
    policy: Mapping[str, Any] | None = None
    adds_to: UUID | None = None


def clean_name(text: str) -> str:
    """The name with its spaces tidied. Raises `BadName`."""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(tidy) <= NAME_MAX or any(unicodedata.category(letter).startswith("C") for letter in tidy):
        raise BadName
    return tidy


def checked(wish: OrderWish) -> OrderWish:
    """The wish, tidied. Raises `Problems` with every field that is wrong."""
    problems: list[Refusal] = []
    email, name, names = wish.email, wish.name, {}
    try:
        email = valid_email(wish.email)
    except Invalid as refusal:
        problems.append(_at(refusal, "email"))
    try:
        name = clean_name(wish.name)
    except Invalid as refusal:
        problems.append(_at(refusal, "name"))
    for type_id, given in wish.attendee_names.items():
        try:
            names[type_id] = tuple(clean_name(one) if one.strip() else "" for one in given)
        except Invalid as refusal:
            problems.append(_at(refusal, f"attendee_names.{type_id}"))
    buyer = None if wish.buyer is None else _checked_buyer(wish.buyer, problems)
    if problems:
        raise Problems(*problems)
    return replace(
        wish, email=email, email_key=email_key(email), name=name, attendee_names=names, buyer=buyer
    )


def _checked_buyer(given: Mapping[str, str], problems: list[Refusal]) -> dict[str, str] | None:
    """The address for an invoice, tidied; None when all of it is empty."""
    buyer = {name: " ".join(given.get(name, "").split()) for name in BUYER_FIELDS}
    if not any(buyer.values()):
        return None
    buyer["country"] = buyer["country"].upper()
    for name, text in buyer.items():
        if len(text) > _BUYER_MOST[name]:
            problems.append(BuyerTooLong(field=f"buyer.{name}", most=_BUYER_MOST[name]))
        elif not text and name in ("company", "address", "city", "country"):
            problems.append(BuyerIncomplete(field=f"buyer.{name}"))
    country = buyer["country"]
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        problems.append(BuyerCountry(field="buyer.country"))
    try:
        business = business_of(buyer)
    except Invalid as refusal:
        refusal.field = "buyer.vat_id"
        problems.append(refusal)
    else:
        buyer["vat_id"] = buyer["vat_id"] if business is None else business.number
    return buyer


def business_of(buyer: Mapping[str, str] | None) -> VatId | None:
    """The buyer's VAT number, if they are a business in the European Union. Raises `BadVatId`.

    Numbers of other countries are kept as they are typed: their form is nobody's business here.
    """
    if buyer is None or not buyer.get("vat_id") or buyer.get("country") not in EU_COUNTRIES:
        return None
    return checked_vat_id(buyer["vat_id"], buyer["country"])


def _at(refusal: Refusal, field_name: str) -> Refusal:
    refusal.field = refusal.field or field_name
    return refusal
