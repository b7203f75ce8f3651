"""What a basket and its rules may get wrong, and the sentence that says so."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from admitone.pricing import (
    NO_TAX,
    Basket,
    BasketBundle,
    BasketItem,
    Bundle,
    Fee,
    GroupDiscount,
    OfferedType,
    PriceChoice,
    PriceRules,
    PromoCode,
    RefundPolicy,
    RefundStep,
    RefundTerms,
    SomeFree,
    TicketNeed,
    price_basket,
)
from admitone.values.refusals import Refusal

A, B, PARKING, GIFT, PAIR, NOWHERE = (UUID(int=number) for number in (1, 2, 3, 9, 77, 99))
TYPES = (
    OfferedType(A, "Stalls", "ticket", 2000, NO_TAX),
    OfferedType(B, "Pay what you can", "ticket", 1000, NO_TAX, PriceChoice(500, 5000)),
    OfferedType(PARKING, "Parking", "add_on", 300, NO_TAX, needs_ticket=TicketNeed(2, frozenset({A}))),
    OfferedType(GIFT, "Donation", "donation", 0, NO_TAX, PriceChoice(100)),
)
RULES = PriceRules("EUR", TYPES, bundles=(Bundle(PAIR, "Pair", 3000, ((A, 2), (PARKING, 1))),))
TENTH = PromoCode("TENTH", "percent", percent_bps=1000)
FRIENDS = PromoCode("FRIENDS", "percent", percent_bps=500, is_combinable=True)


def items(*found: tuple[Any, ...]) -> Basket:
    return Basket(tuple(BasketItem(*one) for one in found))


@pytest.mark.parametrize(
    ("basket", "code", "field", "sentence"),
    [
        (Basket(), "pricing.bad_basket", "items", "Choose 1 to 100 kinds of ticket."),
        (
            items((A, 1), (NOWHERE, 1)),
            "pricing.unknown_type",
            "items.1.type_id",
            "One of the things you chose is not on offer. Please look at the list again.",
        ),
        (
            Basket(bundles=(BasketBundle(NOWHERE, 1),)),
            "pricing.unknown_bundle",
            "bundles.0.bundle_id",
            "One of the bundles you chose is not on offer. Please look at the list again.",
        ),
        (
            items((B, 1, 499)),
            "pricing.price_below_minimum",
            "items.0.chosen_minor",
            "Your price for Pay what you can is below the smallest one possible.",
        ),
        (
            items((B, 1, 5001)),
            "pricing.price_above_maximum",
            "items.0.chosen_minor",
            "Your price for Pay what you can is above the largest one possible.",
        ),
        (
            items((A, 1, 2000)),
            "pricing.price_not_choosable",
            "items.0.chosen_minor",
            "The price of Stalls is fixed.",
        ),
        (
            items((GIFT, 1)),
            "pricing.price_not_chosen",
            "items.0.chosen_minor",
            "Please say how much you want to give for Donation.",
        ),
        (
            items((B, 1), (PARKING, 1)),
            "pricing.add_on_without_ticket",
            "items",
            "Parking can only be bought together with a ticket it belongs to.",
        ),
        (
            items((A, 2), (PARKING, 4), (PARKING, 1)),
            "pricing.too_many_add_ons",
            "items",
            "With these tickets you can have at most 4 of Parking.",
        ),
        (
            items(*[(A, 1000)] * 100, (B, 1)),
            "pricing.bad_basket",
            "items",
            "Choose 1 to 100 kinds of ticket.",
        ),
        (
            Basket(items((A, 1)).items, codes=(FRIENDS, TENTH)),
            "pricing.code_not_combinable",
            "codes.1",
            "The code TENTH cannot be combined with another code. Please choose one of them.",
        ),
        (
            Basket(items((A, 1)).items, codes=(FRIENDS, FRIENDS)),
            "pricing.code_twice",
            "codes.1",
            "The code FRIENDS was entered twice. It counts once.",
        ),
        (
            Basket(
                items((A, 2), (B, 9)).items,
                codes=(
                    PromoCode("TRIO", "percent", percent_bps=100, type_ids=frozenset({A}), quantity_min=3),
                ),
            ),
            "pricing.code_needs_more",
            "codes.0",
            "The code TRIO needs at least 3 tickets it applies to.",
        ),
    ],
)
def test_a_basket_is_refused_beside_its_field(basket: Basket, code: str, field: str, sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        price_basket(basket, RULES)
    assert (caught.value.code, caught.value.field, caught.value.sentence) == (code, field, sentence)


def test_units_of_bundles_count_against_the_most_an_order_can_hold() -> None:
    many = PriceRules("EUR", TYPES, bundles=(Bundle(PAIR, "Hundred and one", 1, ((A, 101),)),))
    with pytest.raises(Refusal) as caught:
        price_basket(Basket(bundles=(BasketBundle(PAIR, 1000),)), many)
    assert (caught.value.code, caught.value.field) == ("pricing.too_many_units", "items")
    assert caught.value.sentence == ("One order can hold 100000 tickets and extras at most. Please split it.")


def test_an_add_on_inside_a_bundle_has_the_bundles_tickets() -> None:
    assert price_basket(Basket(bundles=(BasketBundle(PAIR, 3),)), RULES).total_minor == 9000


@pytest.mark.parametrize("quantity", [0, -1, 1001, 1.0, True, "1", None])
def test_a_hostile_quantity_is_refused(quantity: Any) -> None:
    for basket, field in (
        (items((A, quantity)), "items.0.quantity"),
        (Basket(bundles=(BasketBundle(PAIR, quantity),)), "bundles.0.quantity"),
    ):
        with pytest.raises(Refusal) as caught:
            price_basket(basket, RULES)
        assert (caught.value.code, caught.value.field) == ("pricing.bad_quantity", field)


@pytest.mark.parametrize("chosen", [-1, 500.0, True, "500", 10**15 + 1, float("nan")])
def test_a_hostile_price_is_refused(chosen: Any) -> None:
    with pytest.raises(Refusal) as caught:
        price_basket(items((B, 1, chosen)), RULES)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_price", "items.0.chosen_minor")


def test_a_total_that_does_not_fit_and_an_unknown_currency_are_refused() -> None:
    dear = PriceRules("EUR", (OfferedType(A, "A", "ticket", 10**15, NO_TAX),))
    with pytest.raises(Refusal) as caught:
        price_basket(items(*[(A, 1000)] * 10), dear)
    assert caught.value.code == "pricing.too_large"
    with pytest.raises(Refusal) as caught:
        price_basket(items((A, 1)), PriceRules("XXX", TYPES))
    assert caught.value.code == "currency.unknown"


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: Fee("platform", -1), "pricing.bad_fee", "percent_bps"),
        (lambda: Fee("platform", 10_001), "pricing.bad_fee", "percent_bps"),
        (lambda: Fee("platform", 0, -1), "pricing.bad_fee", "fixed_minor"),
        (lambda: Fee("platform", 0, 1, min_minor=-1), "pricing.bad_fee", "min_minor"),
        (lambda: Fee("platform", 0, 1, min_minor=3, max_minor=2), "pricing.bad_fee", "max_minor"),
        (lambda: Fee("organiser", 0, 1, paid_by="organiser"), "pricing.bad_fee", "paid_by"),
        (lambda: GroupDiscount("G", 2, 10_001), "pricing.bad_discount", "percent_bps"),
        (lambda: GroupDiscount("G", 0, 100), "pricing.bad_discount", "from_units"),
        (lambda: SomeFree("S", 3, 3), "pricing.bad_discount", "pay"),
        (lambda: SomeFree("S", 3, 0), "pricing.bad_discount", "pay"),
        (lambda: PromoCode("P", "percent", percent_bps=10_001), "pricing.bad_discount", "percent_bps"),
        (lambda: PromoCode("P", "off_order", amount_minor=-1), "pricing.bad_discount", "amount_minor"),
        (lambda: PromoCode("", "free"), "pricing.bad_discount", "code"),
        (
            lambda: PromoCode("P", "free", quantity_min=3, quantity_max=2),
            "pricing.bad_discount",
            "quantity_max",
        ),
        (lambda: PriceChoice(-1), "pricing.bad_price_choice", "minimum_minor"),
        (lambda: PriceChoice(5, 4), "pricing.bad_price_choice", "maximum_minor"),
        (
            lambda: OfferedType(A, "A", "ticket", 4, NO_TAX, PriceChoice(5)),
            "pricing.bad_price_choice",
            "list_minor",
        ),
        (lambda: OfferedType(A, "A", "donation", 0, NO_TAX), "pricing.bad_price_choice", "choice"),
        (lambda: OfferedType(A, "A", "ticket", -1, NO_TAX), "pricing.bad_price", "list_minor"),
        (
            lambda: OfferedType(A, "A", "ticket", 1, NO_TAX, needs_ticket=TicketNeed()),
            "pricing.bad_types",
            "needs_ticket",
        ),
        (lambda: TicketNeed(0), "pricing.bad_types", "per_ticket"),
        (lambda: Bundle(PAIR, "Nothing", 1, ()), "pricing.empty_bundle", "components"),
        (lambda: Bundle(PAIR, "None", 1, ((A, 0),)), "pricing.bad_types", "components"),
        (lambda: Bundle(PAIR, "Below", -1, ((A, 1),)), "pricing.bad_price", "price_minor"),
        (
            lambda: PriceRules("EUR", TYPES, bundles=(Bundle(PAIR, "?", 1, ((NOWHERE, 1),)),)),
            "pricing.bad_bundle",
            "bundles.0.components",
        ),
        (
            lambda: PriceRules("EUR", TYPES, bundles=(Bundle(PAIR, "?", 1, ((GIFT, 1),)),)),
            "pricing.bad_bundle",
            "bundles.0.components",
        ),
        (lambda: PriceRules("EUR", TYPES * 2), "pricing.bad_types", "types"),
        (
            lambda: PriceRules("EUR", TYPES, has_reverse_charge=True, seller_country="US"),
            "pricing.bad_types",
            "seller_country",
        ),
        (lambda: RefundTerms(10_001), "pricing.bad_refund_policy", "percent_bps"),
        (lambda: RefundTerms(1, -1), "pricing.bad_refund_policy", "deduction_minor"),
        (lambda: RefundPolicy(()), "pricing.bad_refund_policy", "steps"),
        (
            lambda: RefundPolicy((RefundStep(24, RefundTerms(1)), RefundStep(24, RefundTerms(0)))),
            "pricing.bad_refund_policy",
            "steps",
        ),
        (lambda: RefundStep(-1, RefundTerms(1)), "pricing.bad_refund_policy", "hours_before"),
    ],
)
def test_rules_that_cannot_be_are_refused_when_they_are_made(
    make: Callable[[], object], code: str, field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_add_ons_go_up_to_what_the_tickets_allow_and_belong_to_tickets_only() -> None:
    assert price_basket(items((A, 2), (PARKING, 4)), RULES).total_minor == 5200
    cloakroom = OfferedType(B, "Cloakroom", "add_on", 100, NO_TAX, needs_ticket=TicketNeed())
    poster = OfferedType(PARKING, "Poster", "add_on", 500, NO_TAX)
    rules = PriceRules("EUR", (TYPES[0], cloakroom, poster))
    assert price_basket(items((PARKING, 1)), rules).total_minor == 500
    assert price_basket(items((A, 1), (B, 1)), rules).total_minor == 2100
    with pytest.raises(Refusal) as caught:
        price_basket(items((PARKING, 1), (B, 1)), rules)
    assert caught.value.code == "pricing.add_on_without_ticket"
