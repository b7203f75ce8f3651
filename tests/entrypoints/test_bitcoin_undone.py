"""A block is taken back: every page says that the network is waited for, and none that a bank wants money back."""

from dataclasses import dataclass

import pytest

from admitone import payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments import DisputeState, DisputeStatus
from tests.entrypoints.test_buyers_way import plain
from tests.entrypoints.test_transfer_pages import signed_in
from tests.support.bitcoin_desk import address_of, payer_of, read_chain, takes_bitcoin
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.site import bearer, browser, program


@dataclass(frozen=True, slots=True)
class Undone:
    """An order whose payment was final until the network took back its block."""

    site: Assembly
    show: OnSale
    token: str
    code: str
    paid: payments.Attempt

    async def hear(self, state: DisputeState) -> None:
        """What the chain says of the payment now."""
        opened = await self.site.payment_accounts.find(self.paid.account_id)
        assert opened is not None
        assert self.paid.provider_ref is not None
        status = DisputeStatus(
            "undone-1", self.paid.provider_ref, state, "EUR", self.paid.amount_minor, reason=payments.UNDONE
        )
        await self.site.money.disputing.hear(opened, status)

    async def told_buyer(self) -> tuple[str, str, str]:
        """The words of the order's page, its ticket's, and that of paying it with Bitcoin."""
        async with self.site.database.reading() as reader:
            [ticket] = await tickets.by_order(reader, self.paid.order_id)
        paths = (
            links.order(self.token),
            links.ticket(self.site.links.make("ticket", ticket.id)),
            links.pay_bitcoin(self.token),
        )
        async with browser(self.site) as client:
            order, held, paying = [plain(await client.get(path)) for path in paths]
        return order, held, paying

    async def told_organiser(self) -> tuple[str, str, str]:
        """The words of the order's page, of what needs them, and of what is waited for."""
        slug = f"o-{self.show.organiser_id.hex}"
        order = links.managed_event(slug, str(self.show.event_id), f"orders/{self.code}")
        async with signed_in(self.site, self.show.owner) as client:
            one, needs, desk = [
                plain(await client.get(path))
                for path in (order, links.needs_you(slug), links.organiser_bitcoin(slug))
            ]
        return one, needs, desk


@pytest.fixture
async def undone(assembly: Assembly) -> Undone:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    payer = payer_of(assembly)
    await payer.pay_address(await address_of(assembly, order.id), 50_000)
    await payer.mine()
    await payer.mine()
    assert await read_chain(assembly, order.id) == "paid"
    async with assembly.database.reading() as reader:
        attempts = await payments.of_orders(reader, [order.id])
    [paid] = [one for one in attempts if one.state is payments.AttemptState.PAID]
    made = Undone(assembly, show, assembly.links.make("order", order.id), order.code, paid)
    await made.hear(DisputeState.OPEN)
    return made


async def test_the_buyer_is_told_what_the_network_did_on_each_page(undone: Undone) -> None:
    order, held, paying = await undone.told_buyer()
    for words in (order, paying):
        assert "Your payment is being confirmed again." in words
        assert "Most such payments are confirmed again within the hour" in words
        assert "You are going" not in words
    assert "Suspended. The Bitcoin network has taken back the block" in held
    assert "bank" not in (order + held + paying).lower()
    before = await _state(undone)
    await undone.hear(DisputeState.WON)
    assert await _state(undone) != before
    order, held, paying = await undone.told_buyer()
    assert ("You are going." in order, "Paid. You are going." in paying) == (True, True)
    assert "Suspended" not in held
    await must_hold(undone.site.database)


async def test_the_buyer_is_told_that_a_payment_was_lost(undone: Undone) -> None:
    await undone.hear(DisputeState.LOST)
    order, held, paying = await undone.told_buyer()
    for words in (order, paying):
        assert "This payment did not arrive." in words
    assert "its bitcoin was sent somewhere else" in held
    assert "bank" not in (order + held + paying).lower()


async def test_the_organiser_is_told_to_wait_and_not_to_answer(undone: Undone) -> None:
    order, needs, desk = await undone.told_organiser()
    assert "The Bitcoin network has taken back the block that this payment was in." in order
    assert "Suspended: being confirmed again" in order
    assert "See what is known of it" in order
    assert "waits for the Bitcoin network" in needs
    assert "Look at it" in needs
    assert "Answer" not in needs
    assert "bank" not in needs.split("waits for the Bitcoin network")[1].split("Look at it")[0]
    assert "Being confirmed again" in desk
    assert "Nothing is waited for" not in desk
    assert undone.show.owner.person_id is not None
    headers = await bearer(undone.site, undone.show.owner.person_id)
    async with program(undone.site) as api:
        url = f"/api/v1/organisers/{undone.show.organiser_id}/bitcoin/payments"
        [listed] = (await api.get(url, headers=headers)).json()["payments"]
    assert (listed["id"], listed["state"]) == (str(undone.paid.id), "undone")
    await undone.hear(DisputeState.WON)
    order, needs, desk = await undone.told_organiser()
    assert "taken back" not in order
    assert "waits for the Bitcoin network" not in needs
    assert "Nothing is waited for" in desk


async def _state(undone: Undone) -> str:
    async with browser(undone.site) as client:
        return str((await client.get(links.pay_bitcoin_status(undone.token))).json()["state"])
