"""What a visitor chose on an event's page: the form's fields, read and written.

`q_<ticket type>` is how many, `p_<ticket type>` the price the visitor chose for one (before fees on top), `b_<bundle>`
how many of a bundle, `code` promo codes. A donation has a price alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone.events import Offer
from admitone.pricing import QUANTITY_MAX, BadQuantity
from admitone.values import currencies
from admitone.values.refusals import Refusal

QUANTITY: Final = "q_"
PRICE: Final = "p_"
BUNDLE: Final = "b_"
CODE: Final = "code"
_COUNT: Final = re.compile(r"[0-9]{1,9}")
CODES_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice as `HoldWish` takes it; `fields` are those of the items, in the same order."""

    items: tuple[tuple[UUID, int], ...] = ()
    chosen: tuple[tuple[UUID, int], ...] = ()
    bundles: tuple[tuple[UUID, int], ...] = ()
    codes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def read_choice(typed: Mapping[str, str], offer: Offer) -> Chosen:
    """What was chosen. Raises `BadQuantity` and `BadAmount`, naming their field."""
    items: list[tuple[UUID, int]] = []
    chosen: list[tuple[UUID, int]] = []
    fields: list[str] = []
    for name, text in typed.items():
        if not name.startswith(QUANTITY):
            continue
        type_id, count = _id(name, QUANTITY), _count(name, text)
        if not count:
            continue
        items.append((type_id, count))
        fields.append(name)
        offered = offer.type(type_id)
        price = typed.get(f"{PRICE}{type_id}", "")
        if offered is not None and offered.is_chosen and price.strip():
            chosen.append((type_id, _price(f"{PRICE}{type_id}", price, offer.currency)))
    for name, text in typed.items():
        if not name.startswith(PRICE) or not text.strip():
            continue
        type_id = _id(name, PRICE)
        offered = offer.type(type_id)
        # A gift is one, whatever else was sent for it.
        if offered is None or offered.kind != "donation" or any(one == type_id for one, _ in items):
            continue
        given = _price(name, text, offer.currency)
        if given:
            items.append((type_id, 1))
            chosen.append((type_id, given))
            fields.append(name)
    bundles = [
        (_id(name, BUNDLE), _count(name, text)) for name, text in typed.items() if name.startswith(BUNDLE)
    ]
    return Chosen(
        tuple(items),
        tuple(chosen),
        tuple(one for one in bundles if one[1]),
        read_codes(typed.get(CODE, "")),
        tuple(fields),
    )


def read_codes(text: str) -> tuple[str, ...]:
    """The codes in a field, between spaces or commas, each once; no more than anybody has."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))[:CODES_MOST]


def choice_fields(
    offer: Offer,
    items: Iterable[tuple[UUID, int]],
    chosen: Mapping[UUID, int],
    bundles: Iterable[tuple[UUID, int]],
    codes: Iterable[str],
) -> dict[str, str]:
    """The form's fields that make this choice once more."""
    fields: dict[str, str] = {}
    for type_id, quantity in items:
        offered = offer.type(type_id)
        if offered is None or offered.kind != "donation":
            fields[f"{QUANTITY}{type_id}"] = str(quantity)
        if type_id in chosen:
            fields[f"{PRICE}{type_id}"] = currencies.typed_text(offer.currency, chosen[type_id])
    fields |= {f"{BUNDLE}{bundle_id}": str(quantity) for bundle_id, quantity in bundles}
    entered = " ".join(codes)
    return fields | ({CODE: entered} if entered else {})


def _id(name: str, prefix: str) -> UUID:
    try:
        return UUID(name.removeprefix(prefix))
    except ValueError:
        raise BadQuantity(field="", quantity_max=QUANTITY_MAX) from None


def _count(name: str, text: str) -> int:
    stripped = text.strip()
    if stripped and not _COUNT.fullmatch(stripped):
        raise BadQuantity(field=name, quantity_max=QUANTITY_MAX)
    return int(stripped or "0")


def _price(name: str, text: str, currency: str) -> int:
    try:
        minor = currencies.parse_major(currency, text.strip())
    except Refusal as refusal:
        refusal.field = name
        raise
    if minor < 0:
        raise currencies.BadAmount(field=name, example=currencies.major_text(currency, 0))
    return minor
