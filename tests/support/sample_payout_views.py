"""Balance and payouts, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages.payouts.view import EventLine, PayoutLine, PayoutsView, PurseCard, WayForm
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import PriceLine, State
from tests.support.sample_organiser_views import nav


def payout_views() -> dict[str, View]:
    """Name of the sample and its view."""
    lines = (
        PriceLine("To come", "€4,120.00", "item"),
        PriceLine("Paid so far", "€18,240.50", "item"),
        PriceLine("Available", "€2,430.00", "total"),
    )
    some = PayoutsView(
        nav=nav(),
        paused_words="",
        purses=(
            PurseCard(
                "EUR",
                lines,
                "More becomes available on 4 Dec 2026.",
                "Foundry Presents, DE … 3000",
                "Ask for €2,430",
                "1",
            ),
        ),
        payouts=(
            PayoutLine(
                "EUR",
                "€900.00",
                "Asked for 21 Nov 2026, 19:02 UTC",
                State("Waits for approval", "warn", "hourglass"),
                "/organiser/payouts/1/approve",
                "/organiser/payouts/1/decline",
                types_sum=True,
            ),
            PayoutLine("EUR", "€1,200.00", "Asked for 1 Nov 2026, 10:00 UTC", State("Paid", "ok", "check")),
        ),
        events=(EventLine("Furnace Night", "€4,120 of it available from 4 Dec 2026", "€4,120.00"),),
        ways=(WayForm("bank", "A bank account in euros (SEPA)", "EUR", (("iban", "IBAN"),)),),
        ask_url="/organiser/payouts",
        receiver_url="/organiser/payouts/receiver",
    )
    return {
        "payouts": some,
        "payouts-none": replace(some, purses=(), payouts=(), events=(), ways=()),
        "payouts-wrong": replace(
            some,
            paused_words="Nothing is paid out until tomorrow.",
            error="Please check the IBAN.",
            sent_way="bank",
        ),
    }
