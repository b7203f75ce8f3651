"""Baskets worked out by hand, to be read: what each unit costs and who gets what."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from admitone.pricing import (
    NO_TAX,
    REVERSE_CHARGE_NOTE,
    Basket,
    BasketBundle,
    BasketItem,
    Bundle,
    CodeUse,
    Fee,
    GroupDiscount,
    OfferedType,
    PriceChoice,
    PricedBasket,
    PriceRules,
    PromoCode,
    SomeFree,
    TaxRule,
    TaxTotal,
    VatId,
    price_basket,
)

A, B, C, GIFT = (UUID(int=number) for number in (1, 2, 3, 9))
VAT19, VAT7 = TaxRule(1900, "included", "VAT"), TaxRule(700, "included", "VAT")
SALES_TAX = TaxRule(825, "added", "Sales tax")
DONATION = OfferedType(GIFT, "Donation", "donation", 0, NO_TAX, PriceChoice(100))


def offered(type_id: UUID, list_minor: int, tax: TaxRule = NO_TAX) -> OfferedType:
    return OfferedType(type_id, "ABC"[type_id.int - 1], "ticket", list_minor, tax)


def lines(found: PricedBasket) -> list[tuple[str, int, int, int, int, int]]:
    """Return name, quantity, and of one unit: price, the site's fee, tax, total."""
    return [
        (
            line.name,
            line.quantity,
            line.unit_price_minor,
            line.unit_fee_minor,
            line.unit_tax_minor,
            line.unit_total_minor,
        )
        for line in found.lines
    ]


@dataclass(frozen=True)
class Example:
    """A basket by its rules; `lines` as above, `sums` are fee, tax, total, organiser."""

    name: str
    rules: PriceRules
    basket: Basket
    lines: list[tuple[str, int, int, int, int, int]]
    sums: tuple[int, int, int, int]


def eur(*types: OfferedType, **more: object) -> PriceRules:
    return PriceRules("EUR", types, **more)  # type: ignore[arg-type]


def wanted(*items: tuple[UUID, int]) -> Basket:
    return Basket(tuple(BasketItem(type_id, quantity) for type_id, quantity in items))


