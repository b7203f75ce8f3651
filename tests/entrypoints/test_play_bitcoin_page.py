"""Whoever pays with play Bitcoin: every deed of their page, what they type wrong, and where there is none."""

import hashlib
import re

import pytest

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments import Mode
from admitone.payments.bitcoin.bolt11 import decode
from tests.entrypoints.test_buyer_pages import hidden
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import address_of, bitcoin_of, invoice_of, payer_of, read_chain, takes_bitcoin
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.site import browser, counts


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return show


async def opened(site: Assembly, show: OnSale) -> tuple[str, str, str]:
    """An order's invoice and address, and the page of their payer."""
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    payment_hash, address = await invoice_of(site, order.id), await address_of(site, order.id)
    return payment_hash, address, f"{links.PLAY_BITCOIN}?invoice={payment_hash}&address={address}&sats=50000"


async def test_each_button_does_what_it_says(assembly: Assembly, show: OnSale) -> None:
    payment_hash, address, path = await opened(assembly, show)
    async with browser(assembly) as client:
        page = (await client.get(path)).text
        assert 'name="sats" type="text" value="50000"' in page
        token = re.findall(r'name="csrf" value="([^"]+)"', page)[0]

        async def do(deed: str, **more: str) -> str:
            answer = await client.post(path, data={"csrf": token, "deed": deed, **more})
            return plain(await client.get(path) if answer.status_code == 303 else answer)

        assert "Waits for a block" in await do("send", sats="20000")
        txid = (await payer_of(assembly).look(None, address)).transactions[0].txid
        assert "Replaced" in await do("replace", txid=txid)
        assert "That cannot be done any more" in await do("replace", txid=txid)
        await do("send", sats="30000")
        assert "1 confirmation" in await do("mine")
        assert "Waits for a block" in await do("undo")
        assert "Its time has run out" in await do("expire")
        assert "That cannot be done any more" in await do("pay")
        assert "bcrt1q" in await do("address")
        back = re.search(r"lnbcrt\w+", await do("invoice", sats="1234"))
        assert back is not None
        assert decode(back[0]).amount_msat == 1_234_000
        assert "Please choose one of the buttons" in await do("rob")
        assert payment_hash not in plain(await client.get(links.PLAY_BITCOIN))


async def test_the_payer_is_shown_the_proof_of_a_payment_once_it_is_through(
    assembly: Assembly, show: OnSale
) -> None:
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    payment_hash = await invoice_of(assembly, order.id)
    path = f"{links.PLAY_BITCOIN}?invoice={payment_hash}"
    async with browser(assembly) as client:
        # The node of the second one knows its preimage from the beginning.
        other = decode(await payer_of(assembly).invoice(5)).payment_hash.hex()
        for open_path in (path, f"{links.PLAY_BITCOIN}?invoice={other}"):
            assert "preimage" not in (await client.get(open_path)).text
        await payer_of(assembly).pay_invoice(payment_hash)
        await assembly.settlement.ask_about_order(order.id)
        found = re.search(r'data-text="([0-9a-f]{64})"', (await client.get(path)).text)
        assert found is not None
        assert hashlib.sha256(bytes.fromhex(found[1])).hexdigest() == payment_hash


@pytest.mark.parametrize("typed", ["", "0", "-5", "1.5", "two", "9" * 16, "१२"])
async def test_sats_that_are_no_number_send_nothing(assembly: Assembly, show: OnSale, typed: str) -> None:
    _, address, path = await opened(assembly, show)
    before = await counts(assembly)
    async with browser(assembly) as client:
        fields = hidden((await client.get(path)).text, path.replace("&", "&amp;"))
        answer = await client.post(path, data={**fields, "deed": "send", "sats": typed})
    assert answer.status_code == 422
    assert "Please type a number of sats" in answer.text
    assert (await payer_of(assembly).look(None, address)).transactions == ()
    assert await counts(assembly) == before


async def test_nothing_unknown_is_shown(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        assert (await client.get(f"{links.PLAY_BITCOIN}?invoice={'0' * 64}")).status_code == 404
        assert (await client.get(f"{links.PLAY_BITCOIN}?address=bcrt1qnobody")).status_code == 404


async def test_the_play_network_takes_no_real_money(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    setup = assembly.money.payment_setup
    offered = {
        mode: {one.kind.name for one in await setup.addable(show.owner, show.organiser_id, mode)}
        for mode in Mode
    }
    assert "play_bitcoin" in offered[Mode.TEST]
    assert "play_bitcoin" not in offered[Mode.LIVE]
    with pytest.raises(payments.KeyOfOtherMode):
        await setup.add(show.owner, show.organiser_id, "play_bitcoin", Mode.LIVE, {})


async def test_what_the_network_takes_back_suspends_the_tickets_until_it_is_confirmed_again(
    assembly: Assembly, show: OnSale
) -> None:
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    payer = payer_of(assembly)
    await payer.pay_address(await address_of(assembly, order.id), 50_000)
    await payer.mine()
    await payer.mine()
    assert await read_chain(assembly, order.id) == "paid"
    await payer.undo_block()
    await read_chain(assembly, order.id)
    [account] = [
        one for one in await assembly.payment_accounts.in_use() if one.account.provider == "play_bitcoin"
    ]
    role = account.provider.roles.disputes
    assert role is not None
    async for one in role.recent_disputes(order.placed_at):
        await assembly.money.disputing.ask(account.account.id, one.ref)
    found = (await bitcoin_of(assembly, order.id)).found
    assert found.dispute is payments.DisputeState.OPEN
    await payer.mine()
    await read_chain(assembly, order.id)
    async for one in role.recent_disputes(order.placed_at):
        await assembly.money.disputing.ask(account.account.id, one.ref)
    assert (await bitcoin_of(assembly, order.id)).found.dispute is None
    await must_hold(assembly.database)
