"""What lay ready for an order that ends unpaid: parts of its price go back to the buyer, credit to its holder."""

from collections.abc import Sequence
from datetime import datetime

from admitone import ledger, orders, payments
from admitone.flows.credit_uses import return_credit
from admitone.plumbing.database import Transaction
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal


async def return_parts(
    tx: Transaction, ended: Sequence[orders.OrderRow], reason: str, *, now: datetime, actor: str
) -> list[ledger.NewTransfer]:
    """Want every part refunded that came for these orders, locked by the caller, and give back the store credit set
    aside for them; nothing lies ready for them then.

    Locks attempts and credits, so before places; what it returns is posted to the ledger at the end,
    after all other locks.
    """
    with_money = {order.id: order for order in ended if order.received_minor}
    if not with_money:
        return []
    transfers, refunds = [], []
    for part in await payments.return_parts(tx, with_money):
        order = with_money[part.order_id]
        assert part.paid_minor is not None, "a part has come"
        refund_id = derived_id("refund", part.id.bytes)
        refunds.append(
            payments.NewRefund(
                refund_id, part.id, reason, part.paid_minor, split_back_minor=part.fee_split_minor
            )
        )
        transfers += ledger.deposit_owed(
            attempt_id=part.id, currency=order.currency, amount_minor=part.paid_minor, is_test=order.is_test
        )
    wanted = await payments.want_refunds(tx, refunds, now=now, actor=actor) if refunds else []
    assert not any(isinstance(verdict, Refusal) for verdict in wanted), "money that came in can go back"
    given_back, _ = await return_credit(tx, list(with_money.values()), now=now, actor=actor)
    transfers += given_back
    await orders.receive(tx, {order.id: -order.received_minor for order in with_money.values()})
    return transfers
