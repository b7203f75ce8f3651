"""Paying with Bitcoin: both rails at one quote, found again, and what comes becomes tickets once."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.orders import OrderRow
from admitone.payments.bitcoin import LIGHTNING, ONCHAIN
from tests.support.bitcoin_desk import (
    address_of,
    asked_by,
    bitcoin_of,
    invoice_of,
    payer_of,
    read_chain,
    takes_bitcoin,
)
from tests.support.onsale import OnSale, must_hold, place, put_on_sale


@dataclass(frozen=True, slots=True)
class Selling:
    """An event sold for play Bitcoin: its organiser's account, and an order that waits."""

    show: OnSale
    account_id: UUID
    order: OrderRow


@pytest.fixture
async def selling(assembly: Assembly) -> Selling:
    show = await put_on_sale(assembly)
    account_id = await takes_bitcoin(assembly, show)
    return Selling(show, account_id, await place(assembly, show))


async def order_now(site: Assembly, order: OrderRow) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order.id)


async def ask(site: Assembly, order: OrderRow) -> str:
    """Ask about the order's payments, with everything new on the chain; the state of the order then."""
    await site.settlement.ask_about_order(order.id)
    return (await order_now(site, order)).state


async def test_both_rails_are_opened_at_one_quote(assembly: Assembly, selling: Selling) -> None:
    opened = await assembly.pay_with_bitcoin.open(selling.order.id)
    assert opened.away == ()
    assert [one.method for one in opened.attempts] == [LIGHTNING, ONCHAIN]
    shown = await bitcoin_of(assembly, selling.order.id)
    assert {one.request.quote_id for one in shown.ways} == {opened.quote.id}
    # 25 euros at 50,000 euros for one bitcoin.
    assert [one.request.amount_msat for one in shown.ways] == [50_000_000, 50_000_000]
    assert all(one.is_current for one in shown.ways)


async def test_opening_again_finds_the_same_invoice_and_the_same_address(
    assembly: Assembly, selling: Selling
) -> None:
    first = await assembly.pay_with_bitcoin.open(selling.order.id)
    again = await assembly.pay_with_bitcoin.open(selling.order.id)
    assert [one.id for one in again.attempts] == [one.id for one in first.attempts]
    assert [one.provider_ref for one in again.attempts] == [one.provider_ref for one in first.attempts]
    assert len((await bitcoin_of(assembly, selling.order.id)).ways) == 2


async def test_an_invoice_that_is_paid_becomes_tickets(assembly: Assembly, selling: Selling) -> None:
    await assembly.pay_with_bitcoin.open(selling.order.id)
    payment_hash = await invoice_of(assembly, selling.order.id)
    held = await payer_of(assembly).pay_invoice(payment_hash)
    assert held.state == "held"
    assert await ask(assembly, selling.order) == "paid"
    paid = (await payer_of(assembly).look(payment_hash, None)).invoice
    assert paid is not None
    assert paid.state == "paid"
    await must_hold(assembly.database)


async def test_what_is_on_the_chain_is_waited_for_until_two_blocks_are_on_it(
    assembly: Assembly, selling: Selling
) -> None:
    await assembly.pay_with_bitcoin.open(selling.order.id)
    payer, address = payer_of(assembly), await address_of(assembly, selling.order.id)
    await payer.pay_address(address, 50_000)
    seen = []
    for _ in range(3):
        state = await read_chain(assembly, selling.order.id)
        shown = await bitcoin_of(assembly, selling.order.id)
        seen.append((state, [(one.confirmations, one.needed) for one in shown.came], shown.is_seen))
        await payer.mine()
    assert seen[:2] == [("pending", [(0, 2)], True), ("pending", [(1, 2)], True)]
    assert seen[2][0] == "paid"
    await must_hold(assembly.database)


