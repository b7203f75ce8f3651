"""How an order is being paid with Bitcoin: at which quote, which invoice and address wait, what was seen of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from admitone import orders, payments
from admitone.payments.bitcoin import Arrival, Request
from admitone.plumbing.database import Reader
from admitone.reads.on_its_way import replaced
from admitone.reads.order_page import OrderPage, order_page


@dataclass(frozen=True, slots=True)
class Way:
    """What a buyer may pay, and the attempt it is of. `is_current`: it may be paid now, for what is due now."""

    request: Request
    attempt: payments.Attempt
    is_current: bool


@dataclass(frozen=True, slots=True)
class BitcoinPage:
    """`ways` in the order in which they were opened; `came` oldest first; `part_msat` has arrived and waits for the
    rest; how it is `at` that time.
    """

    found: OrderPage
    ways: tuple[Way, ...]
    came: tuple[Arrival, ...]
    part_msat: int
    at: datetime

    def way(self, rail: str) -> Way | None:
        """What may be paid now on this rail."""
        current = [one for one in self.ways if one.is_current and one.request.rail == rail]
        return current[-1] if current else None

    @property
    def may_be_paid(self) -> bool:
        """There is something to pay by, whether anything new may be asked for or not."""
        return any(one.is_current for one in self.ways)

    @property
    def is_begun(self) -> bool:
        """Its buyer chose Bitcoin."""
        return any(one.method in payments.bitcoin.RAILS for one in self.found.attempts)

    @property
    def is_seen(self) -> bool:
        """Money is on its way that is not ours yet."""
        return bool(self._seen_ways)

    @property
    def _is_coming(self) -> bool:
        """What is on its way is enough."""
        return self.is_seen and not self.missing_msat

    @property
    def is_still(self) -> bool:
        """Nothing about it changes any more by itself."""
        if self.state == "suspended":
            return self.found.dispute is payments.DisputeState.LOST
        if self.state == "expired":
            return not any(one.attempt.is_open for one in self.ways)
        return self.state in ("paid", "returned")

    @property
    def _seen_ways(self) -> tuple[Way, ...]:
        gone = replaced(self.came)
        return tuple(
            one
            for one in self.ways
            if one.attempt.state is payments.AttemptState.SEEN and one.attempt.id not in gone
        )

    @property
    def missing_msat(self) -> int:
        """What is on its way is so much less than what is due, at the rate it was asked at; 0 when it is enough."""
        return min((self._missing(one) for one in self._seen_ways), default=0)

    def _missing(self, way: Way) -> int:
        coming = [one for one in self.came if one.attempt_id == way.attempt.id and not one.is_replaced]
        if way.request.rail != payments.bitcoin.ONCHAIN or not coming:
            return 0
        request, due_minor = way.request, self.found.order.due_minor
        due_msat = -(-request.amount_msat * due_minor // request.amount_minor)
        return max(due_msat - sum(one.amount_msat for one in coming), 0)

    @property
    def for_the_rest(self) -> "BitcoinPage":
        """What may be paid of what is missing: the address that has some already, while its rate holds."""
        rest = [
            replace(one, request=replace(one.request, amount_msat=self.missing_msat))
            for one in self._seen_ways
            if one.is_current and self.missing_msat and self._missing(one) == self.missing_msat
        ]
        return replace(self, ways=tuple(rest))

    @property
    def state(self) -> str:
        """What is true now, in a word: waiting, seen, short (less than is due is on its way), part, replaced, paid,
        suspended (paid, and the payment is taken back), expired, late (expired, and money is on its way), returned
        (expired, and what came goes back), ended (what could be paid has run out), or away (there was never anything).
        """
        order = self.found.order
        if order.state == orders.OrderState.PAID:
            return "paid" if self.found.disputed is None else "suspended"
        if order.state != orders.OrderState.PENDING or (order.is_due and not self._is_coming):
            if self.is_seen:
                return "late"
            return "returned" if self.found.refunds else "expired"
        if self.is_seen:
            return "short" if self.missing_msat else "seen"
        if self.part_msat:
            return "part"
        if self.came and self.came[-1].is_replaced:
            return "replaced"
        if self.may_be_paid:
            return "waiting"
        return "ended" if self.ways else "away"


async def arrived_msat(reader: Reader, order_id: UUID) -> int:
    """What has arrived for an order that waits for the rest, whatever it was worth then: what came on the chain, with
    what came beside the first payment to an address; an invoice is paid whole.
    """
    parts = {
        one.id
        for one in await payments.of_orders(reader, [order_id])
        if one.settled_as is payments.SettledAs.PART and one.method in payments.bitcoin.RAILS
    }
    if not parts:
        return 0
    brought = await payments.bitcoin.brought(reader, parts)
    invoices = [
        one.amount_msat
        for one in await payments.bitcoin.requests_of_order(reader, order_id)
        if one.attempt_id in parts and one.rail == payments.bitcoin.LIGHTNING
    ]
    return sum(brought.values()) + sum(invoices)


async def bitcoin_page(reader: Reader, order_id: UUID, now: datetime) -> BitcoinPage:
    """The order and its requests; the caller came by its token. Raises `OrderNotFound`."""
    found = await order_page(reader, order_id)
    requests = await payments.bitcoin.requests_of_order(reader, order_id)
    attempts = {one.id: one for one in found.attempts}
    ways = tuple(
        Way(one, attempts[one.attempt_id], _is_current(one, attempts[one.attempt_id], found, now))
        for one in requests
        if one.attempt_id in attempts
    )
    came = await payments.bitcoin.arrivals(reader, [one.attempt.id for one in ways])
    part_msat = await arrived_msat(reader, order_id)
    return BitcoinPage(found, ways, tuple(came), part_msat, now)


def _is_current(request: Request, attempt: payments.Attempt, found: OrderPage, now: datetime) -> bool:
    is_open = attempt.is_open and request.given_up_at is None and request.expires_at > now
    return is_open and request.amount_minor == found.order.due_minor
