"""Checkout, payment, order and ticket pages with believable contents."""

from dataclasses import replace

from markupsafe import Markup

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.view import (
    AttendeeField,
    CheckoutView,
    Fewer,
    HoldGoneView,
    PayMethod,
)
from admitone.entrypoints.pages.give_back.view import (
    ConfirmView,
    GiveBackTicket,
    GiveBackView,
    NamedTicket,
    NamesView,
)
from admitone.entrypoints.pages.orders.view import (
    GiveUpView,
    MoneyBack,
    OrderTicket,
    OrderView,
    TicketsBeside,
)
from admitone.entrypoints.pages.pay.view import ChooseMethodView, PayView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.tickets.view import MyOrder, MyTicketsView, TicketView
from admitone.entrypoints.pages.views import PriceLine, State
from admitone.tickets.renderings import qr
from tests.support.sample_events import CODE, FORM_KEY, LAGOS, LINES, NEW_YORK, ONLINE

METHODS = (
    PayMethod("card", "Card", "You pay at the bank’s own page", "credit-card"),
    PayMethod("instant", "Instant push", "Confirm in your banking app, done in seconds", "zap"),
    PayMethod("slow", "Bank transfer", "Can take some minutes to be final", "banknote"),
    PayMethod("cash", "Cash at the door", "", "ticket", "Not offered by this organiser"),
)


def _qr() -> Markup:
    return Markup(qr.qr_svg(CODE))  # noqa: S704 (drawn by us)


def checkout_view() -> CheckoutView:
    """The checkout of two tickets."""
    return CheckoutView(
        event=LAGOS.summarised(),
        held_words="Your 2 tickets are held until 19:42 Lagos time.",
        post_url="/checkout/0192/order",
        release_url="/checkout/0192/release",
        extend_url="/checkout/0192/extend",
        form_key=FORM_KEY,
        lines=LINES,
        methods=METHODS,
        attendees=(
            AttendeeField("attendee_ga_1", "General admission, ticket 1"),
            AttendeeField("attendee_ga_2", "General admission, ticket 2"),
        ),
        pay_label="Pay ₦38,850",
        terms_words="Full refund until 5 March.",
    )


def _pay(state: str) -> PayView:
    return PayView(
        state=state,
        event=LAGOS.summarised(),
        order_code="K7PQ2M",
        amount="₦38,850",
        method_name="card",
        lines=LINES,
        status_url=links.pay_status("K7PQ2M"),
        order_url=links.order("K7PQ2M"),
        until_words="19:57" if state in ("waiting", "seen", "failed") else "",
        bank_url=links.bank("sbx_1") if state == "waiting" else "",
        bank_name="Sandbox Bank",
        reason_words="The bank refused the card." if state == "failed" else "",
        late_words="If you have paid already, the money goes back to you by itself."
        if state == "expired"
        else "",
        retry_url="/pay/K7PQ2M/retry" if state == "failed" else "",
        change_url="/pay/K7PQ2M/method" if state in ("waiting", "failed") else "",
        cancel_url=links.order_cancel("K7PQ2M") if state in ("waiting", "failed") else "",
        again_url=links.event(LAGOS.slug) if state == "expired" else "",
        email="ada.obi@example.com",
    )


def choose_view(error: str = "") -> ChooseMethodView:
    return ChooseMethodView(
        event=LAGOS.summarised(),
        order_code="K7PQ2M",
        until_words="19:57 Lagos time",
        post_url=links.pay("K7PQ2M"),
        order_url=links.order("K7PQ2M"),
        cancel_url=links.order_cancel("K7PQ2M"),
        form_key=FORM_KEY,
        methods=METHODS[:3],
        chosen="slow",
        pay_label="Pay ₦38,850",
        lines=LINES,
        error=error,
    )


def _order_ticket(number: int, holder: str, state: State) -> OrderTicket:
    return OrderTicket(
        links.ticket(f"t{number}"),
        links.ticket_pdf(f"t{number}"),
        "General admission",
        holder,
        f"{number} of 2",
        state,
        _qr() if state.kind != "bad" else Markup(""),
    )


def order_view() -> OrderView:
    """A paid order."""
    return OrderView(
        code="K7PQ2M",
        state="paid",
        badge=State("Paid", "ok", "check"),
        headline="You are going.",
        lead="Your tickets are below, and in your mail at ada.obi@example.com.",
        event=LAGOS.summarised(),
        buyer_name="Ada Obi",
        email="ada.obi@example.com",
        placed_words="1 Mar 2027, 19:27",
        zone_words="Lagos time (UTC+1)",
        payment_words="Card, 1 Mar 2027, 19:28",
        lines=LINES,
        tickets=(
            _order_ticket(1, "Ada Obi", State("Valid", "ok", "check")),
            _order_ticket(2, "Tunde Bello", State("Valid", "ok", "check")),
        ),
        terms_words="Full refund until 5 March.",
        pdf_url=links.order_pdf("K7PQ2M"),
        ics_url=links.event_ics(LAGOS.slug),
        resend_url=links.order_resend("K7PQ2M"),
        give_back_url=links.order_give_back("K7PQ2M"),
        names_url=links.order_names("K7PQ2M"),
    )


