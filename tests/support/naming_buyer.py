"""A buyer who says at once where bitcoin goes back to, for contract cases that know of no such question."""

from collections.abc import Awaitable, Callable

from admitone.payments import RefundAsk, RefundStatus
from admitone.payments.bitcoin import sending_store
from admitone.payments.bitcoin.sending_back import ON_ITS_WAY, WAITS_FOR_BUYER
from admitone.plumbing.database import Database
from admitone.values.clock import Clock

TRIES = 500


async def refund_named(
    database: Database,
    clock: Clock,
    refund: Callable[[RefundAsk], Awaitable[RefundStatus]],
    ask: RefundAsk,
    destination: Callable[[int], tuple[str, str | None]],
) -> RefundStatus:
    """`refund`, and again once it was said where to. `destination` gives one for so many msat, and its payment hash."""
    answer = await refund(ask)
    if answer.reason == WAITS_FOR_BUYER:
        async with database.transaction() as tx:
            waiting = (await sending_store.sendings(tx, [ask.refund_id]))[ask.refund_id]
            value, payment_hash = destination(waiting.amount_msat)
            await sending_store.name(
                tx,
                ask.refund_id,
                waiting.round,
                destination=value,
                payment_hash=payment_hash,
                named_as=None,
                send_until=None,
                now=clock.now(),
            )
        answer = await refund(ask)
    for _ in range(TRIES):
        if answer.reason != ON_ITS_WAY:
            break
        # Another caller is sending it at this moment.
        answer = await refund(ask)
    return answer
