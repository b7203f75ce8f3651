"""Paystack's books: what lies there, and every line of its balance ledger in our words.

Source: `/balance` and `/balance/ledger` of Paystack's OpenAPI document. A line says by how much the balance moved
(`difference`), and by which thing of theirs (`model_responsible`, `model_row`), not what the fee was: that is known
from the payment or transfer itself. So `amount_minor - fee_minor` is always the line's own difference, and when the
thing does not explain the difference, all of it is the amount and the fee 0: nothing is made up.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import msgspec

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paystack.rows import Refund, Transaction, moment, written
from admitone.payments.providers.paystack.wire import NoAnswer, Wire
from admitone.payments.roles import Movement, MovementKind
from admitone.plumbing.database import require_no_transaction
from admitone.values.clock import Clock

# A payment is begun, and a refund asked for, before it moves the balance.
BEGUN_BEFORE = timedelta(days=7)
_KINDS = {
    "transaction": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "transfer": MovementKind.PAYOUT,
    "dispute": MovementKind.DISPUTE,
    "settlement": MovementKind.TRANSFER,
}


class _Balance(msgspec.Struct):
    currency: str
    balance: int


class _Line(msgspec.Struct):
    id: int
    currency: str
    difference: int
    createdAt: str
    model_responsible: str | None = None
    model_row: int | None = None


class _Transfer(msgspec.Struct):
    id: int
    reference: str
    amount: int
    fee_charged: int | None = None


class _Things:
    """What the lines are about, by their own ids: listed once, and asked for singly where the list had them not."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._payments: dict[int, Transaction] = {}
        self._refunds: dict[int, Refund] = {}
        self._transfers: dict[int, _Transfer] = {}

    async def list_since(self, since: datetime) -> None:
        query = {"from": written(since - BEGUN_BEFORE)}
        async for payment in self._wire.pages("/transaction", Transaction, query, size_name="per_page"):
            self._payments[payment.id] = payment
        async for refund in self._wire.pages("/refund", Refund, query):
            self._refunds[refund.id] = refund
        async for transfer in self._wire.pages("/transfer", _Transfer, query, size_name="per_page"):
            self._transfers[transfer.id] = transfer

    async def payment(self, theirs: int) -> Transaction | None:
        if theirs not in self._payments:
            said = await self._wire.ask("GET", f"/transaction/{theirs}")
            if not said.is_good:
                return None
            self._payments[theirs] = said.read(Transaction)
        return self._payments[theirs]

    async def refund(self, theirs: int) -> Refund | None:
        if theirs not in self._refunds:
            said = await self._wire.ask("GET", f"/refund/{theirs}")
            if not said.is_good:
                return None
            self._refunds[theirs] = said.read(Refund)
        return self._refunds[theirs]

    async def transfer(self, theirs: int) -> _Transfer | None:
        if theirs not in self._transfers:
            said = await self._wire.ask("GET", f"/transfer/{theirs}")
            if not said.is_good:
                return None
            self._transfers[theirs] = said.read(_Transfer)
        return self._transfers[theirs]


class PaystackBooks:
    """Implements `Mirrored`."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire = wire
        self._clock = clock

    async def balances(self) -> Mapping[str, int]:
        """As `Mirrored.balances`. Raises `ProviderAway`, `BadCredentials`."""
        require_no_transaction("Paystack")
        said = await self._wire.must("GET", "/balance")
        try:
            return {one.currency.upper(): one.balance for one in said.read(list[_Balance])}
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """As `Mirrored.movements`. Paystack lists the newest first, so all are read before the first is given."""
        require_no_transaction("Paystack")
        try:
            lines: dict[int, _Line] = {}
            query = {"from": written(since), "to": written(self._clock.now() + timedelta(minutes=1))}
            async for line in self._wire.pages("/balance/ledger", _Line, query):
                lines[line.id] = line
            things = _Things(self._wire)
            if lines:
                await things.list_since(since)
            for line in sorted(lines.values(), key=lambda one: (one.createdAt, one.id)):
                at = moment(line.createdAt)
                if at is None:
                    raise NoAnswer("unreadable")
                if at >= since:
                    yield await _movement(line, at, things)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None


async def _movement(line: _Line, at: datetime, things: _Things) -> Movement:
    kind = _KINDS.get((line.model_responsible or "").lower(), MovementKind.OTHER)
    fee_minor, about_ref = 0, None if line.model_row is None else str(line.model_row)
    if line.model_row is not None:
        if kind is MovementKind.PAYMENT:
            fee_minor, about_ref = _of_payment(line, await things.payment(line.model_row))
        elif kind is MovementKind.PAYOUT:
            fee_minor, about_ref = _of_transfer(line, await things.transfer(line.model_row))
        elif kind is MovementKind.REFUND:
            refund = await things.refund(line.model_row)
            # Money a bank takes back is written as a refund too; it names the dispute.
            if refund is not None and isinstance(refund.dispute, int):
                kind, about_ref = MovementKind.DISPUTE, str(refund.dispute)
    return Movement(
        ref=str(line.id),
        kind=kind,
        currency=line.currency.upper(),
        amount_minor=line.difference + fee_minor,
        fee_minor=fee_minor,
        about_ref=about_ref,
        at=at,
    )


def _of_payment(line: _Line, found: Transaction | None) -> tuple[int, str | None]:
    """The fee within the line, and our reference. No fee where the buyer bore it, or the line is the whole amount."""
    if found is None:
        return 0, None
    if found.fee_on_top_minor or line.difference == found.amount or not found.fees:
        return 0, found.reference
    return found.fees, found.reference


def _of_transfer(line: _Line, found: _Transfer | None) -> tuple[int, str | None]:
    if found is None:
        return 0, None
    fee = found.fee_charged or 0
    if fee and abs(line.difference) == found.amount + fee:
        # What comes back brings its fee along: a negative fee, so that the two lines cancel out.
        return (fee if line.difference < 0 else -fee), found.reference
    return 0, found.reference
