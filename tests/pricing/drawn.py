"""Rules and baskets drawn by Hypothesis: small enough to shrink, mixed enough to meet every rule at once."""

from uuid import UUID

from hypothesis import strategies as st

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
    SomeFree,
    TaxRule,
    VatId,
)

TAXES = st.sampled_from(
    [
        NO_TAX,
        TaxRule(1900, "included", "VAT"),
        TaxRule(700, "included", "VAT"),
        TaxRule(10_000, "included", "T"),
        TaxRule(1900, "added", "VAT"),
        TaxRule(825, "added", "Sales tax"),
    ]
)
AMOUNTS = st.integers(0, 30) | st.integers(0, 20_000)
RATES = st.sampled_from([0, 1, 250, 333, 1000, 5000, 10_000])
IDS = [UUID(int=number) for number in range(1, 6)]
DONATION = UUID(int=9)
SOME_TYPES = st.none() | st.frozensets(st.sampled_from(IDS), min_size=1)


@st.composite
def offered_types(draw: st.DrawFn) -> tuple[OfferedType, ...]:
    """One to five types and a donation."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        is_choosable = draw(st.booleans())
        found.append(
            OfferedType(
                IDS[number],
                f"Type {number}",
                draw(st.sampled_from(["ticket", "add_on"])),
                draw(AMOUNTS),
                draw(TAXES),
                PriceChoice(0, None) if is_choosable else None,
            )
        )
    donation = OfferedType(DONATION, "Donation", "donation", 0, draw(TAXES), PriceChoice(1))
    return (*found, donation)


@st.composite
def fees(draw: st.DrawFn, per: str | None = None) -> Fee:
    """Any fee there can be."""
    earned_by = draw(st.sampled_from(["platform", "processing", "organiser"]))
    least = draw(st.integers(0, 50))
    return Fee(
        earned_by=earned_by,  # type: ignore[arg-type]
        percent_bps=draw(RATES),
        fixed_minor=draw(st.integers(0, 300)),
        min_minor=least,
        max_minor=draw(st.none() | st.integers(least, 400)),
        per=per or draw(st.sampled_from(["ticket", "order"])),  # type: ignore[arg-type]
        paid_by="buyer" if earned_by == "organiser" else draw(st.sampled_from(["buyer", "organiser"])),
        tax=draw(st.none() | TAXES),
        exempt_kinds=draw(st.sampled_from([frozenset[str](), frozenset({"donation"})])),
    )


DISCOUNTS: st.SearchStrategy[GroupDiscount | SomeFree] = st.one_of(
    st.builds(GroupDiscount, st.just("Group"), st.integers(1, 4), RATES, SOME_TYPES, st.booleans()),
    st.builds(SomeFree, st.just("3 for 2"), st.just(3), st.integers(1, 2), SOME_TYPES, st.booleans()),
)
CODES = st.builds(
    PromoCode,
    code=st.sampled_from(["A", "B", "C", "D"]),
    effect=st.sampled_from(["free", "fixed_price", "percent", "off_ticket", "off_order", "unlock"]),
    percent_bps=RATES,
    amount_minor=AMOUNTS,
    type_ids=SOME_TYPES,
    includes_bundles=st.booleans(),
    quantity_max=st.none() | st.integers(1, 4),
    is_combinable=st.just(True),
)


@st.composite
def rules(draw: st.DrawFn, *, is_plain: bool = False) -> PriceRules:
    """Rules; plain ones judge each unit by itself: no discounts, fees per ticket, rounding by line."""
    types = draw(offered_types())
    parts = draw(
        st.lists(
            st.tuples(st.sampled_from([one.id for one in types[:-1]]), st.integers(1, 3)),
            min_size=1,
            unique_by=lambda part: part[0],
        )
    )
    return PriceRules(
        currency=draw(st.sampled_from(["JPY", "EUR", "KWD"])),
        types=types,
        bundles=(Bundle(UUID(int=77), "Bundle", draw(AMOUNTS), tuple(parts)),),
        fees=tuple(draw(st.lists(fees(per="ticket" if is_plain else None), max_size=3))),
        discounts=() if is_plain else tuple(draw(st.lists(DISCOUNTS, max_size=2))),
        rounding="line" if is_plain else draw(st.sampled_from(["line", "document_net", "document_gross"])),
        seller_country="DE",
        has_reverse_charge=draw(st.booleans()),
    )


def chosen(draw: st.DrawFn, offered: OfferedType) -> int | None:
    """A price the buyer may choose, where there is a choice."""
    return None if offered.choice is None else draw(st.integers(offered.choice.minimum_minor, 5000))


@st.composite
def baskets(draw: st.DrawFn, found: PriceRules) -> Basket:
    """A basket of what is on offer, so that nothing of it is refused."""
    items = []
    for offered in draw(st.lists(st.sampled_from(found.types), min_size=1, max_size=5)):
        items.append(BasketItem(offered.id, draw(st.integers(1, 7)), chosen(draw, offered)))
    bundles = [BasketBundle(UUID(int=77), draw(st.integers(1, 3)))] if draw(st.booleans()) else []
    codes = []
    if draw(st.booleans()):
        matched = {item.type_id for item in items} - {DONATION}
        for code in draw(st.lists(CODES, max_size=3, unique_by=lambda code: code.code)):
            # A code that finds nothing it applies to is refused; that has tests of its own.
            if matched if code.type_ids is None else matched & code.type_ids:
                codes.append(code)
    business = draw(st.sampled_from([None, VatId("FR61954506077", "FR"), VatId("DE136695976", "DE")]))
    return Basket(tuple(items), tuple(bundles), tuple(codes), business)


@st.composite
def asked(draw: st.DrawFn, *, is_plain: bool = False) -> tuple[Basket, PriceRules]:
    """Rules and a basket of theirs; a plain one has no promo codes."""
    found = draw(rules(is_plain=is_plain))
    basket = draw(baskets(found))
    return (Basket(basket.items, basket.bundles, (), basket.business) if is_plain else basket), found
