"""Bitcoin that comes when its order has run out: the page says what becomes of it, and invites nobody to pay twice."""

import pytest
from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.orders import OrderRow
from tests.entrypoints.test_bitcoin_pages import Paying, asks_for_a_code, paying
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import payer_of, read_chain, takes_bitcoin
from tests.support.letters_kept import KeptLetter, kept, react
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.site import browser

_ASKED_AT_HALF = (
    "UPDATE payments_bitcoin_quote SET price = price / 2, until = quoted_at WHERE order_id = :id",
    "UPDATE payments_bitcoin_request SET amount_msat = amount_msat * 2, expires_at = created_at WHERE order_id = :id",
)
_OVER = text("UPDATE orders_order SET pay_until = now() - interval '1 second' WHERE id = :id")


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return show


async def _runs_out(site: Assembly, at: Paying) -> None:
    order_id = site.links.read("order", at.token)
    await site.database.run(lambda tx: tx.execute(_OVER, {"id": order_id}))
    await site.expiry.expire_orders()


async def test_what_is_seen_after_the_end_becomes_tickets_on_the_same_page(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await _runs_out(assembly, at)
        before = (await client.get(links.pay_bitcoin_status(at.token))).json()
        # What nobody has paid yet may still be paid: the page goes on looking.
        assert "live-status" in (await client.get(at.path)).text
        await payer.pay_address(at.address, 100_000)
        await read_chain(assembly, order_id)
        assert (await client.get(links.pay_bitcoin_status(at.token))).json() != before
        page = await client.get(at.path)
        words = plain(page)
        assert "Late, and on its way" in words
        assert "Seen, not in a block yet" in words
        assert "Please do not pay again" in words
        assert "it becomes your tickets if it is enough and the places are still there" in words
        assert "Choose tickets again" not in words
        assert "live-status" in page.text
        for _ in range(2):
            await payer.mine()
        assert await read_chain(assembly, order_id) == "paid"
        assert "Paid. You are going." in plain(await client.get(at.path))
    await must_hold(assembly.database)


async def test_what_was_late_and_goes_back_is_said_and_nobody_is_sent_to_pay_again(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await _runs_out(assembly, at)
        await payer.pay_address(at.address, 40_000)
        for _ in range(2):
            await payer.mine()
        assert await read_chain(assembly, order_id) == "expired"
        page = await client.get(at.path)
        words = plain(page)
        assert "Your bitcoin goes back to you" in words
        assert "Choose tickets again" not in words
        assert f'href="{links.order(at.token)}"' in page.text
        assert "live-status" not in page.text
    await must_hold(assembly.database)


async def test_a_part_says_until_when_it_waits_and_what_becomes_of_it(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        await payer.pay_address(at.address, 40_000)
        for _ in range(2):
            await payer.mine()
        await read_chain(assembly, assembly.links.read("order", at.token))
        words = plain(await client.get(at.path))
    assert "Part of it has arrived" in words
    assert "your places are kept, until" in words
    assert "If the rest does not come by then, it goes back to you: we mail you to ask where to." in words


async def test_a_part_is_told_once_in_a_letter_with_what_is_missing_and_until_when(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await payer.pay_address(at.address, 40_000)
        await read_chain(assembly, order_id)
        assert await _told_of_parts(assembly) == []
        for _ in range(2):
            await payer.mine()
        assert await read_chain(assembly, order_id) == "pending"
        await read_chain(assembly, order_id)
        [letter] = await _told_of_parts(assembly)
        words = " ".join(letter.plain.split())
        assert "40,000 sats (€20.00) has arrived" in words
        assert "€30.00 is missing" in words
        kept_until = plain(await client.get(at.path)).partition("are kept, until ")[2][:5]
        assert kept_until in words
        assert links.order(at.token) in words
        assert [letter.to_email] == [(await _order_of(assembly, at)).email]
        # What completes an order is told by its tickets' letter.
        rest = Paying(at.path, await asks_for_a_code(client, at, "Get a code for the rest"))
        await payer.pay_invoice(rest.payment_hash)
        await assembly.settlement.ask_about_order(order_id)
        assert len(await _told_of_parts(assembly)) == 1
    await must_hold(assembly.database)


async def test_no_letter_asks_for_a_rest_that_came_before_it_was_written(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await payer.pay_address(at.address, 40_000)
        for _ in range(2):
            await payer.mine()
        await read_chain(assembly, order_id)
        rest = Paying(at.path, await asks_for_a_code(client, at, "Get a code for the rest"))
        await payer.pay_invoice(rest.payment_hash)
        await assembly.settlement.ask_about_order(order_id)
    assert await _told_of_parts(assembly) == []


async def test_a_part_that_counted_at_another_rate_is_named_by_what_came_of_it(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        # A bitcoin has doubled since then, and nobody holds the rate for so long.
        async with assembly.database.transaction() as tx:
            for change in _ASKED_AT_HALF:
                await tx.execute(text(change), {"id": order_id})
        for sats in (40_000, 10_000):
            await payer.pay_address(at.address, sats)
            for _ in range(2):
                await payer.mine()
            for _ in range(2):
                assert await read_chain(assembly, order_id) == "pending"
        assert "50,000 sats have arrived. €25.00 is left to pay" in plain(await client.get(at.path))
        told = (await client.get(f"/api/v1/orders/{at.token}/bitcoin")).json()
        assert (told["part_msat"], told["due"]["minor"]) == (50_000_000, 2500)
    [*_, letter] = await _told_of_parts(assembly)
    assert "50,000 sats (€25.00) has arrived" in " ".join(letter.plain.split())
    await must_hold(assembly.database)


async def _told_of_parts(site: Assembly) -> list[KeptLetter]:
    """The letters so far; the reaction runs twice, as a job may."""
    for _ in range(2):
        await react(site, "payments.part_arrived", "tell_part")
    return await kept(site, "part_arrived")


async def _order_of(site: Assembly, at: Paying) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, site.links.read("order", at.token))
