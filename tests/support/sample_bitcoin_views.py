"""The page of paying with Bitcoin in each of its states, with believable contents."""

from dataclasses import replace
from uuid import UUID

from markupsafe import Markup

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.bitcoin.view import BitcoinPayView, Copied, PayerForm, Seen
from admitone.entrypoints.pages.orders.suspended import suspended_words
from admitone.entrypoints.pages.orders.view import MoneyBack
from admitone.entrypoints.pages.organiser_bitcoin.view import (
    BitcoinDeskView,
    EventLine,
    NodeCard,
    OwedRow,
    PendingRow,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Link, PriceLine, State
from admitone.payments import DisputeState, StandingDispute, bitcoin
from admitone.tickets.renderings import qr
from tests.support.sample_events import LAGOS, LINES
from tests.support.sample_order_views import order_view
from tests.support.sample_organiser_views import nav

TOKEN = "K7PQ2M"
# The first example of BOLT 11 with an amount, and the first address of BIP-173.
INVOICE = (
    "lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwz"
    "qfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjp"
    "f39tuven09sam30g4vgpfna3rh"
)
ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
MSAT = 48_562_500_000 // 1000


def _code(payload: str) -> Markup:
    return Markup(qr.qr_svg(payload, "Bitcoin payment code"))  # noqa: S704 (drawn by us)


_ANY = Link("Any app", links.pay_bitcoin(TOKEN), "qr-code", is_current=True)
WAYS = (
    _ANY,
    Link("Lightning", f"{links.pay_bitcoin(TOKEN)}?way=lightning", "zap"),
    Link("On-chain", f"{links.pay_bitcoin(TOKEN)}?way=onchain", "link"),
)


def waiting_view() -> BitcoinPayView:
    """Both rails can be paid by."""
    uri = bitcoin.bitcoin_uri(ADDRESS, MSAT, bolt11=INVOICE, label="Admit One")
    return BitcoinPayView(
        state="waiting",
        state_key="waiting-1",
        event=LAGOS.summarised(),
        order_code=TOKEN,
        lines=LINES,
        status_url=links.pay_bitcoin_status(TOKEN),
        order_url=links.order(TOKEN),
        email="ada.obi@example.com",
        amount_sats="48,563 sats",
        amount_money="₦38,850",
        rate_words="1 BTC = ₦80,000,000",
        until_words="19:57 Lagos time",
        until_iso="2027-03-01T19:57:00+01:00",
        ways=WAYS,
        qr_svg=_code(uri),
        qr_words="One code for every Bitcoin app",
        open_url=uri,
        copies=(
            Copied("Bitcoin address", ADDRESS, ADDRESS),
            Copied("Lightning invoice", f"{INVOICE[:14]}…{INVOICE[-14:]}", INVOICE),
            Copied("Amount in BTC", "0.00048563", "0.00048563"),
        ),
        change_url=f"{links.pay(TOKEN)}?choose=1",
        cancel_url=links.order_cancel(TOKEN),
    )


def _quiet(state: str, **changes: object) -> BitcoinPayView:
    """A state in which there is nothing to be paid by."""
    without = {"ways": (), "qr_svg": None, "copies": (), "open_url": "", "cancel_url": "", "change_url": ""}
    return replace(waiting_view(), **{**without, "state": state, "state_key": f"{state}-1", **changes})  # type: ignore[arg-type]


_UNDONE = suspended_words(StandingDispute(UUID(int=1), DisputeState.OPEN, is_undone=True))
_TXID = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


def _seen(words: str, kind: str, icon: str) -> tuple[Seen, ...]:
    return (Seen("48,563 sats", State(words, kind, icon), _TXID),)


def _pending(code: str, amount: str, rail: str, state: State, note: str = "") -> PendingRow:
    return PendingRow(
        order_code=code,
        order_url=links.managed_event("foundry", "1", f"orders/{code}"),
        event_title=LAGOS.title,
        amount=amount,
        rail=rail,
        since="19:27 UTC",
        state=state,
        note=note,
        attempt=code,
        ask_url=links.organiser_bitcoin("foundry", "ask"),
    )


def _desk() -> BitcoinDeskView:
    facts = (
        ("Network", "mainnet"),
        ("Block", "924,113"),
        ("Can send", "1,204,500 sats"),
        ("Can receive", "3,795,500 sats"),
        ("On the chain", "250,000 sats"),
        ("Version", "0.20.0-beta"),
    )
    late = "Its time has run out; what comes late is found all the same."
    waits, away = State("Waits for the buyer", "", "hourglass"), State("No answer", "bad", "wifi-off")
    return BitcoinDeskView(
        nav=nav(with_event=False),
        pending=(
            _pending(
                "K7PQ2M4XA", "48,563 sats, ₦38,850", "Bitcoin", State("On its way", "info", "refresh-cw")
            ),
            _pending("B2XW9RTKD", "24,282 sats, ₦19,425", "Lightning", waits, late),
            _pending("M4TZ7HHQE", "₦19,425", "Lightning", State("No answer", "warn", "triangle-alert")),
        ),
        nodes=(
            NodeCard("LND", "foundry-node", State("Keeps up", "ok", "check"), facts),
            NodeCard(
                "Bitcoin Core",
                "",
                away,
                (),
                "The provider gave no answer. Please try again.",
            ),
        ),
        shows_nodes=True,
        events=(
            EventLine(
                LAGOS.title, "Fri 12 March, 19:30", links.managed_event("foundry", "e1", "uma-invoices")
            ),
        ),
        failed=(
            _pending("R8KD2VNXC", "24,282 sats, ₦19,425", "Lightning", State("Not paid", "", "circle-x")),
        ),
        owed=(
            OwedRow(
                order_code="M4TQ7HPDW",
                order_url=links.managed_event("foundry", "1", "orders/M4TQ7HPDW"),
                event_title=LAGOS.title,
                amount="₦19,425",
                rail="Lightning",
                since="12 Apr 2027, 19:30 UTC",
                state=State("Waits for the buyer to say where to", "warn", "hourglass"),
            ),
        ),
    )


def _not_as_asked(waiting: BitcoinPayView) -> dict[str, View]:
    """Too late for its rate, too little, or not at all."""
    return {
        "bitcoin-rate-over": _quiet(
            "seen",
            seen=_seen("Seen, not in a block yet", "info", "hourglass"),
            rate_note="It comes too late for the rate it was asked at: once it is in a block, it counts for what it is"
            " worth then. If that is too little, we ask you for the rest.",
        ),
        "bitcoin-short": replace(
            waiting,
            state="short",
            seen=_seen("Seen, not in a block yet", "info", "hourglass"),
            missing_words="28,563 sats",
            kept_words="20:10 Lagos time",
            rate_note="The rate holds for it if it is in a block by 21:40 Lagos time. Later it counts for what it is"
            " worth then. If that is too little, we ask you for the rest.",
            amount_sats="28,563 sats",
            amount_money="",
            ways=(),
            copies=waiting.copies[:1],
            change_url="",
            cancel_url="",
        ),
        "bitcoin-ended": _quiet(
            "ended",
            kept_words="20:10 Lagos time",
            code_words="Get a new code",
            code_url=links.pay_bitcoin(TOKEN),
            change_url=f"{links.pay(TOKEN)}?choose=1",
        ),
    }


def bitcoin_views() -> dict[str, View]:
    """Each state by name."""
    waiting = waiting_view()
    lightning = replace(
        waiting,
        ways=tuple(replace(one, is_current=one.label == "Lightning") for one in WAYS),
        qr_svg=_code(bitcoin.lightning_qr(INVOICE)),
        qr_words="Scan it with any Lightning app",
        open_url=bitcoin.lightning_uri(INVOICE),
        copies=waiting.copies[1:2],
        play_url=links.PLAY_BITCOIN,
    )
    more = (
        *(replace(one, is_current=False) for one in WAYS),
        Link("UMA name", f"{links.pay_bitcoin(TOKEN)}?way=uma", "user-round", is_current=True),
        Link("My wallet", f"{links.pay_bitcoin(TOKEN)}?way=connected", "smartphone"),
    )
    form = PayerForm(
        url=links.pay_bitcoin_uma(TOKEN),
        lead="We send a request to your provider, and you confirm it in your app.",
        button="Send the request",
        field="address",
        label="Your UMA name",
        hint="As $you@provider.example.",
        value="you@provider.example",
        error="A UMA name begins with $, as $you@provider.example.",
    )
    named = replace(
        waiting, ways=more, copies=(), qr_words="Or scan this with an app that knows UMA", form=form
    )
    left = "20,000 sats have arrived. 28,563 sats are left to pay"
    return {
        "bitcoin-desk": _desk(),
        "bitcoin-desk-empty": BitcoinDeskView(nav(with_event=False), (), (), shows_nodes=True),
        "bitcoin-waiting": waiting,
        "bitcoin-lightning": lightning,
        "bitcoin-uma": named,
        "bitcoin-part": replace(
            waiting,
            state="part",
            part_words=left,
            amount_sats="28,563 sats",
            amount_money="₦22,850",
            kept_words="20:57 Lagos time",
            copies=(*waiting.copies[:-1], Copied("Amount in BTC", "0.00028563", "0.00028563")),
        ),
        "bitcoin-seen": _quiet("seen", seen=_seen("Seen, not in a block yet", "info", "hourglass")),
        "bitcoin-confirming": _quiet("seen", seen=_seen("1 of 2 confirmations", "info", "refresh-cw")),
        **_not_as_asked(waiting),
        "bitcoin-replaced": replace(
            waiting, state="replaced", seen=_seen("Replaced by its sender", "bad", "circle-x")
        ),
        "bitcoin-paid": _quiet("paid", is_still=True),
        "bitcoin-suspended": _quiet("suspended", title=_UNDONE.headline, lead=_UNDONE.lead),
        "bitcoin-late": _quiet("late", seen=_seen("Seen, not in a block yet", "info", "hourglass")),
        "bitcoin-returned": _quiet("returned", is_still=True),
        "bitcoin-expired": _quiet(
            "expired",
            late_words="If you have paid already, it is not lost: you get your tickets if the places are still there.",
            again_url=links.event(LAGOS.slug),
        ),
        "bitcoin-away": _quiet(
            "away",
            problem="We cannot say at the moment what this costs in bitcoin.",
            change_url=f"{links.pay(TOKEN)}?choose=1",
        ),
        **_orders(),
    }


def _orders() -> dict[str, View]:
    """Orders that were paid so, one whose money waits until its buyer says where to."""
    paid = replace(
        order_view(),
        payment_words="Lightning: 48,563 sats at ₦80,000,000 per bitcoin, 1 Mar 2027, 19:28",
    )
    void = State("Cancelled", "bad", "circle-x")
    asked = MoneyBack(
        "48,563 sats (₦38,850) waits for you in bitcoin.",
        "Because the event was called off. We have mailed a link to ada.obi@example.com. Open it, and say where we "
        "shall send it.",
        State("Waits for you", "warn", "mail"),
    )
    return {
        "order-in-bitcoin": paid,
        "order-asked-where": replace(
            paid,
            state="cancelled",
            badge=void,
            headline="This order was cancelled.",
            lead="The tickets are no longer valid.",
            tickets=tuple(replace(one, state=void, qr_svg=Markup("")) for one in paid.tickets),
            money_back=(asked,),
            ask_where_url="/orders/K7PQ2M/where",
            kept_lines=(PriceLine("Given back", "−₦38,850"), PriceLine("You paid in the end", "₦0", "total")),
            pdf_url="",
            ics_url="",
            resend_url="",
            give_back_url="",
            names_url="",
        ),
    }
