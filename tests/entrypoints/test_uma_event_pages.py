"""An organiser makes UMA invoices of an event on a page, shows them, and sees how often each was paid."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.uma_event_invoice import ListedInvoice
from admitone.payments.bitcoin import LIGHTNING
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor, Role
from tests.entrypoints.test_buyers_way import plain
from tests.entrypoints.test_transfer_pages import csrf_of, signed_in
from tests.support.bitcoin_desk import asked_by, payer_of, takes_bitcoin
from tests.support.onsale import PAID, OnSale, TypeOnSale, member, person, put_on_sale
from tests.support.site import counts, program
from tests.support.uma_peer import uma_peer

BALCONY = TypeOnSale("Balcony", 4000, 10)
_WHOLE = re.compile(r"<noscript><textarea[^>]* readonly[^>]*>([^<]+)</textarea></noscript>")


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser of the event's owner at its page of UMA invoices."""

    site: Assembly
    show: OnSale
    client: httpx2.AsyncClient

    @property
    def path(self) -> str:
        return path_of(self.show)

    async def make(self, **fields: str) -> httpx2.Response:
        """Send the form, as it stands but for these fields."""
        token = await csrf_of(self.client, self.path)
        given = {"ticket_type_id": str(self.show.types[0]), "minutes": "15", "form_key": "k", **fields}
        return await self.client.post(self.path, data={**given, "csrf": token})

    async def made(self) -> list[ListedInvoice]:
        """Newest first."""
        found = self.site.by_address.event_invoices
        return list(await found.listed(self.show.owner, self.show.organiser_id, self.show.event_id))


def lasts(one: ListedInvoice) -> timedelta:
    """In whole minutes: its end is counted from when it was asked for, a moment before it is stored."""
    seconds = (one.invoice.expires_at - one.invoice.created_at).total_seconds()
    return timedelta(minutes=round(seconds / 60))


async def earlier(site: Assembly, by: timedelta) -> None:
    """All invoices were made, and all orders placed, so much earlier."""

    async def story(tx: Transaction) -> None:
        for change in (
            "UPDATE payments_uma_invoice SET created_at = created_at - :by, expires_at = expires_at - :by",
            "UPDATE orders_order SET placed_at = placed_at - :by",
        ):
            await tx.execute(text(change), {"by": by})

    await site.database.run(story)


def path_of(show: OnSale) -> str:
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), "uma-invoices")


@asynccontextmanager
async def at_desk(site: Assembly, *types: TypeOnSale, **changes: object) -> AsyncIterator[Desk]:
    show = await put_on_sale(site, *types, **changes)  # type: ignore[arg-type]
    await takes_bitcoin(site, show)
    async with signed_in(site, show.owner) as client:
        yield Desk(site, show, client)


async def pays(site: Assembly, invoice_id: UUID, email: str, nonce: str) -> UUID:
    """Somebody's provider asks for the invoice, and pays it; their order."""
    async with uma_peer() as peer:
        payer = f"$ada@{peer.domain}"
        at = int(site.clock.now().timestamp())
        signed = {
            "kycStatus": "VERIFIED",
            "utxos": [],
            "utxoCallback": "https://wallet.example/utxos",
            "signature": peer.sign(f"{payer}|{nonce}|{at}"),
            "signatureNonce": nonce,
            "signatureTimestamp": at,
        }
        data = {"identifier": payer, "email": email, "compliance": signed}
        body = peer.pay_request(at, nonce, changes={"payerData": data})
        key = site.links.make("uma invoice", invoice_id)
        await site.by_address.uma.pay(key, to=None, quote=None, body=body, source="198.51.100.7")
    async with site.database.reading() as reader:
        newest = text(
            "SELECT id FROM orders_order WHERE email = :email ORDER BY placed_at DESC, id DESC LIMIT 1"
        )
        order_id: UUID = (await reader.execute(newest, {"email": email})).scalar_one()
    request = await asked_by(site, order_id, LIGHTNING)
    assert request.payment_hash is not None
    await payer_of(site).pay_invoice(request.payment_hash)
    await site.settlement.ask_about_order(order_id)
    return order_id


async def test_one_is_made_from_the_events_pages_and_shown_with_all_that_pays_it(assembly: Assembly) -> None:
    async with at_desk(assembly, PAID, BALCONY) as desk:
        overview = desk.path.removesuffix("/uma-invoices")
        for page in (
            overview,
            f"{overview}/edit",
            links.organiser_bitcoin(f"o-{desk.show.organiser_id.hex}"),
        ):
            assert f'href="{desk.path}"' in (await desk.client.get(page)).text, page
        empty = plain(await desk.client.get(desk.path))
        assert "General admission, €25" in empty
        assert "Balcony, €40" in empty
        assert "None yet." in empty
        sent = await desk.make(ticket_type_id=str(desk.show.types[1]))
        (one,) = await desk.made()
        where = f"{desk.path}?invoice={one.invoice.id}#shown"
        assert (sent.status_code, sent.headers["location"]) == (303, where)
        shown = await desk.client.get(where)
        words = plain(shown)
        assert "80,000 sats €40" in words
        assert "Not paid yet" in words
        assert one.invoice.ticket_type_id == desk.show.types[1]
        assert lasts(one) == timedelta(minutes=15)
        # A code to scan, a link to open, and both whole for who has no script.
        uri = f"uma://{one.invoice.invoice}"
        assert "<title>Code of the UMA invoice</title>" in shown.text
        assert f'href="{uri}"' in shown.text
        assert [html.unescape(found) for found in _WHOLE.findall(shown.text)] == [one.invoice.invoice, uri]
        assert f'data-text="{uri}"' in shown.text


