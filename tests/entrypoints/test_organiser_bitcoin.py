"""An organiser looks after bitcoin: what is waited for, asking now, how the nodes stand. On pages and over the API."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.settlement import Heard
from admitone.orders import OrderRow
from admitone.values.ids import uuid7
from tests.entrypoints.test_buyers_way import plain
from tests.entrypoints.test_transfer_pages import csrf_of, signed_in
from tests.support.bitcoin_desk import address_of, invoice_of, payer_of, read_chain, takes_bitcoin
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.site import bearer, counts, program


@dataclass(frozen=True, slots=True)
class Waiting:
    """An organiser with an order that waits to be paid with Bitcoin."""

    show: OnSale
    order: OrderRow
    account_id: UUID

    @property
    def path(self) -> str:
        return links.organiser_bitcoin(f"o-{self.show.organiser_id.hex}")

    @property
    def api(self) -> str:
        return f"/api/v1/organisers/{self.show.organiser_id}/bitcoin"


@pytest.fixture
async def waiting(assembly: Assembly) -> Waiting:
    show = await put_on_sale(assembly)
    account_id = await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    return Waiting(show, order, account_id)


async def owner(assembly: Assembly, show: OnSale) -> dict[str, str]:
    """The header that signs the organiser's owner in."""
    assert show.owner.person_id is not None
    return await bearer(assembly, show.owner.person_id)


async def test_what_is_waited_for_is_listed_and_the_node_is_shown(
    assembly: Assembly, waiting: Waiting
) -> None:
    async with signed_in(assembly, waiting.show.owner) as client:
        words = plain(await client.get(waiting.path))
    assert words.count(waiting.order.code) >= 2
    assert "Lightning, order" in words
    assert words.count("50,000 sats, €25") == 1, "the same money, asked for once"
    assert "Or the same another way" in words
    assert "On-chain, order" in words
    assert f"{assembly.clock.now().year}," in words, "a moment with its day"
    assert words.count("Waits for the buyer") == 2
    assert "Play node" in words
    assert "Network regtest" in words
    assert "Can send 0 sats" in words


async def test_asking_now_finds_what_has_been_paid(assembly: Assembly, waiting: Waiting) -> None:
    await payer_of(assembly).pay_invoice(await invoice_of(assembly, waiting.order.id))
    headers = await owner(assembly, waiting.show)
    async with program(assembly) as client:
        listed = (await client.get(f"{waiting.api}/payments", headers=headers)).json()["payments"]
        by_rail = {one["rail"]: one for one in listed}
        assert {one["state"] for one in listed} == {"prompted"}
        assert by_rail["lightning"]["amount"] == {"currency": "EUR", "minor": 2500}
        assert by_rail["lightning"]["amount_msat"] == 50_000_000
        url = f"{waiting.api}/payments/{by_rail['lightning']['id']}/ask"
        asked = await client.post(url, headers=headers)
        assert (asked.status_code, asked.json()["state"]) == (200, "paid")
        # The other rail's address is watched all the same, and nobody waits for it.
        assert (await client.get(f"{waiting.api}/payments", headers=headers)).json() == {"payments": []}
        [node] = (await client.get(f"{waiting.api}/nodes", headers=headers)).json()["nodes"]
    assert (node["answers"], node["alias"], node["network"]) == (True, "Play node", "regtest")
    assert (node["can_send_msat"], node["onchain_msat"]) == (50_000_000, 0)
    await must_hold(assembly.database)


async def test_the_button_asks_about_one_payment(assembly: Assembly, waiting: Waiting) -> None:
    payer = payer_of(assembly)
    await payer.pay_address(await address_of(assembly, waiting.order.id), 50_000)
    assert await read_chain(assembly, waiting.order.id) == "pending"
    async with signed_in(assembly, waiting.show.owner) as client:
        page = await client.get(waiting.path)
        assert "On its way" in plain(page)
        token = await csrf_of(client, waiting.path)
        async with assembly.database.reading() as reader:
            [seen] = [
                one
                for one in await payments.of_orders(reader, [waiting.order.id])
                if one.state.value == "seen"
            ]
        answer = await client.post(f"{waiting.path}/ask", data={"csrf": token, "attempt": str(seen.id)})
        assert answer.headers["location"] == waiting.path
        assert "It is on its way, and not final yet." in plain(await client.get(waiting.path))