EXAMPLES = [
    Example(
        # 2.5 % of 20.00 is 0.50, and 0.50; 19 % inside 21.00 is 3.353.
        "a fee on top of a price with VAT inside",
        eur(offered(A, 2000, VAT19), fees=(Fee("platform", 250, 50),)),
        wanted((A, 3)),
        [("A", 3, 2000, 100, 335, 2100)],
        (300, 1005, 6300, 4995),
    ),
    Example(
        # 7 % inside 50.00 is 3.271, 19 % inside 10.00 is 1.597.
        "VAT 19 and 7 in one basket",
        eur(offered(A, 5000, VAT7), offered(B, 1000, VAT19)),
        wanted((B, 1), (A, 2)),
        [("A", 2, 5000, 0, 327, 5000), ("B", 1, 1000, 0, 160, 1000)],
        (0, 814, 11_000, 10_186),
    ),
    Example(
        # The ticket at 7 %: 3.271 inside 50.00. Its fee of 2.00 at 19 %: 0.319.
        "a fee with a tax of its own",
        eur(offered(A, 5000, VAT7), fees=(Fee("platform", 0, 200, tax=VAT19),)),
        wanted((A, 1)),
        [("A", 1, 5000, 200, 359, 5200)],
        (200, 359, 5200, 4641),
    ),
    Example(
        "sales tax on top of price and fee: 8.25 % of 21.00 is 1.7325",
        eur(offered(A, 2000, SALES_TAX), fees=(Fee("platform", 0, 100),)),
        wanted((A, 2)),
        [("A", 2, 2000, 100, 173, 2273)],
        (200, 346, 4546, 4000),
    ),
    Example(
        # 5 times 100.00 at 19 %: 15.966 each is 15.97 by line.
        "rounding by line",
        eur(offered(A, 10_000, VAT19)),
        wanted((A, 5)),
        [("A", 5, 10_000, 0, 1597, 10_000)],
        (0, 7985, 50_000, 42_015),
    ),
    Example(
        # 19 % inside 500.00 is 79.832: the tax of two units is one cent lower.
        "rounding by document, keeping gross",
        eur(offered(A, 10_000, VAT19), rounding="document_gross"),
        wanted((A, 5)),
        [("A", 3, 10_000, 0, 1597, 10_000), ("A", 2, 10_000, 0, 1596, 10_000)],
        (0, 7983, 50_000, 42_017),
    ),
    Example(
        # 19 % of the net 420.15 is 79.829: two units cost one cent less.
        "rounding by document, by net",
        eur(offered(A, 10_000, VAT19), rounding="document_net"),
        wanted((A, 5)),
        [("A", 3, 10_000, 0, 1597, 10_000), ("A", 2, 10_000, 0, 1596, 9999)],
        (0, 7983, 49_998, 42_015),
    ),
    Example(
        # 3.6 % of 980 is 35.28; 10 % inside 1015 is 92.27. No decimals.
        "yen",
        PriceRules("JPY", (offered(A, 980, TaxRule(1000, "included", "JCT")),), fees=(Fee("platform", 360),)),
        wanted((A, 2)),
        [("A", 2, 980, 35, 92, 1015)],
        (70, 184, 2030, 1776),
    ),
    Example(
        # 2.5 % of 12.500 is 0.3125, and 0.250: more than the cap of 0.500. For 1.250: 0.031 + 0.250.
        "dinars with three decimals, a capped fee that the organiser pays",
        PriceRules(
            "KWD",
            (offered(A, 12_500), offered(B, 1250)),
            fees=(Fee("processing", 250, 250, max_minor=500, paid_by="organiser"),),
        ),
        wanted((A, 2), (B, 1)),
        [("A", 2, 12_500, 500, 0, 12_500), ("B", 1, 1250, 281, 0, 1250)],
        (1281, 0, 26_250, 24_969),
    ),
    Example(
        "3 for 2, the cheapest free, and a fee only on what costs something",
        eur(
            offered(A, 2000),
            offered(B, 1500),
            fees=(Fee("platform", 500, min_minor=90),),
            discounts=(SomeFree("3 for 2", 3, 2),),
        ),
        wanted((A, 2), (B, 2)),
        [("A", 2, 2000, 100, 0, 2100), ("B", 1, 0, 0, 0, 0), ("B", 1, 1500, 90, 0, 1590)],
        (290, 0, 5790, 5500),
    ),
    Example(
        # 6 match, so 2 are free: both of the cheaper, however they are put in threes.
        "6 for 4 frees the two cheapest of all",
        eur(offered(A, 1000), offered(B, 500), discounts=(SomeFree("3 for 2", 3, 2),)),
        wanted((A, 3), (B, 3)),
        [("A", 3, 1000, 0, 0, 1000), ("B", 2, 0, 0, 0, 0), ("B", 1, 500, 0, 0, 500)],
        (0, 0, 3500, 3500),
    ),
    Example(
        "a group of four gets 15 % off: 2.85 of 19.00, and 12.50 loses 1.875",
        eur(offered(A, 1900), offered(B, 1250), discounts=(GroupDiscount("Group", 4, 1500),)),
        wanted((A, 3), (B, 1)),
        [("A", 3, 1615, 0, 0, 1615), ("B", 1, 1062, 0, 0, 1062)],
        (0, 0, 5907, 5907),
    ),
    Example(
        # A fee of 1.01 for the order, by price: 0.404, 0.404 and 0.202. The first of the largest remainders goes up.
        "one fee for the order, divided by price, none of it on the donation",
        eur(
            offered(A, 2000),
            offered(B, 1000),
            DONATION,
            fees=(Fee("processing", 0, 101, per="order", exempt_kinds=frozenset({"donation"})),),
        ),
        Basket((BasketItem(A, 2), BasketItem(B, 1), BasketItem(GIFT, 1, 777))),
        [
            ("A", 1, 2000, 41, 0, 2041),
            ("A", 1, 2000, 40, 0, 2040),
            ("B", 1, 1000, 20, 0, 1020),
            ("Donation", 1, 777, 0, 0, 777),
        ],
        (101, 0, 5878, 5777),
    ),
    Example(
        # 50.00 by list prices 20, 20, 10, 10: 16.67 twice and 8.33 twice, for each of two bundles.
        "a family bundle, twice, beside a single ticket of its kind",
        eur(
            offered(A, 2000),
            offered(B, 1000),
            bundles=(Bundle(UUID(int=77), "Family", 5000, ((A, 2), (B, 2))),),
        ),
        Basket((BasketItem(A, 1),), (BasketBundle(UUID(int=77), 2),)),
        [("A", 1, 2000, 0, 0, 2000), ("A", 4, 1667, 0, 0, 1667), ("B", 4, 833, 0, 0, 833)],
        (0, 0, 12_000, 12_000),
    ),
    Example(
        # The site's fee of 1.00 on 0.01 is cut to 0.07: 20 % VAT inside 0.09 would be more than the organiser has.
        "a fee many times the price is cut to what the organiser can bear",
        eur(
            offered(A, 1, TaxRule(2000, "included", "VAT")),
            fees=(Fee("platform", 0, 60), Fee("processing", 0, 40)),
        ),
        wanted((A, 1)),
        [("A", 1, 1, 7, 1, 8)],
        (7, 1, 8, 0),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_basket_costs_what_was_worked_out(example: Example) -> None:
    found = price_basket(example.basket, example.rules)
    assert lines(found) == example.lines
    assert (found.fee_minor, found.tax_minor, found.total_minor, found.organiser_minor) == example.sums


def test_the_sums_by_rate_are_those_of_the_document() -> None:
    rules = eur(offered(A, 5000, VAT7), offered(B, 1000, VAT19))
    found = price_basket(wanted((A, 2), (B, 1)), rules)
    assert found.taxes == (
        TaxTotal(700, "VAT", 9346, 654, 10_000),
        TaxTotal(1900, "VAT", 840, 160, 1000),
    )


def test_who_earns_which_fee() -> None:
    fees = (
        Fee("platform", 250, 50),
        Fee("processing", 140, 25, paid_by="organiser"),
        Fee("organiser", 0, 150),
    )
    found = price_basket(wanted((A, 2)), eur(offered(A, 2000), fees=fees))
    # On top: 1.00 for the site and 1.50 for the organiser. Out of the organiser's 21.50: 0.28 + 0.25.
    assert lines(found) == [("A", 2, 2000, 153, 0, 2250)]
    assert (found.platform_fee_minor, found.processing_fee_minor) == (200, 106)
    assert (found.organiser_fee_minor, found.organiser_minor) == (300, 2 * (2250 - 153))


def test_codes_apply_in_their_order_however_they_are_entered() -> None:
    codes = (
        PromoCode("TEN", "off_order", amount_minor=1000, is_combinable=True),
        PromoCode("FIVE", "off_ticket", amount_minor=500, type_ids=frozenset({A}), is_combinable=True),
        PromoCode(
            "HALF", "percent", percent_bps=5000, quantity_max=2, is_combinable=True, label="Half price"
        ),
    )
    rules = eur(offered(A, 3333), offered(B, 1000))
    found = price_basket(Basket(wanted((A, 3), (B, 1)).items, codes=codes), rules)
    # Half of 33.33 is 16.67 (a half goes up) off two of the dearest: 16.66. Then 5.00 off each A: 11.66, 11.66, 28.33.
    # Then 10.00 off 61.65 by price: 1.8913, 1.8913, 4.5953, 1.6220 of which the largest remainders go up.
    assert [(line.name, line.quantity, line.unit_price_minor, line.labels) for line in found.lines] == [
        ("A", 2, 1166 - 189, ("Half price", "FIVE", "TEN")),
        ("A", 1, 2833 - 460, ("FIVE", "TEN")),
        ("B", 1, 1000 - 162, ("TEN",)),
    ]
    assert found.codes == (CodeUse("HALF", 3334, 2), CodeUse("FIVE", 1500, 3), CodeUse("TEN", 1000, 4))
    assert found.discount_minor == 5834


def test_codes_that_set_a_price_never_raise_one() -> None:
    codes = (
        PromoCode("FIX", "fixed_price", amount_minor=1500, is_combinable=True),
        PromoCode("CREW", "free", type_ids=frozenset({C}), quantity_max=1, is_combinable=True),
    )
    rules = eur(offered(A, 2000), offered(B, 1000), offered(C, 3000))
    found = price_basket(Basket(wanted((A, 1), (B, 1), (C, 2)).items, codes=codes), rules)
    assert [(line.name, line.unit_price_minor) for line in found.lines] == [
        ("A", 1500),
        ("B", 1000),
        ("C", 0),
        ("C", 1500),
    ]
    assert found.codes == (CodeUse("CREW", 3000, 1), CodeUse("FIX", 2000, 2))


def test_a_unit_takes_part_in_one_automatic_discount() -> None:
    discounts = (SomeFree("2 for 1", 2, 1, frozenset({A})), GroupDiscount("Group", 2, 1000))
    rules = eur(offered(A, 2000), offered(B, 1000), discounts=discounts)
    found = price_basket(wanted((A, 3), (B, 1)), rules)
    assert [(line.name, line.unit_price_minor, line.labels) for line in found.lines] == [
        ("A", 0, ("2 for 1",)),
        ("A", 2000, ()),
        ("A", 1800, ("Group",)),
        ("B", 900, ("Group",)),
    ]


def test_units_of_a_bundle_are_discounted_only_where_that_is_said() -> None:
    bundle = Bundle(UUID(int=77), "Pair", 3000, ((A, 2),))
    basket = Basket((BasketItem(A, 1),), (BasketBundle(bundle.id, 1),))
    for includes_bundles, off_minor in ((False, 200), (True, 500)):
        code = PromoCode("TENTH", "percent", percent_bps=1000, includes_bundles=includes_bundles)
        rules = eur(offered(A, 2000), bundles=(bundle,))
        found = price_basket(Basket(basket.items, basket.bundles, (code,)), rules)
        assert found.codes[0].off_minor == off_minor


def test_the_buyer_chooses_within_limits() -> None:
    choosable = OfferedType(A, "A", "ticket", 1500, NO_TAX, PriceChoice(500, 5000))
    rules = eur(choosable, DONATION)
    basket = Basket(
        (BasketItem(A, 1), BasketItem(A, 2, 500), BasketItem(A, 1, 5000), BasketItem(GIFT, 1, 100))
    )
    assert lines(price_basket(basket, rules)) == [
        ("A", 2, 500, 0, 0, 500),
        ("A", 1, 1500, 0, 0, 1500),
        ("A", 1, 5000, 0, 0, 5000),
        ("Donation", 1, 100, 0, 0, 100),
    ]


def test_a_business_in_another_country_pays_no_vat() -> None:
    rules = eur(
        offered(A, 11_900, VAT19),
        offered(B, 1000, SALES_TAX),
        fees=(Fee("platform", 1000),),
        seller_country="DE",
        has_reverse_charge=True,
    )
    items = wanted((A, 1), (B, 1)).items
    abroad = price_basket(Basket(items, business=VatId("FR61954506077", "FR")), rules)
    # 119.00 and 11.90 without 19 %; the site gets its fee in full, the organiser what is left.
    assert lines(abroad) == [("A", 1, 11_900, 1190, 0, 11_000), ("B", 1, 1000, 100, 0, 1100)]
    assert (abroad.tax_minor, abroad.is_reverse_charged, abroad.notes) == (0, True, (REVERSE_CHARGE_NOTE,))
    assert abroad.lines[0].unit_reversed_tax_minor == 2090
    at_home = price_basket(Basket(items, business=VatId("DE136695976", "DE")), rules)
    assert (at_home.lines[0].unit_tax_minor, at_home.notes) == (2090, ())
