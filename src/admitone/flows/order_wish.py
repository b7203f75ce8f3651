"""What a buyer fills in at checkout, checked."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from admitone.values.contact import email_key, valid_email
from admitone.values.refusals import Invalid, Problems, Refusal

NAME_MAX = 120


class BadName(Invalid):
    """Empty, longer than 120 characters, or with characters that cannot be printed."""

    code = "purchase.bad_name"
    text = "Please enter a name of 1 to 120 letters."


@dataclass(frozen=True, slots=True)
class OrderWish:
    """`attendee_names` per ticket type, fewer than the quantity is fine. `email_key` is filled in by `checked`."""

    hold_id: UUID
    email: str
    name: str
    attendee_names: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict)
    person_id: UUID | None = None
    email_key: str = ""


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
    if problems:
        raise Problems(*problems)
    return replace(wish, email=email, email_key=email_key(email), name=name, attendee_names=names)


def _at(refusal: Refusal, field_name: str) -> Refusal:
    refusal.field = refusal.field or field_name
    return refusal
