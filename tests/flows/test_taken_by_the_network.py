"""What a reorganisation takes: lost once, whole, under whatever name; and never a ticket of what is gone."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.flows.settlement import Heard
from admitone.payments import AttemptState, Dispute, DisputeState, DisputeStatus, RefundState, bitcoin
from admitone.payments.bitcoin import SendingState
from tests.flows.test_crumbs import Sale
from tests.support.bitcoin_desk import address_of, payer_of, read_chain, takes_bitcoin
from tests.support.bitcoin_refunds import (
    PRICE_SATS,
    asked,
    paid_back_sats,
    refund_of,
    send_named,
    sending_of,
)
from tests.support.letters_kept import kept
from tests.support.onsale import must_hold, place, put_on_sale

PRICE_MINOR = 2500


@dataclass(frozen=True, slots=True)
class Chain:
    """What the network does with the payments of an order, and what the site hears of it."""

    sale: Sale

    async def pays(self, *sats: int) -> list[str]:
        """So much in one transaction each, not in a block yet; their ids."""
        return [await payer_of(self.sale.site).pay_address(self.sale.address, one) for one in sats]

    async def mines(self, blocks: int = 1) -> None:
        """Blocks, each read and heard of."""
        for _ in range(blocks):
            await payer_of(self.sale.site).mine()
            await self.is_read()

    async def is_read(self) -> str:
        """The chain is read, what was taken is heard of, the payments are asked about; the order's state."""
        await self.hears()
        return await read_chain(self.sale.site, self.sale.order.id)

    async def hears(self, minutes: int = 60) -> list[DisputeStatus]:
        """As a worker does, of what changed for so long; what was said."""
        heard = []
        site, since = self.sale.site, self.sale.site.clock.now() - timedelta(minutes=minutes)
        for opened in await site.payment_accounts.in_use():
            role = opened.provider.roles.disputes
            if opened.account.provider == "play_bitcoin" and role is not None:
                [one async for one in opened.provider.recent(site.clock.now())]
                async for status in role.recent_disputes(since):
                    await site.money.disputing.hear(opened, status)
                    heard.append(status)
        return heard

    async def is_final(self) -> None:
        """What came is final and written down, and the process dies before anybody asks what that means."""
        for _ in range(2):
            await payer_of(self.sale.site).mine()
        for opened in await self.sale.site.payment_accounts.in_use():
            if opened.account.provider == "play_bitcoin":
                [one async for one in opened.provider.recent(self.sale.site.clock.now())]

    async def takes_back(self, blocks: int, *lost: str) -> None:
        """So many blocks are no longer there, and the inputs of these are spent elsewhere."""
        for _ in range(blocks):
            await payer_of(self.sale.site).undo_block()
        for txid in lost:
            await payer_of(self.sale.site).replace(txid)

    async def disputes(self) -> list[Dispute]:
        """Every dispute of the order, oldest first."""
        async with self.sale.site.database.reading() as reader:
            return await payments.disputes_of(reader, [self.sale.order.id])

    async def attempts(self) -> list[payments.Attempt]:
        """Every try to pay it on the chain."""
        async with self.sale.site.database.reading() as reader:
            found = await payments.of_orders(reader, [self.sale.order.id])
        return [one for one in found if one.method == bitcoin.ONCHAIN]

    async def tickets(self) -> int:
        """How many were made."""
        async with self.sale.site.database.reading() as reader:
            rows = await reader.execute(text("SELECT count(*) FROM tickets_ticket"))
            return int(rows.scalar_one())


@pytest.fixture
async def chain(assembly: Assembly) -> Chain:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    return Chain(Sale(assembly, order, await address_of(assembly, order.id)))


