"""Bitcoin that goes back: pages say that its buyer is asked where to, before anything happens and while it waits."""

import re

import httpx2
import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.cancel_order import cancel_unpaid
from admitone.payments import bitcoin
from tests.entrypoints.test_bitcoin_pages import Paying, paying
from tests.entrypoints.test_bulk_runs import desk_of, through
from tests.entrypoints.test_buyers_way import plain
from tests.entrypoints.test_give_back_pages import FULL
from tests.entrypoints.test_transfer_pages import csrf_of, signed_in
from tests.support.bitcoin_desk import payer_of, read_chain, takes_bitcoin
from tests.support.bitcoin_refunds import asked, owed
from tests.support.letters_kept import kept
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.site import browser, counts, program

_OVER = text("UPDATE orders_order SET pay_until = now() - interval '1 second' WHERE id = :id")


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    show = await put_on_sale(assembly, refund_policy=FULL)
    await takes_bitcoin(assembly, show)
    return show


async def _paid(site: Assembly, client: httpx2.AsyncClient, show: OnSale) -> Paying:
    """Two tickets, paid over Lightning."""
    at = await paying(client, show)
    await payer_of(site).pay_invoice(at.payment_hash)
    assert await read_chain(site, site.links.read("order", at.token)) == "paid"
    return at


async def _order(site: Assembly, at: Paying) -> orders.OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, site.links.read("order", at.token))


def _order_desk(show: OnSale, code: str) -> str:
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), f"orders/{code}")


