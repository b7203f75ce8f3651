"""Changing tickets and adding some, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.exchange.view import (
    AddRow,
    AddView,
    ChangeConfirmView,
    ChangeEvent,
    ChangeOption,
    ChangeTargetsView,
    ChangeTicket,
    ChangeTicketsView,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import PriceLine
from tests.support.sample_events import FORM_KEY, LAGOS
from tests.support.sample_organiser_views import nav

_TOKEN = "K7PQ2M"
_UNTIL = "Fri 5 March, 19:30 Lagos time"
_TO = f"{'a' * 32}:{'b' * 32}"


def tickets_view() -> ChangeTicketsView:
    """Three tickets, of which one was used."""
    return ChangeTicketsView(
        event=LAGOS.summarised(),
        code=_TOKEN,
        tickets=(
            ChangeTicket("1" * 32, "Ada Obi", "General admission, 1 of 3", True),
            ChangeTicket("2" * 32, "Tunde Bello", "General admission, 2 of 3"),
            ChangeTicket(
                "3" * 32, "Femi Ade", "General admission, 3 of 3", why_not="Already used at the door."
            ),
        ),
        rule_words="Tickets can be changed for another type until 7 days before the event starts. "
        "You pay the difference, or get it back.",
        until_words=_UNTIL,
        next_url=links.order_change(_TOKEN, "to"),
        back_url=links.order(_TOKEN),
    )


def targets_view() -> ChangeTargetsView:
    """Another type, and another date."""
    return ChangeTargetsView(
        event=LAGOS.summarised(),
        code=_TOKEN,
        what_words="1 ticket: General admission",
        events=(
            ChangeEvent(
                LAGOS.title,
                "Fri 12 March, 19:30 Lagos time",
                (ChangeOption(_TO, "Balcony", "₦26,000", "+₦6,575 to pay"),),
            ),
            ChangeEvent(
                "Furnace Night, again",
                "Fri 19 March, 19:30 Lagos time",
                (
                    ChangeOption(_TO.replace("b", "c"), "General admission", "₦19,425", "No difference"),
                    ChangeOption(_TO.replace("b", "d"), "Restricted view", "₦12,000", "₦7,425 back"),
                ),
            ),
        ),
        chosen=("1" * 32,),
        fee_words="The sums include a change fee of ₦500.",
        until_words=_UNTIL,
        next_url=links.order_change(_TOKEN, "confirm"),
        back_url=links.order_change(_TOKEN),
    )


def confirm_view() -> ChangeConfirmView:
    """A dearer ticket on another date."""
    return ChangeConfirmView(
        event=LAGOS.summarised(),
        code=_TOKEN,
        what_words="1 ticket: General admission",
        new_words="1 × Balcony",
        new_when="Furnace Night, again, Fri 19 March, 19:30 Lagos time",
        lines=(
            PriceLine("1 × Balcony", "₦26,000"),
            PriceLine("What was paid for the old", "−₦19,425"),
            PriceLine("Change fee", "₦500", "fee"),
            PriceLine("To pay", "₦7,075", "total"),
        ),
        after_words="Your old ticket stays valid until you have paid the difference.",
        way_words="",
        until_words=_UNTIL,
        chosen=("1" * 32,),
        to=_TO,
        waive="",
        request=FORM_KEY,
        shown="707500",
        button="Change and pay ₦7,075",
        post_url=links.order_change(_TOKEN, "confirm"),
        back_url=links.order_change(_TOKEN, "to"),
    )


def add_view() -> AddView:
    """Two types to add."""
    return AddView(
        event=LAGOS.summarised(),
        code=_TOKEN,
        rows=(
            AddRow("q_1", "General admission", "Standing, ground floor.", "₦19,425", 8),
            AddRow("q_2", "Balcony", "", "₦26,000", 8),
        ),
        post_url=links.order_add(_TOKEN),
        back_url=links.order(_TOKEN),
        event_url=links.event(LAGOS.slug),
    )


def exchange_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {
        "change": tickets_view(),
        "change-none": replace(tickets_view(), error="Please choose at least one ticket."),
        "change-organiser": replace(tickets_view(), nav=nav()),
        "change-to": targets_view(),
        "change-to-nothing": replace(targets_view(), events=()),
        "change-to-organiser": replace(targets_view(), nav=nav(), can_waive=True),
        "change-confirm": confirm_view(),
        "change-confirm-organiser": replace(confirm_view(), nav=nav()),
        "add": add_view(),
        "add-none": replace(add_view(), errors={"": "Please choose at least one ticket."}),
    }