async def test_a_lost_payment_is_lost_once_whatever_else_comes_to_its_address(chain: Chain) -> None:
    [txid] = await chain.pays(PRICE_SATS)
    await chain.mines(2)
    assert await chain.is_read() == "paid"
    await chain.takes_back(2, txid)
    await chain.mines(4)
    [lost] = await chain.disputes()
    assert (lost.state, lost.held_minor) == (DisputeState.LOST, PRICE_MINOR)
    # A crumb of a stranger has the address looked at with each block.
    await chain.pays(300)
    await chain.mines(5)
    assert [(one.ref, one.held_minor) for one in await chain.disputes()] == [(lost.ref, PRICE_MINOR)]
    await must_hold(chain.sale.site.database)


async def test_what_is_taken_before_it_counted_makes_no_ticket_and_no_loss(chain: Chain) -> None:
    [txid] = await chain.pays(PRICE_SATS)
    await chain.is_final()
    await chain.takes_back(2, txid)
    await chain.hears()
    assert await chain.is_read() == "pending"
    await chain.mines(3)
    assert await chain.is_read() == "pending"
    assert (await chain.tickets(), await chain.disputes()) == (0, [])
    assert [one.state for one in await chain.attempts()] == [AttemptState.FAILED]
    # The buyer pays once more.
    assert await chain.sale.comes(PRICE_SATS) == "paid"
    assert (await chain.tickets(), await chain.disputes()) == (1, [])
    await must_hold(chain.sale.site.database)


async def test_what_is_taken_before_it_counted_and_mined_again_counts_then(chain: Chain) -> None:
    await chain.pays(PRICE_SATS)
    await chain.is_final()
    await chain.takes_back(2)
    await chain.hears()
    assert await chain.is_read() == "pending"
    await chain.mines(2)
    assert await chain.is_read() == "paid"
    assert await chain.tickets() == 1
    await must_hold(chain.sale.site.database)


async def test_what_was_told_before_the_payment_counted_is_told_again_when_it_does(chain: Chain) -> None:
    [txid] = await chain.pays(PRICE_SATS)
    await chain.is_final()
    site = chain.sale.site
    [attempt] = await chain.attempts()
    opened = await site.payment_accounts.find(attempt.account_id)
    assert opened is not None
    # Somebody has asked, and will write down the answer later.
    said = await opened.provider.status(attempt.id, attempt.provider_ref)
    await chain.takes_back(2, txid)
    await chain.hears()
    assert await chain.disputes() == []
    await site.settlement.hear(Heard(attempt.id, said))
    await chain.hears(minutes=0)
    [taken] = await chain.disputes()
    assert taken.held_minor == PRICE_MINOR
    await must_hold(site.database)