async def test_the_same_sheet_sent_twice_makes_one(assembly: Assembly) -> None:
    async with at_desk(assembly) as desk:
        first, again = await desk.make(), await desk.make()
        assert first.headers["location"] == again.headers["location"]
        assert len(await desk.made()) == 1
        await desk.make(form_key="another")
        assert len(await desk.made()) == 2


async def test_each_says_how_often_it_was_paid_and_until_when(assembly: Assembly) -> None:
    async with at_desk(assembly) as desk:
        await desk.make(form_key="one")
        await desk.make(form_key="two")
        newest, oldest = (one.invoice.id for one in await desk.made())
        await pays(assembly, oldest, "ada@example.org", "1")
        await pays(assembly, oldest, "Obi@example.org", "2")
        await pays(assembly, oldest, "ada@example.org", "3")
        await pays(assembly, newest, "ada@example.org", "4")
        assert {one.invoice.id: one.times_paid for one in await desk.made()} == {oldest: 3, newest: 1}
        words = plain(await desk.client.get(f"{desk.path}?invoice={oldest}"))
        assert "Paid 3 times" in words
        assert "Paid once" in words
        assert words.count("Can be paid Show") == 2
        await earlier(assembly, timedelta(minutes=16))
        over = await desk.client.get(f"{desk.path}?invoice={oldest}")
        assert "so nobody can pay it any more. Paid 3 times." in plain(over)
        assert "uma://" not in over.text
        assert plain(over).count("Ended Show") == 2


async def test_an_event_priced_in_bitcoin_has_them_for_thirty_days(assembly: Assembly) -> None:
    in_sats = TypeOnSale("General admission", 5_000_000, 10)
    async with at_desk(assembly, in_sats, currency="BTC") as desk:
        assert '<option value="10080">7 days</option>' in (await desk.client.get(desk.path)).text
        assert (await desk.make(minutes="10080")).status_code == 303
        (one,) = await desk.made()
        assert lasts(one) == timedelta(days=7)
        assert "5,000 sats It can be paid until" in plain(await desk.client.get(desk.path))


@pytest.mark.parametrize(
    ("field", "typed", "status", "words"),
    [
        ("minutes", "16", 422, "Please choose from 1 to 15 minutes"),
        ("minutes", "0", 422, "Please choose from 1 to 15 minutes"),
        ("minutes", "", 422, "Please choose from 1 to 15 minutes"),
        ("minutes", "999999999999", 422, "Please choose from 1 to 15 minutes"),
        ("minutes", "soon", 422, "Write a whole number in plain digits."),
        ("ticket_type_id", "x", 409, "This ticket type cannot be sold by a UMA invoice now."),
        ("ticket_type_id", str(UUID(int=7)), 409, "This ticket type cannot be sold by a UMA invoice now."),
    ],
)
async def test_what_cannot_be_right_is_said_beside_its_field(
    assembly: Assembly, field: str, typed: str, status: int, words: str
) -> None:
    async with at_desk(assembly) as desk:
        answer = await desk.make(**{field: typed})
        assert answer.status_code == status
        assert words in plain(answer)
        assert f'id="e-{field}"' in answer.text
        assert await desk.made() == []


async def test_where_nobody_is_paid_over_lightning_none_can_be_made(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with signed_in(assembly, show.owner) as client:
        desk = Desk(assembly, show, client)
        page = await client.get(desk.path)
        assert "No ticket type of this event can be sold so now." in plain(page)
        assert 'name="minutes"' not in page.text
        overview = desk.path.removesuffix("/uma-invoices")
        token = await csrf_of(client, f"{overview}/edit")
        fields = {"ticket_type_id": str(show.types[0]), "minutes": "15", "csrf": token}
        refused = await client.post(desk.path, data=fields)
        assert refused.status_code == 409
        assert "This ticket type cannot be sold by a UMA invoice now." in plain(refused)
        assert await desk.made() == []


async def test_only_who_manages_this_event_makes_and_sees_them(assembly: Assembly) -> None:
    async with at_desk(assembly) as desk:
        other = await put_on_sale(assembly)
        await desk.make()
        token = await csrf_of(desk.client, desk.path)
        before = await counts(assembly)
        fields = {"ticket_type_id": str(other.types[0]), "minutes": "15", "csrf": token}
        elsewhere = desk.path.replace(str(desk.show.event_id), str(other.event_id))
        assert (await desk.client.get(elsewhere)).status_code == 404
        assert (await desk.client.post(elsewhere, data=fields)).status_code == 404
        assert (await desk.client.get(path_of(other))).status_code in (403, 404)
        assert (await desk.client.post(path_of(other), data=fields)).status_code in (403, 404)
        unsigned = {**fields, "ticket_type_id": str(desk.show.types[0]), "csrf": "x"}
        assert (await desk.client.post(desk.path, data=unsigned)).status_code == 403
        async with signed_in(assembly, desk.show.door) as door:
            overview = desk.path.removesuffix("/uma-invoices")
            assert desk.path not in (await door.get(overview)).text
            assert (await door.get(desk.path)).status_code == 403
        async with program(assembly) as stranger:
            assert (await stranger.get(desk.path)).status_code in (303, 401)
        assert await counts(assembly) == before
        async with signed_in(assembly, await _manager(assembly, desk.show)) as manager:
            assert "Can be paid" in plain(await manager.get(desk.path))


async def _manager(site: Assembly, show: OnSale) -> Actor:
    async def join(tx: Transaction) -> Actor:
        person_id = await person(tx, site, "manager@example.org")
        await accounts.add_member(tx, show.organiser_id, person_id, Role.MANAGER, site.clock.now())
        return member(person_id, show.organiser_id, Role.MANAGER)

    return await site.database.run(join)
