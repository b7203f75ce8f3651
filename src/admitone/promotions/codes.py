"""Promo codes as values: how they are compared, what an organiser sets, and what pricing makes of it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from admitone.pricing import PRICE_MAX_MINOR, QUANTITY_MAX, BadDiscount, CodeEffect, PromoCode
from admitone.promotions.refusals import (
    BadAmount,
    BadCode,
    BadCurrency,
    BadEffect,
    BadLimit,
    BadPercent,
    BadPrefix,
    BadQuantity,
    BadWindow,
    NoteTooLong,
    NothingChosen,
    NothingUnlocked,
)
from admitone.values import currencies
from admitone.values.refusals import Problems, Refusal

LimitUnit = Literal["orders", "tickets"]
CODE_LEAST: Final = 2
CODE_MOST: Final = 40
PREFIX_MOST: Final = 20
NOTE_MOST: Final = 500
LIMIT_MOST: Final = 1_000_000
BATCH_MOST: Final = 10_000
CHOSEN_MOST: Final = 1_000
_MARKS: Final = frozenset("-_.")
_WHOLE_BPS: Final = 10_000
EFFECTS: Final[tuple[CodeEffect, ...]] = (
    "percent",
    "off_ticket",
    "off_order",
    "fixed_price",
    "free",
    "unlock",
)
OF_AMOUNT: Final = frozenset({"off_ticket", "off_order", "fixed_price"})
"""The effects that need an amount of money."""


def shown_form(text: str) -> str:
    """A code as it is shown: in Unicode's compatible form (NFKC), without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def key_of(text: str) -> str:
    """What two ways of writing a code have in common: case, spaces and compatible forms do not tell codes apart.

    O and 0 do, and so do dashes.
    """
    folded = shown_form(text)
    # Folding may open a form that normalising closes again, and the other way round: twice is where it ends.
    for _ in range(2):
        folded = shown_form(folded.casefold())
    return folded


def checked_code(text: str) -> str:
    """The code as shown. Raises BadCode."""
    code = shown_form(text)
    if not CODE_LEAST <= len(code) <= CODE_MOST or not _is_typable(code) or len(key_of(code)) > 3 * CODE_MOST:
        raise BadCode(field="code", least=CODE_LEAST, most=CODE_MOST)
    return code


def checked_prefix(text: str) -> str:
    """What generated codes begin with, in capitals; may be empty. Raises BadPrefix."""
    prefix = shown_form(text).upper()
    if len(prefix) > PREFIX_MOST or (prefix and not _is_typable(prefix)):
        raise BadPrefix(field="prefix", most=PREFIX_MOST)
    return prefix


def _is_typable(code: str) -> bool:
    # Letters may carry marks of their own (Devanagari); what cannot be seen, and what begins a formula, may not.
    return code[0].isalnum() and all(
        letter.isalnum() or letter in _MARKS or unicodedata.category(letter) in ("Mn", "Mc")
        for letter in code
    )


@dataclass(frozen=True, slots=True)
class PromoTerms:
    """What an organiser sets for a code. Money is minor units of `currency`; None means no limit, or all of them.

    `limit_unit` says whether limits count orders or tickets. `valid_until` is the first instant it is not valid.
    """

    effect: CodeEffect
    percent_bps: int = 0
    amount_minor: int = 0
    currency: str | None = None
    event_ids: frozenset[UUID] | None = None
    type_ids: frozenset[UUID] | None = None
    unlocked_type_ids: frozenset[UUID] = frozenset()
    includes_bundles: bool = False
    quantity_min: int = 1
    quantity_max: int | None = None
    is_combinable: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    total_limit: int | None = None
    per_person_limit: int | None = None
    limit_unit: LimitUnit = "orders"
    note: str = ""

    def is_valid_at(self, now: datetime) -> bool:
        """Inside its window."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promo code as it stands. `uses` and `tickets` are what counts against its limits."""

    id: UUID
    organiser_id: UUID
    batch_id: UUID | None
    code: str
    state: str
    terms: PromoTerms
    uses: int
    tickets: int
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """Not paused."""
        return self.state == "active"

    @property
    def used(self) -> int:
        """What its total limit counts."""
        return self.uses if self.terms.limit_unit == "orders" else self.tickets

    @property
    def left(self) -> int | None:
        """How many more of `limit_unit`; None without a limit."""
        return None if self.terms.total_limit is None else self.terms.total_limit - self.used

    @property
    def effect(self) -> PromoCode:
        """What it does to a basket, for pricing."""
        return effect_of(self.code, self.terms)


def effect_of(code: str, terms: PromoTerms) -> PromoCode:
    """What a code of these terms does to a basket. Raises `BadDiscount` for what cannot be."""
    return PromoCode(
        code=code,
        effect=terms.effect,
        percent_bps=terms.percent_bps,
        amount_minor=terms.amount_minor,
        type_ids=terms.type_ids,
        includes_bundles=terms.includes_bundles,
        quantity_min=terms.quantity_min,
        quantity_max=terms.quantity_max,
        is_combinable=terms.is_combinable,
        unlocked_type_ids=terms.unlocked_type_ids,
    )


def checked_terms(terms: PromoTerms) -> PromoTerms:
    """The same, if a code can be so. Raises `Problems`."""
    problems = [*_effect_problems(terms), *_other_problems(terms)]
    if not problems:
        try:
            effect_of("any", terms)
        except BadDiscount as refusal:
            problems.append(refusal)
    if problems:
        raise Problems(*problems)
    return terms


def _effect_problems(terms: PromoTerms) -> Iterator[Refusal]:
    if terms.effect not in EFFECTS:
        yield BadEffect(field="effect")
    if terms.effect == "percent" and not 0 < terms.percent_bps <= _WHOLE_BPS:
        yield BadPercent(field="percent_bps")
    if terms.effect != "percent" and terms.percent_bps:
        yield BadPercent(field="percent_bps")
    if terms.effect in OF_AMOUNT:
        if not 0 < terms.amount_minor <= PRICE_MAX_MINOR:
            yield BadAmount(field="amount_minor")
        if terms.currency is None or not currencies.known(terms.currency):
            yield BadCurrency(field="currency")
    elif terms.amount_minor:
        yield BadAmount(field="amount_minor")
    if terms.effect == "unlock" and not terms.unlocked_type_ids:
        yield NothingUnlocked(field="unlocked_type_ids")


def _other_problems(terms: PromoTerms) -> Iterator[Refusal]:
    for name, chosen in (("event_ids", terms.event_ids), ("type_ids", terms.type_ids)):
        if chosen is not None and not 0 < len(chosen) <= CHOSEN_MOST:
            yield NothingChosen(field=name)
    most = QUANTITY_MAX if terms.quantity_max is None else terms.quantity_max
    if not 1 <= terms.quantity_min <= most <= QUANTITY_MAX:
        yield BadQuantity(field="quantity_min", most=QUANTITY_MAX)
    if (
        terms.valid_from is not None
        and terms.valid_until is not None
        and terms.valid_from >= terms.valid_until
    ):
        yield BadWindow(field="valid_until")
    for name, limit in (("total_limit", terms.total_limit), ("per_person_limit", terms.per_person_limit)):
        if limit is not None and not 1 <= limit <= LIMIT_MOST:
            yield BadLimit(field=name, most=LIMIT_MOST)
    if terms.limit_unit not in ("orders", "tickets"):
        yield BadLimit(field="limit_unit", most=LIMIT_MOST)
    if len(terms.note) > NOTE_MOST:
        yield NoteTooLong(field="note", most=NOTE_MOST)