def _give_up() -> GiveUpView:
    order = links.order("K7PQ2M")
    return GiveUpView(LAGOS.summarised(), "K7PQ2M", "2 × General admission", order, f"{order}/pay")


def ticket_view() -> TicketView:
    """A valid ticket."""
    return TicketView(
        event=LAGOS.summarised(),
        doors="18:45",
        type_name="General admission",
        holder_name="Ada Obi",
        number_words="1 of 2",
        order_code="K7PQ2M",
        state_kind="valid",
        state=State("Valid", "ok", "check"),
        qr_svg=_qr(),
        code_text="H43A-B07Y-ZW0C-BK4Y",
        order_url=links.order("K7PQ2M"),
        pdf_url=links.ticket_pdf("t1"),
        ics_url=links.event_ics(LAGOS.slug),
        prove_url="/t/t1/prove",
        pass_on_url="/t/t1/pass-on",
    )


def checkout_views() -> dict[str, View]:
    """Name of the sample and its view."""
    checkout = checkout_view()
    hint = "Did you mean ada.obi@gmail.com?"
    return {
        "checkout": checkout,
        "checkout-errors": replace(
            checkout,
            values={"name": "", "email": "ada.obi@gmial.com", "method": "instant"},
            errors={"name": "Please give a name for the tickets.", "email": hint},
            email_fix="ada.obi@gmail.com",
        ),
        "checkout-address-fixed": replace(
            checkout,
            extend_url="",
            values={"name": "Ada Obi", "email": "ada.obi@gmail.com", "method": "instant"},
            email_fixed=True,
        ),
        "checkout-over-limit": replace(
            checkout,
            values={"name": "Ada Obi", "email": "ada.obi@gmail.com", "attendee_ga_2": "Tunde Bello"},
            errors={"": "One person can have at most 4 of these tickets. You already have 3."},
            fewer=Fewer("q_ga", "1", "Choose again, with 1 × General admission"),
        ),
        "checkout-free": replace(
            checkout, methods=(), pay_label="Get free tickets", lines=(PriceLine("Total", "Free", "total"),)
        ),
        "hold-gone": HoldGoneView(
            LAGOS.summarised(), links.hold(LAGOS.slug), (("q_ga", "2"),), "2 × General admission"
        ),
        "pay-choose": choose_view(),
        "pay-choose-refused": choose_view("Choose one of the ways of paying."),
        **{f"pay-{state}": _pay(state) for state in ("waiting", "seen", "paid", "expired", "failed")},
        "pay-failed-again": replace(_pay("failed"), tried_words="The second try failed too, at 17:09."),
    }


def give_back_view() -> GiveBackView:
    """Five tickets, of which two are chosen, one was used and one is cancelled."""
    rows = (("Ada Obi", True, ""), ("Tunde Bello", True, ""), ("Ngozi Eze", False, ""))
    gone = (("Femi Ade", "Already used at the door."), ("Ada Obi", "Cancelled already."))
    return GiveBackView(
        event=LAGOS.summarised(),
        code="K7PQ2M",
        tickets=(
            *(
                GiveBackTicket(f"{at}" * 32, name, f"General admission, {at} of 5", "₦19,425", is_on, why)
                for at, (name, is_on, why) in enumerate(rows, start=1)
            ),
            *(
                GiveBackTicket(f"{at}" * 32, name, f"General admission, {at} of 5", "", why_not=why)
                for at, (name, why) in enumerate(gone, start=4)
            ),
        ),
        rule_words="Full refund, service fee included, until 7 days before the event starts. After that, nothing.",
        terms_words="Questions? Write to us.",
        until_words="Fri 5 March, 19:30 Lagos time",
        next_url=links.order_give_back_confirm("K7PQ2M"),
        back_url=links.order("K7PQ2M"),
    )


