"""Money that people see, with believable contents: how to pay, bank transfers, the till at the door."""

from dataclasses import replace

from markupsafe import Markup

from admitone import statements, tickets
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkin.unpaid_view import LetInRow, UnpaidRow, UnpaidView
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.pay.view import HowToPay, PayView
from admitone.entrypoints.pages.refund_account.view import RefundAccountView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.transfers.view import (
    DoneRow,
    FileRow,
    Guess,
    LineRow,
    ProposalRow,
    SendBackView,
    SendRow,
    StatementDraftView,
    TransfersView,
)
from admitone.entrypoints.pages.views import Part, State
from admitone.statements import EpcTransfer
from tests.support.sample_events import FORM_KEY, LAGOS, LINES
from tests.support.sample_organiser_views import nav

_BASE = links.transfers("foundry")


def _nav() -> OrganiserNav:
    return replace(nav(with_event=False), transfers_url=_BASE)


def _how(*, is_transfer: bool = True, part: str = "") -> HowToPay:
    if not is_transfer:
        return HowToPay(
            "Your places are reserved. Pay when you come, say your order code, and you are let in.",
            (("Bring", "cash or a card, and your order code K7PQ2MRT0", ""), ("Amount", "€50.00", "")),
            Markup(),
            is_transfer=False,
        )
    payload = statements.epc_payload(
        EpcTransfer("Foundry Presents e. V.", "DE89370400440532013000", 5000, "K7PQ2MRT0")
    )
    picture = tickets.drawn_svg(tickets.Symbol(statements.epc_symbol(payload)), "Transfer code")
    return HowToPay(
        "Send the money from your bank with exactly this reference: it tells us that it is for your order. "
        "Transfers take a working day or two.",
        (
            ("Account holder", "Foundry Presents e. V.", "Foundry Presents e. V."),
            ("IBAN", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
            ("Bank", "Foundry Bank", ""),
            ("Amount", "€50.00", ""),
            ("Reference", "K7PQ2MRT0", "K7PQ2MRT0"),
        ),
        Markup(picture),  # noqa: S704 (drawn by us)
        part,
    )


def _pay(how: HowToPay, method: str) -> PayView:
    return PayView(
        state="waiting",
        event=LAGOS.summarised(),
        order_code="K7PQ2MRT0",
        amount="€50",
        method_name=method,
        lines=LINES,
        status_url=links.pay_status("K7PQ2M"),
        order_url=links.order("K7PQ2M"),
        until_words="Sat 28 Nov, 19:57",
        change_url="/pay/K7PQ2M/method",
        cancel_url=links.order_cancel("K7PQ2M"),
        email="ada.obi@example.com",
        how=how,
    )


def transfers_view() -> TransfersView:
    """Lines of every kind."""
    sure = (
        Guess("K7PQ2MRT0", "its code is in the text, the amount is exact, the name is much like the buyer's"),
    )
    unsure = (
        Guess("M2XX81RT0", "its code is in the text, but for a letter, it is less than what is due"),
        Guess("0AB4RTT9C", "the amount is exact, the name is much like the buyer's"),
    )
    urls = {"settle_url": f"{_BASE}/lines/1/settle", "ignore_url": f"{_BASE}/lines/1/ignore"}
    return TransfersView(
        nav=_nav(),
        accounts=(("1", "Foundry Presents e. V., …3000"),),
        import_url=f"{_BASE}/import",
        lines=(
            LineRow("20 Nov 2026", "€50.00", "Ada Obi", "K7PQ2-MRT0 tickets, thank you", sure, **urls),
            LineRow("21 Nov 2026", "€24.00", "T. Bello", "order m2xx8irto", unsure, **urls),
            LineRow("21 Nov 2026", "€1,250.00", "Stadtwerke Musterhausen an der Lahn GmbH", "", (), **urls),
        ),
        done=(
            DoneRow(
                "19 Nov 2026", "€25.00", "Ada Obi", State("Tickets", "ok", "check"), "", "7K3M9QXYZ", "/o/1"
            ),
            DoneRow(
                "19 Nov 2026",
                "€25.00",
                "Noor Haddad",
                State("Goes back", "warn", "undo-2"),
                "It came too late, the places were gone",
                "7K3M9QX10",
                "/o/2",
            ),
            DoneRow(
                "18 Nov 2026",
                "€10.00",
                "Noor Haddad",
                State("Put aside"),
                "For no order",
                reopen_url=f"{_BASE}/lines/2/reopen",
            ),
        ),
        files=(FileRow("umsaetze-november.csv", "CSV: 3 new lines, 12 known before", "21 Nov, 19:02"),),
        certain_url=f"{_BASE}/certain",
        certain_label="Settle 1 certain one",
        lead="3 lines wait for an order. In one of them the order code and the amount are exactly right.",
        send_back_url=f"{_BASE}/send-back",
        send_back_words="2 refunds wait for you to send the money.",
    )


def draft_view() -> StatementDraftView:
    """Lines of every fate."""

    def row(amount: str, payer: str, text: str, guesses: tuple[Guess, ...] = ()) -> ProposalRow:
        return ProposalRow("20 Nov 2026", amount, payer, text, guesses=guesses)

    url = f"{_BASE}/drafts/1"
    return StatementDraftView(
        nav=_nav(),
        file_name="umsaetze-november.csv",
        facts=(
            ("Account", "DE89 … 3000"),
            ("Money in", "€1,334.00"),
            ("Days", "18 Nov 2026 to 20 Nov 2026"),
            ("Lines", "17: 5 new, 12 seen before"),
        ),
        settles=(
            replace(
                row("€50.00", "Ada Obi", "K7PQ2-MRT0 tickets, thank you"),
                token="a.K7PQ2MRT0.whole.5000",
                is_ticked=True,
                code="K7PQ2MRT0",
                buyer="Ada Obi",
                state=State("Paid in full", "ok", "check"),
                detail="€50.00 is due.",
            ),
            replace(
                row("€24.00", "T. Bello", ""),
                token="b.M2XX81RT0.back.0",
                code="M2XX81RT0",
                buyer="Tunde Bello",
                state=State("Would go back", "warn", "undo-2"),
                detail="Nothing is due for this order any more. Tick it if the money is to go back to its payer.",
            ),
        ),
        waits=(
            row(
                "€10.00",
                "Noor Haddad",
                "tickets",
                guesses=(Guess("0AB4RTT9C", "the name is much like the buyer's"),),
            ),
            row("€1,250.00", "Stadtwerke Musterhausen an der Lahn GmbH", ""),
        ),
        others=(row("-€12.00", "Foundry Bank", "Fees"),),
        others_words="1 line is money that went out.",
        book_url=f"{url}/book",
        away_url=f"{url}/throw-away",
        back_url=_BASE,
        waits_more="The first 2 of 3 are shown. The others wait for you once this is booked.",
    )


def send_back_view() -> SendBackView:
    """By transfer, without an account, and in cash."""
    row = SendRow(
        "1",
        "7K3M9QX10",
        "/o/1",
        "Noor Haddad",
        "noor@example.org",
        "€25.00",
        "It came too late, the places were gone",
        "Noor Haddad, DE02 1203 0000 0000 2020 51",
        "since 20 Nov",
        is_cash=False,
        in_file=True,
        receiver_url=f"{_BASE}/send-back/1/receiver",
    )
    return SendBackView(
        nav=_nav(),
        rows=(
            row,
            replace(row, id="2", buyer="Ada Obi", to="", in_file=False, is_asked=True),
            replace(row, id="4", buyer="Ada Obi", to="Ada Obi, …2051, as the buyer typed it"),
            replace(row, id="3", buyer="Tunde Bello", to="", is_cash=True, in_file=False, receiver_url=""),
        ),
        file_url=f"{_BASE}/send-back/file",
        sent_url=f"{_BASE}/send-back/sent",
        back_url=_BASE,
    )


def refund_account_views() -> dict[str, View]:
    """Asked, refused, known, sent."""
    form = Part(links.refund_account("token"), {"holder": "Ada Obi"})
    ask = RefundAccountView(
        "ask", "Foundry Nights", "office@foundry.example", form, "€25.00", "7K3M9QX10", ""
    )
    wrong = replace(
        form, values={**form.values, "iban": "DE00 1203"}, errors={"iban": "This is not a complete IBAN."}
    )
    return {
        "refund-account": ask,
        "refund-account-refused": replace(ask, form=wrong),
        "refund-account-known": replace(ask, state="known", to="Ada Obi, …2051"),
        "refund-account-sent": replace(ask, state="sent"),
    }


def unpaid_view() -> UnpaidView:
    """Three who have not paid."""
    return UnpaidView(
        event_title=LAGOS.title,
        door="Mill Lane door",
        back_url=links.checkin("e1"),
        search_url=links.checkin_unpaid("e1"),
        post_url=links.checkin_unpaid("e1"),
        scan_url=links.checkin("e1"),
        question="",
        rows=(
            UnpaidRow("Ada Obi", "2 tickets, order K7PQ2MRT0", "K7PQ2MRT0", "€50.00"),
            UnpaidRow("Noor Haddad", "1 ticket, order 7K3M9QX10", "7K3M9QX10", "€25.00"),
            UnpaidRow(
                "Wilhelmina van der Boomgaard", "10 tickets, order 7K3M9QXYZ", "7K3M9QXYZ", "€1,250.00"
            ),
        ),
    )


def money_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "pay-transfer": _pay(_how(), "Bank transfer"),
        "pay-transfer-part": _pay(_how(part="€20.00 of €50.00 has arrived"), "Bank transfer"),
        "pay-door": _pay(_how(is_transfer=False), "Pay at the door"),
        **refund_account_views(),
        "transfers": transfers_view(),
        "transfers-none": replace(
            transfers_view(), lines=(), done=(), files=(), accounts=(), certain_label="", send_back_words=""
        ),
        "transfers-refused": replace(
            transfers_view(),
            errors={"statement": "We cannot read this file: it is a PDF, made for reading and printing."},
            asks=True,
        ),
        "transfers-columns": replace(
            transfers_view(),
            errors={
                "statement": "We do not see which column has the day and the amount. Choose the columns yourself, "
                "or import CAMT.053 or MT940."
            },
            asks=True,
            columns=("Kuupäev", "Selgitus", "Summa"),
        ),
        "statement-draft": draft_view(),
        "statement-draft-nothing-new": replace(
            draft_view(), settles=(), waits=(), others=(), others_words="", book_url="", waits_more=""
        ),
        "send-back": send_back_view(),
        "send-back-refused": replace(
            send_back_view(),
            bad_id="2",
            errors={"iban": "This is not a complete IBAN. Check it digit by digit."},
        ),
        "send-back-none": replace(send_back_view(), rows=()),
        "door-unpaid": unpaid_view(),
        "door-paid": replace(
            unpaid_view(),
            paid_words="€50.00 received from Ada Obi.",
            let_in=(LetInRow("Ada Obi", "General admission, 1 of 1", "00000000", FORM_KEY),),
        ),
        "door-not-taken": replace(unpaid_view(), error="This money has been recorded already."),
    }
