"""Balance and payouts, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages.payouts.view import (
    EventLine,
    OwnCard,
    PayoutLine,
    PayoutsView,
    PurseCard,
    WayForm,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.site.view import (
    BalanceRow,
    ReceiverRow,
    SitePayoutRow,
    SitePayoutsView,
    SiteTermsView,
)
from admitone.entrypoints.pages.views import Link, Part, PriceLine, State
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
                dates=(
                    ("4 Dec 2026: “Furnace Night”", "€4,120.00"),
                    ("3 Jan 2027: kept back until then", "€80.00"),
                ),
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
            PayoutLine(
                "EUR",
                "€700.00",
                "To Foundry Presents, DE … 3000. Drafted 9 Nov 2026, 10:00 UTC",
                State("Came back", "bad", "undo-2"),
                note="It did not arrive (account closed). The money is available again.",
                again_url="/organiser/payouts/2/again",
                request="2",
            ),
            PayoutLine("EUR", "€1,200.00", "Asked for 1 Nov 2026, 10:00 UTC", State("Paid", "ok", "check")),
        ),
        events=(EventLine("Furnace Night", "€4,120 of it available from 4 Dec 2026", "€4,120.00"),),
        ways=(WayForm("bank", "A bank account in euros (SEPA)", "EUR", (("iban", "IBAN"),)),),
        ask_url="/organiser/payouts",
        receiver_url="/organiser/payouts/receiver",
        terms=(
            "Money becomes available 3 days after the event has ended.",
            "Nothing of it is kept back longer.",
        ),
    )
    below = replace(
        some.purses[0], ask_text="", dates=(), warning="Your balance is €40 below zero: refunds took it."
    )
    return {
        **_site_views(),
        "payouts-below": replace(some, purses=(below,)),
        "payouts": some,
        "payouts-none": replace(some, purses=(), payouts=(), events=(), ways=()),
        "payouts-own": _own(some),
        "payouts-wrong": replace(
            some,
            paused_words="Nothing is paid out until tomorrow.",
            error="Please check the IBAN.",
            sent_way="bank",
        ),
    }


def _own(some: PayoutsView) -> PayoutsView:
    """All the money goes to accounts of the organiser's own, in two currencies."""
    in_zloty = (
        PriceLine("Earned there", "zł1,250.00", "item"),
        PriceLine("Refunds, your provider’s fees and payouts", "-zł250.00", "item"),
        PriceLine("In your own payment accounts", "zł1,000.00", "total"),
    )
    in_euros = (PriceLine("In your own payment accounts", "€50.00", "total"),)
    return replace(
        some,
        purses=(),
        payouts=(),
        events=(),
        own_words="Money taken with your own payment accounts goes straight to them.",
        own=(OwnCard("EUR", in_euros), OwnCard("PLN", in_zloty)),
        reports_url="/organiser/foundry/reports",
    )


def _site_views() -> dict[str, View]:
    payouts = SitePayoutsView(
        modes=(
            Link("Real money", "/site/payouts", is_current=True),
            Link("Play money", "/site/payouts?mode=test"),
        ),
        receivers=(
            ReceiverRow(
                "Foundry Presents",
                "Foundry Presents GmbH",
                "DE89 3704 0044 0532 0130 00",
                "Set 20 Nov 2026, 12:00 UTC, for payouts in EUR",
                "/site/payouts/receivers/1/verify",
            ),
        ),
        payouts=(
            SitePayoutRow(
                "Mill Lane Jazz",
                "€2,430.00",
                "Mill Lane e.V., DE … 1199",
                "Asked for 21 Nov 2026, 19:02 UTC",
                State("To send by you", "warn", "landmark"),
                "1",
                "/site/payouts/1/sent",
                "/site/payouts/1/came-back",
            ),
        ),
        balances=(
            BalanceRow(
                "Foundry Presents",
                "/site/organisers/foundry/payout-terms",
                "€4.00",
                "−€40.00",
                "€0",
                "€0",
                True,
            ),
        ),
        file=Part("/site/payouts/file", {"iban": "DE00"}, {"iban": "This is not an IBAN."}),
        next_url="/site/payouts?after=foundry",
    )
    terms = SiteTermsView(
        organiser="Foundry Presents",
        part=Part(
            "/site/organisers/foundry/payout-terms", {"delay_days": "3"}, {"new_minimum": "Write 12.50."}
        ),
        currencies=(("EUR", "€10"),),
        is_drafting=True,
        back_url="/site/payouts",
    )
    return {
        "site-payouts": payouts,
        "site-payouts-none": replace(payouts, receivers=(), payouts=(), balances=(), next_url=""),
        "site-terms": terms,
    }
