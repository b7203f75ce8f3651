"""The ways beside the codes: a request to the provider of the buyer's UMA name, and the wallet they connected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages.bitcoin.view import Copied
from admitone.entrypoints.pages.bitcoin.ways import (
    CONNECTED,
    UMA,
    Shown,
    Typed,
    by_connected,
    by_uma_name,
    names_of,
)
from admitone.flows.pay_from_wallet import WalletPayment
from admitone.flows.uma_request import UmaOutcome, UmaRequested
from admitone.reads.bitcoin_page import BitcoinPage
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal

_UNDER_WAY: Final = {
    "asking": "We are asking {name}. This takes a few seconds.",
    "unknown": "{name} has not said yet whether it has paid. We keep asking it. Please wait, and do not pay "
    "another way until we know.",
    "paid": "{name} has paid. We wait until the organiser's node has the money.",
}
_NOT_PAID: Final = "Nothing was paid."
_WHY: Final = {
    "INSUFFICIENT_BALANCE": "there is not enough in it",
    "QUOTA_EXCEEDED": "it is more than the budget of its connection lets us spend",
    "RESTRICTED": "its connection may not pay this",
    "UNAUTHORIZED": "its connection may not pay",
    "NOT_IMPLEMENTED": "it does not pay invoices",
    "RATE_LIMITED": "it was asked too often",
    "PAYMENT_FAILED": "it found no way to send the money",
    "away": "it could not be reached",
    "expired": "the time of the invoice was over",
    "disconnected": "it is not connected any more",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What happens beside the codes: what a connected wallet was asked last, and who was brought a UMA request."""

    asked: WalletPayment | None
    requested: tuple[UmaRequested, ...]

    @property
    def key(self) -> str:
        """Differs once the page would say something else of it."""
        told = [] if self.asked is None else [f"{self.asked.attempt_id}{self.asked.state}{self.asked.reason}"]
        return " ".join([*told, *(f"{one.address}{one.outcome}{one.expires_at}" for one in self.requested)])

    @property
    def is_refused(self) -> bool:
        """The wallet said no, and nothing was paid."""
        return self.asked is not None and self.asked.state is payments.nwc.WalletPaymentState.REFUSED

    def told(self, name: str) -> str:
        """How it stands with the connected wallet of this name, for its owner; empty when it was not asked."""
        asked = self.asked
        if asked is None:
            return ""
        if not self.is_refused:
            return _UNDER_WAY[asked.state.value].format(name=name)
        why = _WHY.get(asked.reason or "")
        return f"{name} said no: {why}. {_NOT_PAID}" if why else f"{name} said no. {_NOT_PAID}"


async def look_beside(needs: Assembly, order_id: UUID) -> Beside:
    """What is known now."""
    asked = await needs.connected_wallets.paying.of_order(order_id)
    return Beside(asked, await needs.by_address.requesting.of_order(order_id))


async def ways_beside(
    needs: Assembly,
    caller: Actor,
    token: str,
    shown: BitcoinPage,
    beside: Beside,
    way: str,
    typed: Typed | None = None,
) -> Mapping[str, Shown]:
    """What there is beside the codes while an invoice can be paid. Only the way that is shown is looked at closely.

    `typed`: what was typed on that way, and what is wrong with it.
    """
    lightning = shown.way(payments.bitcoin.LIGHTNING)
    if lightning is None:
        return {}
    uri = ""
    names: tuple[Copied, ...] = ()
    if way == UMA:
        uri = await _uma_uri(needs, lightning.attempt.id)
        names = names_of((await needs.by_address.lnurl.addresses(shown.found.order.id)).lightning)
    last = beside.requested[-1] if beside.requested else None
    told = "" if last is None else last.sentence
    before = Typed() if last is None or last.outcome is UmaOutcome.SENT else Typed(last.address)
    more = {UMA: by_uma_name(token, lightning, uri, told, typed or before, names)}
    if caller.person_id is not None:
        more[CONNECTED] = by_connected(token, lightning, None, "", "", Typed())
        if way == CONNECTED:
            more[CONNECTED] = await _connected(needs, caller, token, shown, beside, typed)
    return more


async def _uma_uri(needs: Assembly, attempt_id: UUID) -> str:
    try:
        return (await needs.by_address.requesting.for_anybody(attempt_id)).uri
    except Refusal:
        return ""  # the form is enough


async def _connected(
    needs: Assembly,
    caller: Actor,
    token: str,
    shown: BitcoinPage,
    beside: Beside,
    typed: Typed | None,
) -> Shown:
    lightning = shown.way(payments.bitcoin.LIGHTNING)
    assert lightning is not None, "it was looked at before"
    known = await needs.connected_wallets.connections.current(caller)
    name = None if known is None else known.alias or known.relay_host
    told = beside.told(name or "The wallet")
    if beside.is_refused and beside.requested:
        told = f"{told} {beside.requested[-1].sentence}"
    asked = beside.asked
    before = "" if asked is None else asked.fallback_address or ""
    state = "" if asked is None else asked.state.value
    return by_connected(token, lightning, name, told, state, typed or Typed(before))
