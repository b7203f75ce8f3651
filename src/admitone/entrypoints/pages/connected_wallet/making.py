"""Makes the page of a connected wallet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from admitone import payments
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.connected_wallet.view import Budget, ConnectedRow, ConnectedWalletView
from admitone.entrypoints.pages.views import Part
from admitone.flows.wallet_connections import Connection
from admitone.values import formats
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT

# Nobody has told us their time zone; the one of an event would be a guess.
_ZONE: Final = "UTC"
_MAY: Final = {
    "pay_invoice": "Pay invoices",
    "get_balance": "See your balance",
    "get_budget": "See the budget",
    "lookup_invoice": "Look invoices up",
    "make_invoice": "Make invoices",
    "list_transactions": "See your payments",
}
_PERIODS: Final = {
    "daily": "each day",
    "weekly": "each week",
    "monthly": "each month",
    "yearly": "each year",
}


def wallet_view(
    known: Connection | None, now: datetime, back: str, errors: Mapping[str, str]
) -> ConnectedWalletView:
    """The page. What was typed is a secret, and not shown again."""
    return ConnectedWalletView(
        form=Part(links.CONNECTED_WALLET, {}, errors),
        account_url=links.ACCOUNT,
        connected=None if known is None else _row(known, now),
        back_url=back,
    )


def _row(known: Connection, now: datetime) -> ConnectedRow:
    used = known.used_at
    return ConnectedRow(
        alias=known.alias or "A wallet without a name",
        relay_host=known.relay_host,
        network="" if known.network in (None, "mainnet") else f"On {known.network}: no real money",
        may=tuple(words for method, words in _MAY.items() if method in known.methods),
        budget=_budget(known, now),
        used_words="Has not paid anything yet" if used is None else f"Last paid {_when(used, now)}",
        looked_words=f"Asked {_when(known.looked_at, now)}",
        look_url=links.CONNECTED_WALLET_LOOK,
        disconnect_url=links.CONNECTED_WALLET_DISCONNECT,
    )


def _when(at: datetime, now: datetime) -> str:
    return f"{formats.relative_day(at, now, _ZONE)}, {formats.clock_time(at, _ZONE)} UTC"


def budget_words(budget: payments.nwc.Budget, now: datetime) -> str:
    """What is left of what: as the wallet said last, less what it has paid here since, and all of it once renewed."""
    is_renewed = budget.renews_at is not None and budget.renews_at <= now
    left = budget.total_msat if is_renewed else budget.left_msat
    return f"{formats.money(left, BITCOIN)} left of {formats.money(budget.total_msat, BITCOIN)}"


def _budget(known: Connection, now: datetime) -> Budget | None:
    budget = known.budget
    if budget is None:
        return None
    period = _PERIODS.get(budget.period or "", "")
    return Budget(
        words=budget_words(budget, now),
        renewal=f"Full again {period}" if period else "",
        used_sats=min(budget.used_msat, budget.total_msat) // MSAT_PER_SAT,
        total_sats=budget.total_msat // MSAT_PER_SAT,
    )