async def test_less_than_the_price_waits_and_the_rest_gets_a_code_of_its_own(
    assembly: Assembly, selling: Selling
) -> None:
    await assembly.pay_with_bitcoin.open(selling.order.id)
    payer, address = payer_of(assembly), await address_of(assembly, selling.order.id)
    await payer.pay_address(address, 20_000)
    await payer.mine()
    await payer.mine()
    assert await read_chain(assembly, selling.order.id) == "pending"
    shown = await bitcoin_of(assembly, selling.order.id)
    assert shown.part_msat == 20_000_000
    assert shown.way(LIGHTNING) is None
    await assembly.pay_with_bitcoin.open(selling.order.id)
    rest = await asked_by(assembly, selling.order.id, LIGHTNING)
    assert (rest.amount_minor, rest.amount_msat) == (1500, 30_000_000)
    await payer.pay_invoice(await invoice_of(assembly, selling.order.id))
    assert await ask(assembly, selling.order) == "paid"
    await must_hold(assembly.database)


async def test_a_payment_that_was_replaced_is_said_and_can_be_made_again(
    assembly: Assembly, selling: Selling
) -> None:
    await assembly.pay_with_bitcoin.open(selling.order.id)
    payer, address = payer_of(assembly), await address_of(assembly, selling.order.id)
    txid = await payer.pay_address(address, 50_000)
    await read_chain(assembly, selling.order.id)
    assert (await bitcoin_of(assembly, selling.order.id)).is_seen
    await payer.replace(txid)
    await payer.mine()
    assert await read_chain(assembly, selling.order.id) == "pending"
    shown = await bitcoin_of(assembly, selling.order.id)
    assert [one.is_replaced for one in shown.came] == [True]
    assert not shown.is_seen
    await payer.pay_invoice(await invoice_of(assembly, selling.order.id))
    assert await ask(assembly, selling.order) == "paid"
    await must_hold(assembly.database)


async def test_a_rail_that_does_not_answer_does_not_spoil_the_other(
    assembly: Assembly, selling: Selling, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await assembly.payment_accounts.find(selling.account_id)
    assert opened is not None

    async def dies(*_: object, **__: object) -> object:
        raise RuntimeError("the node fell over")

    monkeypatch.setattr(opened.provider.lightning, "start", dies)  # type: ignore[attr-defined]
    found = await assembly.pay_with_bitcoin.open(selling.order.id)
    assert found.away == ("play_bitcoin:lightning",)
    assert [one.method for one in found.attempts] == [ONCHAIN]


async def test_an_order_that_does_not_wait_opens_nothing(assembly: Assembly, selling: Selling) -> None:
    await assembly.payment.pay(selling.order.id, "sandbox:push")
    with pytest.raises(orders.OrderNotPending):
        await assembly.pay_with_bitcoin.open(selling.order.id)
    assert (await bitcoin_of(assembly, selling.order.id)).ways == ()


async def test_an_organiser_without_bitcoin_is_not_paid_in_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    with pytest.raises(payments.MethodNotOffered):
        await assembly.pay_with_bitcoin.open(order.id)
    assert (await bitcoin_of(assembly, order.id)).ways == ()


async def test_a_rail_that_always_fails_does_not_use_up_the_tries_of_an_order(
    assembly: Assembly, selling: Selling, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await assembly.payment_accounts.find(selling.account_id)
    assert opened is not None

    async def fails(ask: payments.Ask) -> payments.Prompt:
        return payments.Prompt(
            None, None, {}, payments.Status(None, payments.Outcome.FAILED, reason="too_small")
        )

    monkeypatch.setattr(opened.provider.onchain, "start", fails)  # type: ignore[attr-defined]
    for _ in range(12):
        await assembly.pay_with_bitcoin.open(selling.order.id)
    found = (await bitcoin_of(assembly, selling.order.id)).found
    assert [one.method for one in found.attempts].count(ONCHAIN) == 3
    await payer_of(assembly).pay_invoice(await invoice_of(assembly, selling.order.id))
    assert await ask(assembly, selling.order) == "paid"
