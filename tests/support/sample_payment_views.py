"""The payments pages with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.payments.making import MODES, key_fields
from admitone.entrypoints.pages.payments.view import (
    AccountRow,
    ConnectView,
    Deed,
    KeyField,
    KeysView,
    ModeView,
    PaymentsView,
    WayRow,
)
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Link, State
from admitone.payments.providers.lnd.kind import CREDENTIALS
from tests.support.sample_organiser_views import nav

HOOK = "https://tickets.example/webhooks/stripe/b2de35e4-12a7-830e-8f5a-43c3ff504551"
CARD = WayRow(
    "Card", "credit-card", "EUR, USD, GBP, NGN, JPY and 130 other currencies. Refunds, also of a part."
)
BACK = links.payments("foundry")
STRIPE = AccountRow(
    "Stripe",
    "Foundry Presents Ltd",
    MODES["test"],
    State("Not ready yet", "warn", "hourglass"),
    (CARD,),
    (
        Deed(f"{BACK}/a/look", "Check now", "Stripe, test"),
        Deed(f"{BACK}/a/pause", "Pause", "Stripe, test"),
    ),
    ("dob day", "external account"),
    (("Secret key", "…CDEF"), ("Signing secret", "…wxyz")),
    HOOK,
    f"{BACK}/a/keys",
    close_url=f"{BACK}/a/close",
)
SANDBOX = AccountRow(
    "Sandbox bank",
    "This site’s own account; nothing to set up.",
    MODES["test"],
    State("Can take payments", "ok", "check"),
    (WayRow("Test card", "credit-card", "Every currency. Refunds, also of a part."),),
    (Deed(f"{BACK}/sites/sandbox/test/leave", "Do not use it", "Sandbox bank, test"),),
    is_sites=True,
)
FIELDS = (
    KeyField("secret_key", "Secret key", "In Stripe under Developers, API keys.", True, False, "…CDEF"),
    KeyField("publishable_key", "Publishable key", "Beside the secret key.", False, True),
)
NODE_FIELDS = key_fields(CREDENTIALS, {"macaroon": "…9f3c"})


def payment_views() -> dict[str, View]:
    """Name of the sample and its view."""
    accounts = PaymentsView(
        replace(nav(with_event=False), payments_url=BACK, is_test=True),
        True,
        "Everything you sell is sold for play money. Buyers see that, and no real money moves.",
        f"{BACK}/mode?to=live",
        "Switch to real money",
        (STRIPE, SANDBOX),
        (Link("Paystack", f"{BACK}/add/paystack/test", "credit-card"),),
        (Link("Stripe, without keys", f"{BACK}/connect/stripe/live", "sparkles"),),
    )
    keys = KeysView(
        nav(with_event=False),
        "Add Stripe, test mode",
        "Buyers pay into your own account.",
        FIELDS,
        HOOK,
        f"{BACK}/add",
        BACK,
        "Add Stripe",
        {},
        {"secret_key": "Please fill this in.", "": "The provider does not accept these keys."},
    )
    connect = ConnectView(
        nav(with_event=False), "Stripe", f"{BACK}/connect", BACK, (("", "Choose"), ("DE", "Germany"))
    )
    mode = ModeView(
        nav(with_event=False),
        "Switch to real money?",
        "banknote",
        (
            "From then on buyers pay real money.",
            "2 orders with 3 tickets sold for play money will be cancelled.",
        ),
        (),
        "live",
        f"{BACK}/mode",
        BACK,
        "Switch to real money",
        True,
    )
    return {
        "payments": accounts,
        "payments_none": replace(accounts, accounts=(), is_test=False),
        "payment_keys": keys,
        "payment_keys_lnd": replace(
            keys,
            title="Add LND, test mode",
            fields=NODE_FIELDS,
            notice_url="",
            button="Add LND",
            errors={"macaroon": "This cannot be used: it does not permit invoices:write."},
        ),
        "payment_connect": connect,
        "payment_connect_go": replace(connect, go_url="https://connect.example/setup/1"),
        "payment_mode": mode,
        "payment_mode_refused": replace(mode, problems=("No live payment account can take payments yet.",)),
    }