@pytest.mark.parametrize("which", [0, 1], ids=["the-first", "the-second"])
async def test_the_name_of_what_came_together_does_not_hide_its_loss(chain: Chain, which: int) -> None:
    tenth = PRICE_SATS // 10
    assert await chain.sale.comes(tenth) == "pending"
    together = sorted(await chain.pays(PRICE_SATS // 2, PRICE_SATS // 2))
    await chain.mines(2)
    assert await chain.is_read() == "paid"
    names = [one.provider_ref for one in await chain.attempts()]
    await chain.takes_back(2, together[which])
    await chain.mines(4)
    # One of them has a height now, and the other has none any more.
    assert {one.payment_ref for one in await chain.hears()} == {names[-1]}
    [lost] = [one for one in await chain.disputes() if one.state is DisputeState.LOST]
    assert lost.held_minor == PRICE_MINOR // 2
    assert [one.provider_ref for one in await chain.attempts()] == names
    async with chain.sale.site.database.reading() as reader:
        cases = (await reader.execute(text("SELECT ref FROM payments_case"))).all()
    assert cases == []
    await must_hold(chain.sale.site.database)


async def test_a_loss_finds_its_payment_by_its_key_whatever_it_is_called_and_takes_what_was_paid_once(
    chain: Chain,
) -> None:
    await chain.pays(PRICE_SATS)
    await chain.mines(2)
    assert await chain.is_read() == "paid"
    [attempt] = await chain.attempts()
    opened = await chain.sale.site.payment_accounts.find(attempt.account_id)
    assert opened is not None
    for ref in ("one", "another"):
        told = DisputeStatus(
            ref,
            "a name nobody knows",
            DisputeState.LOST,
            "EUR",
            PRICE_MINOR,
            reason=payments.UNDONE,
            attempt_id=attempt.id,
        )
        await chain.sale.site.money.disputing.hear(opened, told)
    assert [(one.attempt_id, one.held_minor) for one in await chain.disputes()] == [
        (attempt.id, PRICE_MINOR),
        (attempt.id, 0),
    ]
    await must_hold(chain.sale.site.database)


async def _owed_of_two(chain: Chain, *sats: int) -> str:
    """Paid; then these came together, and are to go back. The last of them is lost; the link of the newest letter."""
    await chain.sale.comes(PRICE_SATS)
    together = await chain.pays(*sats)
    await chain.mines(2)
    site = chain.sale.site
    await site.refunding.send_due()
    await asked(site)
    await chain.takes_back(2, together[-1])
    await chain.mines(4)
    for _ in range(2):
        await site.money.disputing.end_unsent()
    await site.refunding.ask_now((await refund_of(site, chain.sale.order.id)).id)
    return (await asked(site))[-1]


async def test_when_a_part_is_lost_the_rest_goes_back(chain: Chain) -> None:
    url = await _owed_of_two(chain, 40_000, 20_000)
    site = chain.sale.site
    refund = await refund_of(site, chain.sale.order.id)
    sending = await sending_of(site, refund.id)
    assert (refund.amount_minor, sending.amount_minor, sending.amount_msat) == (2000, 2000, 40_000_000)
    assert (refund.state, sending.round) == (RefundState.WANTED, 2)
    await site.money.refund_claims.name(
        url.rsplit("/", 1)[1], await payer_of(site).address(), visitor="198.51.100.7"
    )
    await send_named(site)
    assert await paid_back_sats(site) == 40_000
    assert (await refund_of(site, chain.sale.order.id)).state is RefundState.DONE
    await must_hold(site.database)


async def test_the_letter_says_that_less_comes_back_and_why(chain: Chain) -> None:
    await _owed_of_two(chain, 40_000, 20_000)
    first, second = (" ".join(one.plain.split()) for one in await kept(chain.sale.site, "refund_destination"))
    assert "took back a part of what you paid" not in first
    assert "took back a part of what you paid" in second
    assert "could not be sent" not in second


async def test_a_place_that_was_named_for_all_of_it_gets_nothing_of_the_rest(chain: Chain) -> None:
    await chain.sale.comes(PRICE_SATS)
    together = await chain.pays(40_000, 20_000)
    await chain.mines(2)
    site = chain.sale.site
    await site.refunding.send_due()
    [url] = await asked(site)
    place_ = await payer_of(site).address()
    await site.money.refund_claims.name(url.rsplit("/", 1)[1], place_, visitor="198.51.100.7")
    await chain.takes_back(2, together[-1])
    await chain.mines(4)
    await send_named(site)
    assert await paid_back_sats(site) == 0
    refund = await refund_of(site, chain.sale.order.id)
    sending = await sending_of(site, refund.id)
    assert (sending.state, sending.reason) == (SendingState.FAILED, bitcoin.PARTLY_UNDONE)
    await must_hold(site.database)


async def test_a_rest_too_little_to_be_sent_is_kept_and_nobody_is_asked_where_to(chain: Chain) -> None:
    await _owed_of_two(chain, 400, 60_000)
    site = chain.sale.site
    assert len(await asked(site)) == 1
    refund = await refund_of(site, chain.sale.order.id)
    assert refund.state is RefundState.DONE
    assert (refund.provider_ref or "").startswith(payments.KEPT)
    await must_hold(site.database)