async def test_giving_back_what_was_paid_in_bitcoin_promises_a_question_and_no_bank(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await _paid(assembly, client, show)
        async with assembly.database.reading() as reader:
            [first, _] = await tickets.by_order(reader, assembly.links.read("order", at.token))
        sure = plain(
            await client.get(links.order_give_back_confirm(at.token), params={"ticket": first.id.hex})
        )
    assert "It comes back in bitcoin: we mail you to ask where to." in sure
    assert "working days" not in sure
    assert "the place you named" not in sure


async def test_what_was_paid_at_a_bank_still_goes_back_there(assembly: Assembly, show: OnSale) -> None:
    paid = await buy(assembly, show, 2)
    async with assembly.database.reading() as reader:
        [first, _] = await tickets.by_order(reader, paid.attempt.order_id)
    token = assembly.links.make("order", paid.attempt.order_id)
    async with browser(assembly) as client:
        sure = plain(await client.get(links.order_give_back_confirm(token), params={"ticket": first.id.hex}))
    assert "It goes to the account you paid from. Banks often need 3 to 5 working days." in sure


async def test_an_order_is_not_given_up_while_its_payment_is_seen(assembly: Assembly, show: OnSale) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        ask = plain(await client.get(links.order_cancel(at.token)))
        assert "2 ×" in ask
        assert "go back on sale at once" in ask
        assert "If you have sent bitcoin already, it is not lost: we mail you to ask where to." in ask
        form = {"csrf": await csrf_of(client, links.order_cancel(at.token))}
        txid = await payer.pay_address(at.address, 100_000)
        await read_chain(assembly, order_id)
        before = await counts(assembly)
        refused = await client.get(links.order_cancel(at.token), follow_redirects=True)
        assert "Your payment is on its way, so this order cannot be given up now." in plain(refused)
        assert "Give up and free my places" not in plain(refused)
        answer = await client.post(links.order_cancel(at.token), data=form)
        assert answer.status_code == 303
        async with program(assembly) as api:
            told = await api.post(f"/api/v1/orders/{at.token}/cancel")
            assert (told.status_code, told.json()["code"]) == (409, "payments.on_its_way")
        assert await counts(assembly) == before
        assert (await _order(assembly, at)).state == "pending"
        # What its sender took back does not come: the order may be given up again.
        await payer.replace(txid)
        await read_chain(assembly, order_id)
        await cancel_unpaid(assembly.database, assembly.clock, order_id)
        assert (await _order(assembly, at)).state == "cancelled"
        assert "No tickets yet" not in plain(await client.get(links.order(at.token)))
    await must_hold(assembly.database)


async def test_too_much_names_both_amounts_and_why_and_the_link_is_mailed_again(
    assembly: Assembly, show: OnSale
) -> None:
    payer = payer_of(assembly)
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await payer.pay_address(at.address, 120_000)
        for _ in range(2):
            await payer.mine()
        assert await read_chain(assembly, order_id) == "paid"
        words = plain(await client.get(links.order(at.token)))
        assert "Because more was paid than was due. It comes back in bitcoin: we mail you to ask" in words
        assert "the place you named" not in words
        await assembly.refunding.send_due()
        [url] = await asked(assembly)
        page = await client.get(links.order(at.token))
        words, csrf = plain(page), await csrf_of(client, links.order(at.token))
        assert "20,000 sats (€10) waits for you in bitcoin." in words
        assert "Because more was paid than was due. We have mailed a link to" in words
        assert url not in page.text
        again = links.order_ask_where(at.token)
        assert f'action="{again}"' in page.text
        for _ in range(2):
            answer = await client.post(again, data={"csrf": csrf})
            assert answer.status_code == 303
        assert "The link is on its way to your mailbox." in plain(await client.get(links.order(at.token)))
        order = await _order(assembly, at)
        async with signed_in(assembly, show.owner) as owner:
            desk = await owner.get(_order_desk(show, order.code))
            assert "Mail the refund link again" in desk.text
            sent = await owner.post(
                f"{_order_desk(show, order.code)}/ask-where",
                data={"csrf": await csrf_of(owner, _order_desk(show, order.code))},
            )
            assert sent.status_code == 303
        letters = await kept(assembly, "refund_destination")
        assert [one.to_email for one in letters] == [order.email] * 4
        await client.post(again, data={"csrf": csrf})
        assert len(await kept(assembly, "refund_destination")) == 4
        assert "The link is on its way" not in plain(await client.get(links.order(at.token)))
    await must_hold(assembly.database)


async def test_nothing_is_mailed_again_once_the_buyer_has_said_where_to(assembly: Assembly) -> None:
    _, refund = await owed(assembly, bitcoin.ONCHAIN)
    [url] = await asked(assembly)
    await assembly.money.refund_claims.name(
        url.rsplit("/", 1)[1], await payer_of(assembly).address(), visitor="198.51.100.7"
    )
    token = assembly.links.make("order", refund.order_id)
    async with browser(assembly) as client:
        await assembly.refunding.send_due()
        page = await client.get(links.order(token))
        assert "Mail the link again" not in page.text
        csrf = await csrf_of(client, links.SIGN_IN)
        assert (await client.post(links.order_ask_where(token), data={"csrf": csrf})).status_code == 303
    assert len(await kept(assembly, "refund_destination")) == 1


async def test_an_order_whose_money_came_late_does_not_say_that_nothing_was_paid(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        await assembly.database.run(lambda tx: tx.execute(_OVER, {"id": order_id}))
        await assembly.expiry.expire_orders()
        await payer_of(assembly).pay_address(at.address, 40_000)
        await read_chain(assembly, order_id)
        coming = plain(await client.get(links.order(at.token)))
        assert "Your payment is on its way, later than the time of this order." in coming
        assert "Choose tickets again" not in coming
        for _ in range(2):
            await payer_of(assembly).mine()
        await read_chain(assembly, order_id)
        words = plain(await client.get(links.order(at.token)))
    assert "Paid, and goes back" in words
    assert "What you paid did not become tickets" in words
    assert "Not paid" not in words
    assert "No tickets yet" not in words
    assert "No tickets" in words


async def test_a_try_that_nobody_needs_any_more_is_not_shown_as_waiting(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await _paid(assembly, client, show)
    order = await _order(assembly, at)
    async with assembly.database.reading() as reader:
        attempts = await payments.of_orders(reader, [order.id])
    assert sorted(one.state.value for one in attempts) == ["paid", "prompted"]
    async with signed_in(assembly, show.owner) as owner:
        words = plain(await owner.get(_order_desk(show, order.code)))
    assert "Waiting for the buyer" not in words
    assert "Not needed" in words


async def test_an_organiser_sees_which_refunds_of_a_run_wait_for_their_buyers(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        await _paid(assembly, client, show)
    await buy(assembly, show, 1)
    async with signed_in(assembly, show.owner) as owner:
        ask = await owner.get(desk_of(show, "cancel"))
        assert "Whoever paid in bitcoin is asked by mail where to send it" in plain(ask)
        typed = {"how": "amount", "amount": "5", "type": "", "with_fees": "1"}
        confirm = await owner.get(desk_of(show, "refunds/confirm"), params=typed)
        assert "Whoever paid in bitcoin is asked by mail where to send it" in plain(confirm)
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', ask.text))
        done = await owner.post(desk_of(show, "cancel"), data=fields)
        assert done.status_code == 303
        await through(assembly)
        page = await owner.get(done.headers["location"])
        words = plain(page)
    assert "Waits for buyers" in words
    assert "1 buyer in bitcoin, asked where to €50" in words
    assert "With the buyers €25" in words
    assert "On its way €0" in words
    assert "1 refund waits for its buyer to say where to" in words
    assert 'http-equiv="refresh"' not in page.text


async def test_an_event_that_was_called_off_asks_its_buyers_in_bitcoin_on_their_order_too(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await _paid(assembly, client, show)
        async with signed_in(assembly, show.owner) as owner:
            ask = await owner.get(desk_of(show, "cancel"))
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', ask.text))
            await owner.post(desk_of(show, "cancel"), data=fields)
        words = plain(await client.get(links.order(at.token)))
        assert "All that you have paid goes back to you. It comes back in bitcoin: we mail you" in words
        assert "by itself" not in words