async def _failed(site: Assembly, waiting: Waiting, rail: str) -> UUID:
    """The order's payment on this rail was not paid in time, as it is heard here."""
    async with site.database.reading() as reader:
        [attempt] = [
            one for one in await payments.of_orders(reader, [waiting.order.id]) if one.method == rail
        ]
    said = payments.Status(None, payments.Outcome.FAILED, reason="not_paid_in_time")
    await site.settlement.hear(Heard(attempt.id, said))
    return attempt.id


async def test_asking_again_about_a_failed_payment_brings_what_was_paid_to_tickets(
    assembly: Assembly, waiting: Waiting
) -> None:
    invoice = await invoice_of(assembly, waiting.order.id)
    failed = await _failed(assembly, waiting, payments.bitcoin.LIGHTNING)
    async with signed_in(assembly, waiting.show.owner) as client:
        words = plain(await client.get(waiting.path))
        assert "Not paid in time" in words
        assert "Ask again about Lightning" in words
        token = await csrf_of(client, waiting.path)
        await client.post(f"{waiting.path}/ask", data={"csrf": token, "attempt": str(failed)})
        assert "nothing has arrived since" in plain(await client.get(waiting.path))
        await payer_of(assembly).pay_invoice(invoice)
        await client.post(f"{waiting.path}/ask", data={"csrf": token, "attempt": str(failed)})
        words = plain(await client.get(waiting.path))
        assert "It is paid." in words
        assert "Not paid in time" not in words
    async with assembly.database.reading() as reader:
        assert (await orders.by_id(reader, waiting.order.id)).state == "paid"
        assert len(await tickets.by_order(reader, waiting.order.id)) == 1
    await must_hold(assembly.database)


async def test_what_was_paid_after_its_order_was_given_up_goes_back_when_it_is_asked_about(
    assembly: Assembly, waiting: Waiting
) -> None:
    payer, address = payer_of(assembly), await address_of(assembly, waiting.order.id)
    failed = await _failed(assembly, waiting, payments.bitcoin.ONCHAIN)
    await cancel_unpaid(assembly.database, assembly.clock, waiting.order.id)
    headers = await owner(assembly, waiting.show)
    async with program(assembly) as client:
        url = f"{waiting.api}/payments/{failed}/ask"
        await payer.pay_address(address, 50_000)
        for _ in range(2):
            await payer.mine()
        # The chain is read, and nobody asks about what has failed.
        assert await read_chain(assembly, waiting.order.id) == "cancelled"
        async with assembly.database.reading() as reader:
            assert await payments.refunds_of(reader, [waiting.order.id]) == []
        assert (await client.post(url, headers=headers)).json()["state"] == "paid"
    async with assembly.database.reading() as reader:
        [refund] = await payments.refunds_of(reader, [waiting.order.id])
    assert (refund.attempt_id, refund.amount_minor) == (failed, 2500)
    await must_hold(assembly.database)


async def test_of_a_failed_payment_nothing_is_said_when_its_node_does_not_answer(
    assembly: Assembly, waiting: Waiting
) -> None:
    failed = await _failed(assembly, waiting, payments.bitcoin.LIGHTNING)
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text("UPDATE payments_account SET provider = 'gone' WHERE provider = 'play_bitcoin'")
        )
    assembly.payment_accounts.forget()
    headers = await owner(assembly, waiting.show)
    async with program(assembly) as client:
        shown = (await client.get(f"{waiting.api}/payments?which=failed", headers=headers)).json()
        assert [(one["id"], one["state"]) for one in shown["payments"]] == [(str(failed), "failed")]
        asked = await client.post(f"{waiting.api}/payments/{failed}/ask", headers=headers)
    assert (asked.status_code, asked.json()["code"]) == (503, "payments.provider_away")


