"""Bitcoin goes back where its buyer says: asked by a letter, said once, sent once."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.payments import RefundState, bitcoin
from admitone.payments.bitcoin import SendingState
from admitone.plumbing.links import NoSuchLink
from admitone.reads import invariants
from admitone.reads.paid_in_bitcoin import paid_in_bitcoin
from admitone.values.refusals import Refusal
from tests.support.bitcoin_desk import asked_by, invoice_of, payer_of, takes_bitcoin
from tests.support.bitcoin_refunds import (
    PRICE_SATS,
    asked,
    owed,
    paid_back_sats,
    refund_of,
    send_named,
    sending_of,
)
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, must_hold, place, put_on_sale

VISITOR = "198.51.100.7"


async def test_a_lightning_refund_waits_for_the_buyer_and_is_sent_to_their_invoice_once(
    assembly: Assembly,
) -> None:
    _, refund = await owed(assembly)
    assert (refund.state, refund.error) == (RefundState.WANTED, "waits_for_buyer")
    [url] = await asked(assembly)
    [letter] = await kept(assembly, "refund_destination")
    assert letter.subject == "Where shall we send 50,000 sats?"
    assert "€25.00" in letter.plain
    claims, token = assembly.money.refund_claims, url.rsplit("/", 1)[1]
    invoice = await payer_of(assembly).invoice(PRICE_SATS)
    claim = await claims.name(token, invoice, visitor=VISITOR)
    assert claim.sending.state is SendingState.NAMED
    assert not claim.is_open
    await send_named(assembly)
    assert await paid_back_sats(assembly) == PRICE_SATS
    sent = await sending_of(assembly, refund.id)
    assert (sent.state, sent.sent_ref, sent.amount_msat) == (
        SendingState.SENT,
        sent.payment_hash,
        PRICE_SATS * 1000,
    )
    done = await refund_of(assembly, refund.order_id)
    assert (done.state, done.provider_ref) == (RefundState.DONE, sent.payment_hash)
    await react(assembly, "payments.refund_done", "tell_refunded")
    [told] = await kept(assembly, "refunded")
    assert "50,000 sats sent to the place you named" in " ".join(told.plain.split())
    await must_hold(assembly.database)


async def test_a_refund_on_the_chain_goes_to_the_buyers_address_once(assembly: Assembly) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    claims, token = assembly.money.refund_claims, url.rsplit("/", 1)[1]
    with pytest.raises(bitcoin.DestinationOfOtherRail):
        await claims.name(token, await payer_of(assembly).invoice(PRICE_SATS), visitor=VISITOR)
    with pytest.raises(bitcoin.DestinationOfOtherNetwork):
        await claims.name(token, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", visitor=VISITOR)
    assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS
    address = await payer_of(assembly).address()
    await claims.name(token, address, visitor=VISITOR)
    await send_named(assembly)
    await assembly.refunding.ask_now(refund.id)
    assert await paid_back_sats(assembly) == PRICE_SATS
    assert (await refund_of(assembly, refund.order_id)).state is RefundState.DONE
    await must_hold(assembly.database)


async def test_what_is_named_is_named_once_however_many_name_at_once(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    claims, token = assembly.money.refund_claims, url.rsplit("/", 1)[1]
    invoices = [await payer_of(assembly).invoice(PRICE_SATS) for _ in range(6)]

    async def name(invoice: str) -> bool:
        try:
            await claims.name(token, invoice, visitor=VISITOR)
        except bitcoin.DestinationKnown:
            return False
        return True

    said = await asyncio.gather(*(name(one) for one in invoices))
    assert sum(said) == 1
    assert (await sending_of(assembly, refund.id)).destination == invoices[said.index(True)]
    await asyncio.gather(send_named(assembly), send_named(assembly), assembly.refunding.ask_now(refund.id))
    assert await paid_back_sats(assembly) == PRICE_SATS
    with pytest.raises(bitcoin.DestinationKnown):
        await claims.name(token, invoices[0], visitor=VISITOR)


async def test_what_could_not_be_sent_is_asked_for_again_in_another_round(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    claims, token = assembly.money.refund_claims, url.rsplit("/", 1)[1]
    await claims.name(token, await payer_of(assembly).invoice(PRICE_SATS), visitor=VISITOR)
    # Before it is sent, its time runs out.
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text("UPDATE payments_bitcoin_sending SET send_until = :then"),
            {"then": assembly.clock.now() + timedelta(seconds=10)},
        )
    await send_named(assembly)
    again = await sending_of(assembly, refund.id)
    assert (again.state, again.round, again.reason) == (SendingState.FAILED, 2, "invoice_expired")
    assert await paid_back_sats(assembly) == 0
    assert (await refund_of(assembly, refund.order_id)).state is RefundState.WANTED
    assert len(await asked(assembly)) == 2
    letter = (await kept(assembly, "refund_destination"))[1]
    assert "could not be sent to the place you named" in " ".join(letter.plain.split())
    await claims.name(token, await payer_of(assembly).invoice(PRICE_SATS), visitor=VISITOR)
    await send_named(assembly)
    assert await paid_back_sats(assembly) == PRICE_SATS
    assert (await refund_of(assembly, refund.order_id)).state is RefundState.DONE
    await must_hold(assembly.database)


async def test_one_invoice_is_not_taken_for_two_refunds(assembly: Assembly) -> None:
    await owed(assembly)
    await owed(assembly)
    first, second = (url.rsplit("/", 1)[1] for url in await asked(assembly))
    claims = assembly.money.refund_claims
    invoice = await payer_of(assembly).invoice(PRICE_SATS)
    await claims.name(first, invoice, visitor=VISITOR)
    with pytest.raises(bitcoin.InvoiceUsed):
        await claims.name(second, invoice, visitor=VISITOR)
    assert (await claims.look(second)).is_open


async def test_the_letter_of_a_cancelled_event_says_what_buyers_have_to_do(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    by_card = (await buy(assembly, show)).attempt.order_id
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    await payer_of(assembly).pay_invoice(await invoice_of(assembly, order.id))
    await assembly.settlement.ask_about_order(order.id)
    async with assembly.database.reading() as reader:
        assert await paid_in_bitcoin(reader, [order.id, by_card]) == {order.id: "all"}
    await publish_event.cancel(
        assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id
    )
    await assembly.cancelling.take_all_back(show.event_id)
    letters = [" ".join(one.plain.split()) for one in await kept(assembly, "event_cancelled")]
    asked_for = [one for one in letters if "asks you where to send it" in one]
    assert (len(letters), len(asked_for)) == (2, 1)
    assert order.code in asked_for[0]
    assert "You do not have to do anything" not in asked_for[0]


@pytest.mark.parametrize("rail", [bitcoin.LIGHTNING, bitcoin.ONCHAIN])
async def test_what_an_order_here_is_paid_by_is_no_place_for_a_refund(assembly: Assembly, rail: str) -> None:
    show, refund = await owed(assembly, rail)
    [url] = await asked(assembly)
    other = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(other.id)
    # Its amount is that of the refund: nothing else would be wrong with it.
    request = await asked_by(assembly, other.id, rail)
    with pytest.raises(bitcoin.DestinationOfOurs):
        await assembly.money.refund_claims.name(
            url.rsplit("/", 1)[1], request.bolt11 or request.address or "", visitor=VISITOR
        )
    assert (await sending_of(assembly, refund.id)).state is SendingState.WAITS


async def test_while_the_payment_is_taken_back_by_others_nothing_of_it_is_sent(assembly: Assembly) -> None:
    show, refund = await owed(assembly)
    [url] = await asked(assembly)
    await assembly.money.refund_claims.name(
        url.rsplit("/", 1)[1], await payer_of(assembly).invoice(PRICE_SATS), visitor=VISITOR
    )
    dispute = text(
        """
        INSERT INTO payments_dispute (id, account_id, ref, attempt_id, order_id, organiser_id, state, currency,
            amount_minor, fee_minor, reason, opened_at, heard_at, held_minor)
        SELECT :id, account_id, 'reorg', id, order_id, organiser_id, :state, currency, 2500, 0, '', now(), now(), 0
        FROM payments_attempt WHERE id = :attempt_id
        """
    )
    async with assembly.database.transaction() as tx:
        await tx.execute(dispute, {"id": UUID(int=7), "state": "open", "attempt_id": refund.attempt_id})
    await send_named(assembly)
    assert await paid_back_sats(assembly) == 0
    assert (await refund_of(assembly, refund.order_id)).error == "payment_disputed"
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_dispute SET state = 'won'"))
    await send_named(assembly)
    assert await paid_back_sats(assembly) == PRICE_SATS
    assert show.organiser_id == refund.organiser_id


async def test_a_buyer_who_is_silent_is_reminded_once_a_week_four_times(assembly: Assembly) -> None:
    _, refund = await owed(assembly)
    [url] = await asked(assembly)
    claims = assembly.money.refund_claims
    letters = []
    for days in (6, 1, 1, 6, 7, 7, 7, 7):
        async with assembly.database.transaction() as tx:
            await tx.execute(
                text(
                    "UPDATE payments_bitcoin_sending SET asked_at = asked_at - make_interval(days => :days)"
                ),
                {"days": days},
            )
        for _ in range(2):
            await claims.remind()
        letters.append(len(await kept(assembly, "refund_destination")))
    assert letters == [1, 2, 2, 3, 4, 5, 5, 5]
    assert {letter.plain for letter in await kept(assembly, "refund_destination")} == {
        (await kept(assembly, "refund_destination"))[0].plain
    }
    assert url in (await kept(assembly, "refund_destination"))[-1].plain
    assert (await sending_of(assembly, refund.id)).round == 1


async def test_nobody_is_reminded_of_what_they_have_said(assembly: Assembly) -> None:
    await owed(assembly)
    [url] = await asked(assembly)
    claims = assembly.money.refund_claims
    await claims.name(url.rsplit("/", 1)[1], await payer_of(assembly).invoice(PRICE_SATS), visitor=VISITOR)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_bitcoin_sending SET asked_at = asked_at - interval '8 days'"))
    await claims.remind()
    assert len(await kept(assembly, "refund_destination")) == 1


async def test_no_fact_and_no_other_letter_has_the_place_or_the_link(assembly: Assembly) -> None:
    await owed(assembly)
    [url] = await asked(assembly)
    token = url.rsplit("/", 1)[1]
    invoice = await payer_of(assembly).invoice(PRICE_SATS)
    await assembly.money.refund_claims.name(token, invoice, visitor=VISITOR)
    await send_named(assembly)
    async with assembly.database.reading() as reader:
        facts = (await reader.execute(text("SELECT body FROM journal_fact"))).scalars()
        whole = json.dumps(list(facts))
    assert invoice not in whole
    assert token not in whole


@pytest.mark.parametrize("token", ["", "x" * 43, "A" * 43])
async def test_a_link_nobody_made_opens_nothing(assembly: Assembly, token: str) -> None:
    claims = assembly.money.refund_claims
    for ask in (claims.look(token), claims.name(token, "x", visitor=VISITOR)):
        with pytest.raises(NoSuchLink):
            await ask
    with pytest.raises(Refusal):
        await claims.withdrawal(token, visitor=VISITOR)


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("UPDATE payments_bitcoin_sending SET proof = 'x'", "sent back in bitcoin"),
        ("UPDATE payments_bitcoin_sending SET amount_minor = 1", "sent back in bitcoin"),
        (
            "UPDATE payments_bitcoin_sending SET state = 'unknown', sent_ref = NULL, ended_at = NULL",
            "sent back in bitcoin",
        ),
        ("UPDATE payments_attempt SET paid_minor = 2499", "no more back in bitcoin"),
    ],
)
async def test_a_damaged_refund_is_seen_by_the_check(assembly: Assembly, damage: str, name: str) -> None:
    await owed(assembly)
    [url] = await asked(assembly)
    invoice = await payer_of(assembly).invoice(PRICE_SATS)
    await assembly.money.refund_claims.name(url.rsplit("/", 1)[1], invoice, visitor=VISITOR)
    await send_named(assembly)
    await must_hold(assembly.database)
    async with assembly.database.transaction() as tx:
        await tx.execute(text(damage))
    async with assembly.database.reading() as reader:
        assert name in [one.invariant.name for one in await invariants.broken(reader)]
