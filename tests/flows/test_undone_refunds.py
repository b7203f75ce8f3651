"""A payment on the chain is lost while its refund waits for the buyer: nothing is asked for or sent any more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.payments import DisputeState, DisputeStatus, Refund, RefundState, bitcoin
from admitone.payments.bitcoin import SendingState
from admitone.plumbing.journal import announce
from tests.support.bitcoin_desk import payer_of
from tests.support.bitcoin_refunds import asked, owed, paid_back_sats, refund_of, send_named, sending_of
from tests.support.letters_kept import kept, react
from tests.support.onsale import must_hold

VISITOR = "198.51.100.7"
Made = Callable[[Assembly, str], Awaitable[None]]


async def _lose(site: Assembly, refund: Refund, state: DisputeState = DisputeState.LOST) -> None:
    """The network takes the payment back; it is heard of twice."""
    async with site.database.reading() as reader:
        paid = await payments.read(reader, refund.attempt_id)
    opened = await site.payment_accounts.find(paid.account_id)
    assert opened is not None
    assert paid.provider_ref is not None
    status = DisputeStatus(
        f"undone-{paid.id}", paid.provider_ref, state, "EUR", paid.amount_minor, reason=payments.UNDONE
    )
    for _ in range(2):
        await site.money.disputing.hear(opened, status)
    for _ in range(2):
        await react(site, "payments.dispute_moved", "tell_dispute")
        await react(site, "payments.refund_done", "tell_refunded")
        await site.money.disputing.end_unsent()


async def _nobody_named(site: Assembly, token: str) -> None:
    """The buyer has read the letter, and said nothing."""


async def _named(site: Assembly, token: str) -> None:
    await site.money.refund_claims.name(token, await payer_of(site).address(), visitor=VISITOR)


async def _failed(site: Assembly, token: str) -> None:
    await _named(site, token)
    async with site.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_bitcoin_sending SET state = 'failed', round = 2"))


@pytest.mark.parametrize("made", [_nobody_named, _named, _failed], ids=["waits", "named", "failed"])
async def test_a_refund_that_nobody_sent_ends_with_its_payment_and_the_buyer_hears_it_once(
    assembly: Assembly, made: Made
) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    token = url.rsplit("/", 1)[1]
    await made(assembly, token)
    await _lose(assembly, refund)
    ended = await refund_of(assembly, refund.order_id)
    assert (ended.state, (ended.provider_ref or "")[:8]) == (RefundState.DONE, payments.BY_DISPUTE)
    assert (await sending_of(assembly, refund.id)).state is SendingState.FAILED
    # The claim is over, by the link as by the letters.
    with pytest.raises(bitcoin.DestinationKnown):
        await assembly.money.refund_claims.name(token, await payer_of(assembly).address(), visitor=VISITOR)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_bitcoin_sending SET asked_at = asked_at - interval '8 days'"))
    await assembly.money.refund_claims.remind()
    await send_named(assembly)
    await assembly.refunding.send_due()
    assert await paid_back_sats(assembly) == 0
    assert len(await kept(assembly, "refund_destination")) == 1
    assert await kept(assembly, "refunded") == []
    [told] = await kept(assembly, "payment_undone")
    assert "nothing left that could be sent back" in " ".join(told.plain.split())
    await must_hold(assembly.database)


async def test_who_reads_the_link_while_the_payment_is_lost_cannot_name_a_place_after(
    assembly: Assembly,
) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    before = await sending_of(assembly, refund.id)
    await _lose(assembly, refund)

    async with assembly.database.transaction() as tx:
        with pytest.raises(bitcoin.DestinationKnown):
            await bitcoin.name_destination(
                tx,
                refund.id,
                before.round,
                bitcoin.Destination(await payer_of(assembly).address()),
                named_as=None,
                organiser_id=refund.organiser_id,
                now=assembly.clock.now(),
            )


async def test_what_is_on_its_way_is_not_touched_and_is_lost_besides(assembly: Assembly) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    await _named(assembly, url.rsplit("/", 1)[1])
    await _begun(assembly)
    await _lose(assembly, refund)
    assert (await refund_of(assembly, refund.order_id)).state is RefundState.WANTED
    assert (await sending_of(assembly, refund.id)).state is SendingState.UNKNOWN
    async with assembly.database.reading() as reader:
        lost = await payments.taken_by_banks(reader, [refund.order_id])
    assert lost == {refund.attempt_id: refund.amount_minor}
    [told] = await kept(assembly, "payment_undone")
    assert "nothing left" not in told.plain
    await must_hold(assembly.database)


async def test_what_was_on_its_way_and_did_not_arrive_is_done_by_the_loss(assembly: Assembly) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    await _named(assembly, url.rsplit("/", 1)[1])
    await _begun(assembly)
    await _lose(assembly, refund)
    fact = bitcoin.DestinationWanted(
        subject_id=refund.id, organiser_id=refund.organiser_id, round=2, reason="no_route"
    )
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_bitcoin_sending SET state = 'failed', round = 2"))
        await announce(tx, [fact], "system")
    # The letter of the next round is not written.
    await asked(assembly)
    assert await assembly.money.disputing.end_unsent() == 1
    assert await assembly.money.disputing.end_unsent() == 0
    assert (await refund_of(assembly, refund.order_id)).state is RefundState.DONE
    assert len(await kept(assembly, "refund_destination")) == 1
    async with assembly.database.reading() as reader:
        assert await payments.taken_by_banks(reader, [refund.order_id]) == {}
    await must_hold(assembly.database)


async def _begun(site: Assembly) -> None:
    """It was given to the node, and the answer was lost."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE payments_bitcoin_sending SET state = 'unknown', sending_at = :now, busy_until = :later"
            ),
            {"now": site.clock.now(), "later": site.clock.now() + timedelta(minutes=3)},
        )