async def test_an_invoice_of_a_test_account_is_paid_with_play_money_by_one_button(
    assembly: Assembly, waiting: Waiting
) -> None:
    async with assembly.database.reading() as reader:
        by_rail = {one.method: one.id for one in await payments.of_orders(reader, [waiting.order.id])}
    headers, api = await owner(assembly, waiting.show), f"{waiting.api}/payments"
    async with program(assembly) as client:
        # Nobody plays a payer on the chain.
        refused = await client.post(f"{api}/{by_rail['onchain']}/test-payment", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "bitcoin.not_played")
    async with signed_in(assembly, waiting.show.owner) as client:
        words = plain(await client.get(waiting.path))
        assert words.count("Pay with play money") == 1
        token = await csrf_of(client, waiting.path)
        await client.post(f"{waiting.path}/play", data={"csrf": token, "attempt": str(by_rail["lightning"])})
        assert "It is paid." in plain(await client.get(waiting.path))
    async with assembly.database.reading() as reader:
        assert (await orders.by_id(reader, waiting.order.id)).state == "paid"
    async with program(assembly) as client:
        again = await client.post(f"{api}/{by_rail['lightning']}/test-payment", headers=headers)
        assert (again.status_code, again.json()["code"]) == (409, "bitcoin.not_played")
    await must_hold(assembly.database)


async def test_a_transaction_is_looked_up_in_the_wallet_of_an_account_only(
    assembly: Assembly, waiting: Waiting
) -> None:
    headers = await owner(assembly, waiting.show)
    stranger = await owner(assembly, await put_on_sale(assembly))
    async with program(assembly) as client:
        url = f"{waiting.api}/accounts/{waiting.account_id}/transactions/{'0a' * 32}"
        # The play chain has no wallet that could be asked.
        unknown = await client.get(url, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "bitcoin.transaction_unknown")
        assert (await client.get(url, headers=stranger)).status_code == 403
        assert (await client.get(f"{url}x", headers=headers)).status_code == 422
        other = f"{waiting.api}/accounts/{uuid7()}/transactions/{'0a' * 32}"
        assert (await client.get(other, headers=headers)).json()["code"] == "payments.account_not_found"


async def test_nobody_else_sees_or_asks(assembly: Assembly, waiting: Waiting) -> None:
    other = await put_on_sale(assembly)
    stranger, door = await owner(assembly, other), waiting.show.door.person_id
    assert door is not None
    before = await counts(assembly)
    async with program(assembly) as client:
        for headers, status in (({}, 401), (stranger, 403), (await bearer(assembly, door), 403)):
            for path in ("/payments", "/nodes"):
                assert (await client.get(waiting.api + path, headers=headers)).status_code == status
            asked = await client.post(f"{waiting.api}/payments/{uuid7()}/ask", headers=headers)
            assert asked.status_code == status
    async with program(assembly) as client:
        # With an organiser of their own, somebody else's payment is none.
        async with assembly.database.reading() as reader:
            [first, *_] = await payments.of_orders(reader, [waiting.order.id])
        url = f"/api/v1/organisers/{other.organiser_id}/bitcoin/payments/{first.id}/ask"
        asked = await client.post(url, headers=stranger)
        assert (asked.status_code, asked.json()["code"]) == (404, "payments.attempt_not_found")
    assert await counts(assembly) == before


async def test_an_organiser_without_bitcoin_is_told_so(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with signed_in(assembly, show.owner) as client:
        words = plain(await client.get(links.organiser_bitcoin(f"o-{show.organiser_id.hex}")))
    assert "You have no account that is paid in bitcoin." in words
    assert "Nothing is waited for." in words
