"""What an order was paid by, and what of it is left to give back: its payments first, then store credit.

An order's own payments give first, then credit it used. Its price may also lie in its family (orders with the same
root), because an exchange moves worth between them: so what paid for the tickets that were changed for its own gives
next, order by order, and at last the others of the family; of each the payments first, then credit. The largest gives
first. No payment gives what credit paid while there is that credit: a gift changed for another ticket stays a gift.

A provider that takes no decimals of a currency sends whole units back (`payments.step_minor`): its payments give those
first, and others what is over. What a buyer's bank has taken of a payment for good is not there any more, and no other
payment or credit of the family gives it instead: the buyer has it. What nobody can give is `short`: so much less goes
back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from admitone import orders, payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import Attempt, CreditUse, SettledAs
from admitone.plumbing.database import Reader, Transaction

S = TypeVar("S", Attempt, CreditUse)


@dataclass(frozen=True, slots=True)
class Given:
    """What gives back an amount: so much of each payment, so much of each use of credit. Minor units, none zero.

    `taken_minor` of what was wanted is not given, because the buyer's bank has taken it.
    """

    payments: Sequence[tuple[Attempt, int]]
    credits: Sequence[tuple[CreditUse, int]]
    taken_minor: int = 0

    @property
    def from_payments_minor(self) -> int:
        """What of it was paid with money."""
        return sum(minor for _, minor in self.payments)

    @property
    def total_minor(self) -> int:
        """All that is given."""
        return self.from_payments_minor + sum(minor for _, minor in self.credits)


class Sources:
    """What is left of everything that paid for these orders and their families; read by `sources_of`, under locks.

    `changed_from`: whose tickets an order's own were changed from, by order, as far as that is done.
    """

    def __init__(
        self,
        families: Mapping[UUID, set[UUID]],
        changed_from: Mapping[UUID, UUID],
        paid: Sequence[Attempt],
        uses: Sequence[CreditUse],
        left: dict[UUID, int],
        taken: dict[UUID, int],
        steps: Mapping[UUID, int],
    ) -> None:
        self._families = families
        self._changed_from = changed_from
        self._paid = paid
        self._uses = uses
        self._left = left
        self._taken = taken
        self._steps = steps

    def own_payments(self, order_id: UUID) -> list[Attempt]:
        """The payments that became this order's tickets."""
        return [one for one in self._paid if one.order_id == order_id]

    def give(self, order_id: UUID, minor: int) -> Given:
        """Take so much of what paid for this order, or what is there. What is taken is not there for the next."""
        attempts: list[tuple[Attempt, int]] = []
        uses: list[tuple[CreditUse, int]] = []
        missing, taken_minor = minor, 0
        for group in self._groups(order_id):
            paid, missing = self._take(self._largest(self._paid, group), missing)
            used, missing = self._take(self._largest(self._uses, group), missing)
            gone = self._gone(group, missing)
            attempts += paid
            uses += used
            missing -= gone
            taken_minor += gone
        assert missing == 0 or any(step > 1 for step in self._steps.values()), (
            "it came in, so it is somewhere"
        )
        return Given(attempts, uses, taken_minor)

    def look(self, order_id: UUID, minor: int) -> Given:
        """What `give` would give; nothing is taken."""
        left, taken = dict(self._left), dict(self._taken)
        given = self.give(order_id, minor)
        self._left, self._taken = left, taken
        return given

    def _gone(self, group: set[UUID], most: int) -> int:
        """What of an amount a bank has taken from the payments of these orders."""
        gone = 0
        for one in self._paid:
            if one.order_id in group and (mine := min(self._taken.get(one.id, 0), most - gone)):
                self._taken[one.id] -= mine
                gone += mine
        return gone

    def _groups(self, order_id: UUID) -> list[set[UUID]]:
        """The order, those whose tickets became its own, the nearest first, and the rest of its family."""
        line = [order_id]
        while line[-1] in self._changed_from:
            line.append(self._changed_from[line[-1]])
        return [*({one} for one in line), self._families[order_id].difference(line)]

    def _largest(self, those: Iterable[S], of: set[UUID]) -> list[S]:
        mine = [one for one in those if one.order_id in of]
        return sorted(mine, key=lambda one: (self._steps.get(one.id, 1) == 1, -self._left[one.id]))

    def _take(self, those: Sequence[S], missing: int) -> tuple[list[tuple[S, int]], int]:
        taken = []
        for one in those:
            minor = min(missing, self._left[one.id])
            minor -= minor % self._steps.get(one.id, 1)
            if minor:
                self._left[one.id] -= minor
                missing -= minor
                taken.append((one, minor))
        return taken, missing


async def sources_of(
    tx: Transaction, order_ids: Iterable[UUID], accounts: PaymentAccounts | None = None
) -> Sources:
    """What paid for these orders, locked by the caller. Locks their families' payments, then the credits they used.

    `accounts`: for amounts that are to be sent; without them every payment gives to the last minor unit.
    """
    families = await orders.families(tx, set(order_ids))
    everybody = set().union(*families.values())
    paid = await _settled(tx, everybody)
    locked = await payments.lock_many(tx, {attempt.id for attempt in paid})
    used = await _uses(tx, everybody)
    if used:
        await payments.credit.lock(tx, {one.credit_id for one in used})
    # Uses are read again under the lock: whoever was faster has taken some of it back.
    return await _sources(tx, families, [locked.get(one.id, one) for one in paid], accounts)


async def look_at_sources(reader: Reader, order_id: UUID, accounts: PaymentAccounts | None = None) -> Sources:
    """The same of one order, only to look: nothing is locked."""
    families = await orders.families(reader, {order_id})
    return await _sources(reader, families, await _settled(reader, families[order_id]), accounts)


async def _settled(reader: Reader, order_ids: Collection[UUID]) -> list[Attempt]:
    found = await payments.of_orders(reader, order_ids)
    return [attempt for attempt in found if attempt.settled_as is SettledAs.TICKETS]


async def _uses(reader: Reader, order_ids: Collection[UUID]) -> list[CreditUse]:
    return [one for one in await payments.credit.uses_of(reader, order_ids) if one.state == "used"]


async def _sources(
    reader: Reader,
    families: Mapping[UUID, set[UUID]],
    paid: Sequence[Attempt],
    accounts: PaymentAccounts | None,
) -> Sources:
    everybody = set().union(*families.values())
    left = {attempt.id: attempt.paid_minor or 0 for attempt in paid}
    # A refund that failed is still owed from its payment, until somebody sends it again.
    for refund in await payments.refunds_of(reader, everybody):
        if refund.attempt_id in left:
            left[refund.attempt_id] -= refund.amount_minor
    for attempt_id, minor in (await payments.credit.credited_of(reader, list(left))).items():
        left[attempt_id] -= minor
    taken = await payments.taken_by_banks(reader, everybody)
    taken = {
        attempt_id: min(minor, left[attempt_id]) for attempt_id, minor in taken.items() if attempt_id in left
    }
    for attempt_id, minor in taken.items():
        left[attempt_id] -= minor
    uses = await _uses(reader, everybody)
    steps: dict[UUID, int] = {}
    for one in paid:
        opened = None if accounts is None else await accounts.find(one.account_id)
        if opened is not None:
            steps[one.id] = payments.step_minor(opened, one.method, one.paid_currency or one.currency)
    changed_from = {
        one.order_id: one.from_order_id
        for one in (await orders.exchanges(reader, everybody)).values()
        if one.state == "done"
    }
    left |= {one.id: one.left_minor for one in uses}
    return Sources(families, changed_from, paid, uses, left, taken, steps)
