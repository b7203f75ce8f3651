"""The pages of store credit with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.credit.making import STATES
from admitone.entrypoints.pages.credit.paying import CreditPart, CreditTaken
from admitone.entrypoints.pages.credit.view import CreditAskView, CreditBalanceView, CreditMove
from admitone.entrypoints.pages.give_back.view import ConfirmView
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.store_credit.making import KINDS, STANDINGS
from admitone.entrypoints.pages.store_credit.view import (
    CreditDetailView,
    CreditLine,
    CreditListView,
    CreditUseLine,
    GiftBatchView,
    NewGiftsView,
)
from admitone.entrypoints.pages.views import Part, PriceLine
from tests.support.sample_events import LINES as LAGOS_LINES
from tests.support.sample_order_views import choose_view, order_views
from tests.support.sample_organiser_views import nav

URL = links.store_credit("foundry")
NAV = replace(nav(with_event=False), credit_url=URL)
LINES = (
    CreditLine(
        f"{URL}/1",
        "…XX9P-0RTA",
        "Press, ada@example.org",
        "Gift code",
        STATES["open"],
        "€15",
        "€25",
        "12 Mar 2027",
    ),
    CreditLine(
        f"{URL}/2",
        "a-buyer-with-a-very-long-address@subdomain.example.org",
        "Order K7QF2M8DX",
        "Store credit",
        STATES["used"],
        "€0",
        "€1,234.50",
        "11 Mar 2027",
    ),
    CreditLine(
        f"{URL}/3", "…7M2C-1ZQA", "Test money", "Gift code", STATES["void"], "€0", "€25", "9 Mar 2027"
    ),
)
LIST = CreditListView(
    nav=NAV,
    tiles=(
        Tile("Open on gift codes", "€1,215", more=("₦40,000",)),
        Tile("Refunds kept as credit", "€86", more=("₦0",)),
    ),
    credits=LINES,
    filters={"q": "", "kind": "", "state": ""},
    kinds=KINDS,
    states=STANDINGS,
    is_filtered=False,
    new_url=f"{URL}/new",
    next_url=f"{URL}?after=1",
    first_url="",
    offer_url=f"{URL}/offer",
    is_offered=False,
)
NEW = NewGiftsView(
    nav=NAV,
    form=Part(f"{URL}/new", {"amount": "25", "count": "10", "currency": "EUR", "form_key": "k"}),
    currencies=(("EUR", "Euro (EUR)"), ("NGN", "Nigerian Naira (NGN)")),
    most=1000,
    is_test=False,
    back_url=URL,
)
BALANCE = CreditBalanceView(
    organiser_name="The Old Foundry",
    kind_words="Gift code",
    code="K7QF-2M8D-XX9P-0RTA",
    left="€15",
    given="€25",
    state=STATES["open"],
    until_words="It can be used until 31 Dec 2027, 23:00 UTC.",
    moves=(CreditMove("Order K7QF2M8DX", "−€10", "12 Mar 2027, 18:00", ""),),
)
DETAIL = CreditDetailView(
    nav=NAV,
    title="Gift code",
    code="K7QF-2M8D-XX9P-0RTA",
    state=STATES["open"],
    tiles=(Tile("Left", "€15"), Tile("Used", "€10"), Tile("Worth at first", "€25")),
    facts=(("Made", "12 Mar 2027, 18:00 UTC", f"{URL}/batches/1"), ("Note", "Press", "")),
    uses=(
        CreditUseLine("K7QF2M8DX", "/organiser/foundry/events/1/orders/K7QF2M8DX", "€10", "12 Mar 2027", ""),
    ),
    void_url=f"{URL}/1/void",
    void_words="What is left, €15, ends. Orders it has paid for stay as they are.",
    back_url=URL,
    is_test=False,
)


def _confirm() -> ConfirmView:
    """Giving back where the organiser offers credit."""
    view = order_views()["give-back-confirm"]
    assert isinstance(view, ConfirmView), "the sample of that name"
    return replace(view, offers_credit=True)


def credit_views() -> dict[str, View]:
    """Each by a name."""
    return {
        "credit-ask": CreditAskView(Part(links.CREDIT)),
        "credit-ask-wrong": CreditAskView(
            Part(links.CREDIT, {"credit": "K7"}, {"credit": "We do not know this code. Please check it."})
        ),
        "credit-balance": BALANCE,
        "pay-credit": replace(
            choose_view(),
            pay_label="Pay ₦28,850",
            lines=(
                *LAGOS_LINES[:2],
                PriceLine("Price of the order", LAGOS_LINES[2].amount),
                PriceLine("Gift code", "−₦10,000", "discount"),
                PriceLine("With money", "₦28,850", "total"),
                *LAGOS_LINES[3:],
            ),
            credit=CreditPart(
                links.pay_credit("K7PQ2M"),
                links.pay_credit_remove("K7PQ2M"),
                "k",
                (CreditTaken("1", "Gift code", "₦10,000"),),
            ),
        ),
        "give-back-credit": _confirm(),
        "credits": LIST,
        "credits-none": replace(LIST, credits=(), tiles=(), next_url="", is_offered=True),
        "credits-new": NEW,
        "credits-new-wrong": replace(
            NEW, is_test=True, form=replace(NEW.form, errors={"amount": "Please give an amount above zero."})
        ),
        "credits-batch": GiftBatchView(
            nav=NAV,
            title="250 gift codes of €25",
            about="It does not expire. Press",
            codes=(replace(LINES[0], name="K7QF-2M8D-XX9P-0RTA"),),
            more_words="And 249 more, in the file.",
            csv_url=f"{URL}/batches/1.csv",
            back_url=URL,
        ),
        "credits-one": DETAIL,
        "credits-refund": replace(
            DETAIL,
            title="Store credit",
            code="",
            uses=(),
            void_url="",
            void_words="This is a buyer's refund.",
        ),
    }
