"""Stripe, played by ourselves: its interface, its page for paying, its webhooks, Connect, disputes and books.

`create_app(StandIn(...))` is the application. In code, `stand_in.settling` decides payments, `stand_in.plan` lets
requests go wrong, `stand_in.posting` sends webhooks and has their habits. In a browser `/` is an overview.
"""

from admitone.entrypoints.standins.stripe.app import FAULT_HEADER, Fault, StandIn, create_app
from admitone.entrypoints.standins.stripe.books import PLATFORM
from admitone.entrypoints.standins.stripe.company import (
    decide_dispute,
    finish_account,
    make_payout,
    open_dispute,
)
from admitone.entrypoints.standins.stripe.posting import Endpoint, Habits, signature

__all__ = [
    "FAULT_HEADER",
    "PLATFORM",
    "Endpoint",
    "Fault",
    "Habits",
    "StandIn",
    "create_app",
    "decide_dispute",
    "finish_account",
    "make_payout",
    "open_dispute",
    "signature",
]
