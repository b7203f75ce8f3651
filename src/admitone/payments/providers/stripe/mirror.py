"""Stripe's books: its balance, and every line that moved it, fees included.

Sources: docs.stripe.com/api/balance, docs.stripe.com/reports/reporting-categories.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.answers import NoAnswer, SaysNo
from admitone.payments.providers.stripe.finding import Finding
from admitone.payments.providers.stripe.line import Line
from admitone.payments.providers.stripe.reading import money
from admitone.payments.roles import Movement, MovementKind
from admitone.values.clock import Clock, epoch_ms

LINES = "/v1/balance_transactions"
# Stripe lists the newest first, and we give the oldest first: a day at a time is turned around in memory.
_WINDOW = timedelta(days=1)
_AT_ONCE = 8
# What moves a payment on to the account it was taken for, and back; its lines are about that payment.
_PASSED_ON = ("transfer", "transfer_reversal", "application_fee", "fee_refund")
_KINDS = {
    "charge": MovementKind.PAYMENT,
    "charge_failure": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND,
    "partial_capture_reversal": MovementKind.REFUND,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE,
    "fee": MovementKind.FEE,
    "network_cost": MovementKind.FEE,
    "tax": MovementKind.FEE,
    "transfer": MovementKind.TRANSFER,
    "transfer_reversal": MovementKind.TRANSFER,
    "platform_earning": MovementKind.TRANSFER,
    "platform_earning_refund": MovementKind.TRANSFER,
    "connect_collection_transfer": MovementKind.TRANSFER,
    "payout": MovementKind.PAYOUT,
    "payout_reversal": MovementKind.PAYOUT,
}


class Mirror:
    """Implements `Mirrored`."""

    def __init__(self, line: Line, finding: Finding, clock: Clock) -> None:
        self._line = line
        self._finding = finding
        self._clock = clock

    async def balances(self) -> Mapping[str, int]:
        """As `Mirrored.balances`. Raises `ProviderAway`."""
        try:
            balance = await self._line.get("/v1/balance", wire.Balance)
            lying: dict[str, int] = {}
            for funds in (*balance.available, *balance.pending):
                amount, currency = money(funds.amount, funds.currency)
                lying[currency] = lying.get(currency, 0) + amount
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost
        return lying

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """As `Mirrored.movements`. Raises `ProviderAway`."""
        first, end = epoch_ms(since) // 1000, epoch_ms(self._clock.now()) // 1000
        try:
            while first <= end:
                until = first + int(_WINDOW.total_seconds())
                for movement in reversed(await self._window(first, until)):
                    yield movement
                first = until
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost

    async def _window(self, first: int, until: int) -> list[Movement]:
        lines = [
            one
            async for one in self._line.pages(
                LINES, wire.BookLine, created={"gte": first, "lt": until}, expand=["data.source"]
            )
        ]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def about(one: wire.BookLine) -> str | None:
            async with gate:
                return await self._about(one)

        refs = await asyncio.gather(*(about(one) for one in lines))
        return [_movement(one, ref) for one, ref in zip(lines, refs, strict=True)]

    async def _about(self, one: wire.BookLine) -> str | None:
        if not isinstance(one.source, wire.Source):
            return one.source
        source = one.source
        if source.object == "charge":
            return await self._of_charge(source)
        if source.object not in _PASSED_ON:
            return source.id
        if source.source_refund is not None:
            return source.source_refund
        charge = source.source_transaction or source.originating_transaction or source.charge
        if charge is None:
            behind = await self._behind(source)
            charge = None if behind is None else behind.source_transaction or behind.charge
        if charge is None or not charge.startswith("ch_"):
            return source.id
        return await self._of_charge(await self._line.get(f"/v1/charges/{charge}", wire.Source)) or source.id

    async def _behind(self, source: wire.Source) -> wire.Source | None:
        """What a reversal or a fee that went back belongs to."""
        if source.object == "transfer_reversal" and source.transfer is not None:
            return await self._line.get(f"/v1/transfers/{source.transfer}", wire.Source)
        if source.object == "fee_refund" and source.fee is not None:
            return await self._line.get(f"/v1/application_fees/{source.fee}", wire.Source)
        return None

    async def _of_charge(self, source: wire.Source) -> str | None:
        if source.payment_intent is None:
            return source.id
        metadata = source.metadata or {}
        if wire.ATTEMPT not in metadata:
            # Somebody else's on the same account: Stripe's name is the only one there is.
            return source.payment_intent
        is_by_card = metadata.get(wire.METHOD) == "card"
        return await self._finding.ref_of_intent(source.payment_intent, is_by_card=is_by_card)


def _movement(one: wire.BookLine, about_ref: str | None) -> Movement:
    amount, currency = money(one.amount, one.currency)
    fee, _ = money(one.fee, one.currency)
    return Movement(
        ref=one.id,
        kind=_KINDS.get(one.reporting_category, MovementKind.OTHER),
        currency=currency,
        amount_minor=amount,
        fee_minor=fee,
        about_ref=about_ref,
        at=datetime.fromtimestamp(one.created, UTC),
    )