def give_back_views() -> dict[str, View]:
    """Name of the sample and its view."""
    names = NamesView(
        LAGOS.summarised(),
        "K7PQ2M",
        "Ada Obi",
        tuple(NamedTicket(f"{at}" * 32, f"General admission, {at} of 2", "") for at in (1, 2)),
        links.order_names("K7PQ2M"),
        links.order("K7PQ2M"),
    )
    wrong = f"name_{'1' * 32}"
    return {
        "give-back": give_back_view(),
        "give-back-none": replace(give_back_view(), error="Please choose at least one ticket."),
        "give-back-confirm": ConfirmView(
            event=LAGOS.summarised(),
            code="K7PQ2M",
            what_words="2 tickets",
            lines=(
                PriceLine("Price", "₦37,000", "item"),
                PriceLine("Fees", "₦1,850", "fee"),
                PriceLine("Comes back", "₦38,850", "total"),
            ),
            keeps_words="They are no longer valid. Your other 3 tickets stay as they are.",
            way_words="It goes back the way you paid. Banks often need 3 to 5 working days.",
            until_words="Fri 5 March, 19:30 Lagos time",
            chosen=("1" * 32, "2" * 32),
            request=FORM_KEY,
            shown="3885000",
            button="Give back 2 tickets for ₦38,850",
            post_url=links.order_give_back_confirm("K7PQ2M"),
            back_url=links.order_give_back("K7PQ2M"),
        ),
        "names": names,
        "names-wrong": replace(
            names,
            values={wrong: "x" * 121},
            errors={wrong: "Please give a name of at most 120 characters, on one line."},
        ),
    }


SENT_BACK = MoneyBack(
    "₦38,850 went back to you on Wed 3 March.",
    "Sent at 19:02 Lagos time to the card you paid with.",
    State("Sent back", "ok", "check"),
    4,
)


def order_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        **give_back_views(),
        "order": order_view(),
        "order-pending": replace(
            order_view(),
            state="pending",
            badge=State("Waiting for payment", "warn", "hourglass"),
            headline="Almost there.",
            lead="Your places are kept until 19:57.",
            tickets=(),
            pdf_url="",
            resend_url="",
            pay_url=links.pay("K7PQ2M"),
            cancel_url=links.order_cancel("K7PQ2M"),
            payment_words="Not yet",
        ),
        "order-beside": replace(
            order_view(),
            beside=(
                TicketsBeside(
                    "K7PQ2N",
                    "/orders/K7PQ2N",
                    "Lagos at night, Fri 12 March, 20:00",
                    order_view().tickets[:1],
                ),
            ),
        ),
        "order-give-up": _give_up(),
        "order-cancelled": replace(
            order_view(),
            state="cancelled",
            badge=State("Cancelled", "bad", "circle-x"),
            headline="This order was cancelled.",
            lead="The tickets are no longer valid.",
            tickets=(_order_ticket(1, "Ada Obi", State("Cancelled", "bad", "circle-x")),),
            money_back=(SENT_BACK,),
            kept_lines=(PriceLine("Given back", "−₦38,850"), PriceLine("You paid in the end", "₦0", "total")),
            pdf_url="",
            resend_url="",
        ),
        **_ticket_views(),
        **_my_tickets_views(),
    }


def _ticket_views() -> dict[str, View]:
    return {
        "ticket": ticket_view(),
        "ticket-test": replace(ticket_view(), event=replace(LAGOS.summarised(), is_test=True)),
        "ticket-used": replace(
            ticket_view(), state_kind="used", state=State("Used at 19:02, Mill Lane door.", "warn", "check")
        ),
        "ticket-cancelled": replace(
            ticket_view(),
            state_kind="cancelled",
            state=State("Cancelled. It is no longer valid.", "bad"),
            qr_svg=Markup(""),
        ),
        "ticket-changed": replace(
            ticket_view(),
            state_kind="cancelled",
            state=State(
                "This ticket was changed for another one and is no longer valid. Show the new ticket instead.",
                "bad",
            ),
            qr_svg=Markup(""),
            code_text="",
            pdf_url="",
            ics_url="",
            new_url="/orders/K7PQ2N",
        ),
    }


def _my_tickets_views() -> dict[str, View]:
    return {
        "my-tickets": MyTicketsView(
            True,
            links.FIND_TICKETS,
            passed_on=(
                MyOrder(
                    LAGOS.summarised(),
                    "/t/t2",
                    "1 ticket, General admission",
                    State("Valid", "ok", "check"),
                    "in 12 days",
                ),
            ),
            upcoming=(
                MyOrder(
                    LAGOS.summarised(),
                    "/orders/K7PQ2M",
                    "2 tickets",
                    State("Paid", "ok", "check"),
                    "in 3 days",
                ),
                MyOrder(
                    ONLINE.summarised(),
                    "/orders/M2XWQ9",
                    "1 ticket",
                    State("Waiting for payment", "warn", "hourglass"),
                ),
            ),
            past=(MyOrder(NEW_YORK.summarised(), "/orders/P9DD4T", "2 tickets", State("Used")),),
        ),
        "my-tickets-none": MyTicketsView(True, links.FIND_TICKETS),
        "my-tickets-guest": MyTicketsView(False, links.FIND_TICKETS),
        "my-tickets-sent": MyTicketsView(
            False, links.FIND_TICKETS, sent_to="ada.obi@example.com", sent_minutes=30
        ),
    }
