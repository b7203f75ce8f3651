"""No role of Paystack's talks to it while a transaction of ours is open."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from admitone.payments.roles import Evidence, PayoutAsk, Receiver
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paystack import PaystackEnd


async def test_nothing_is_asked_inside_a_transaction_by_any_role(db: Database) -> None:
    end = PaystackEnd(db)
    roles = end.open().roles
    pays, books, disputes = roles.pays_out, roles.mirrored, roles.disputes
    assert pays is not None and books is not None and disputes is not None
    receiver = Receiver("Ada", "GHS", "GH", {"account_number": "0123456785", "bank_code": "040100"})
    evidence = Evidence("Ada", "ada@example.org", "x", end.now(), "", "", "", "", end.now())
    payout = PayoutAsk(uuid7(), "RCP_x", "GHS", 1, "x")

    async def first(rows: AsyncIterator[object]) -> None:
        async for _ in rows:
            raise AssertionError("something was listed")

    calls: list[Callable[[], Awaitable[object]]] = [
        end.provider.look,
        lambda: end.provider.cancel(uuid7(), None),
        lambda: pays.receiver(receiver),
        lambda: pays.pay_out(payout),
        lambda: pays.payout_status(payout.payout_id, None),
        books.balances,
        lambda: first(books.movements(end.now())),
        lambda: disputes.dispute("1"),
        lambda: disputes.answer("1", evidence),
        lambda: first(disputes.recent_disputes(end.now())),
    ]
    async with end.database.transaction():
        for call in calls:
            with pytest.raises(AssertionError, match="inside a transaction"):
                await call()
    assert end.watch.seen == []
