"""A refund that its provider refused: shown wherever the organiser looks, and sent again with one button."""

import asyncio
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments.providers.sandbox import Fault, Faults, SandboxProvider
from tests.support.onsale import OnSale, buy, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.site import bearer, browser, program

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Refused:
    """An order that was taken back, whose money the bank will not send."""

    show: OnSale
    slug: str
    code: str
    refund_id: UUID

    @property
    def orders(self) -> str:
        """The orders' page."""
        return links.managed_event(self.slug, str(self.show.event_id), "orders")


@pytest.fixture
async def refused(assembly: Assembly) -> Refused:
    """Taken back, asked for, refused."""
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show)
    wire = sandbox_wire(assembly)
    assert isinstance(wire, SandboxProvider)
    wire.suffer(Faults(refund=(Fault.REFUSED,)))
    async with assembly.database.reading() as reader:
        wanted = text("SELECT code FROM orders_order WHERE id = :id")
        code = (await reader.execute(wanted, {"id": paid.attempt.order_id})).scalar_one()
    await assembly.refunding.take_back(show.owner, show.organiser_id, code)
    await assembly.refunding.send_due()
    async with assembly.database.reading() as reader:
        wanted = text("SELECT id FROM payments_refund")
        refund_id = (await reader.execute(wanted)).scalar_one()
    return Refused(show, f"o-{show.organiser_id.hex}", code, refund_id)


async def test_a_refused_refund_is_shown_and_sent_again(assembly: Assembly, refused: Refused) -> None:
    person_id = refused.show.owner.person_id
    assert person_id is not None
    again = f"{refused.orders}/{refused.code}/refunds/{refused.refund_id}/again"
    overview = links.managed_event(refused.slug, str(refused.show.event_id))
    places = [refused.orders, overview, links.organiser(refused.slug)]
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, person_id))
        for place in places:
            page = (await client.get(place)).text
            assert "€25 could not go back to Ada Obi" in page, place
            assert f"Order {refused.code}: the account is closed." in page
            assert f'href="{refused.orders}/{refused.code}"' in page
        order = (await client.get(f"{refused.orders}/{refused.code}")).text
        assert "The payment provider refused it: the account is closed." in order
        assert f'action="{again}"' in order
        token = _TOKEN.search(order)
        csrf = {"csrf": token[1] if token else ""}
        assert (await client.post(again, data=csrf)).headers["location"] == f"{refused.orders}/{refused.code}"
        for place in places:
            assert "could not go back" not in (await client.get(place)).text
        await client.post(again, data=csrf)
        assert "already being sent" in (await client.get(f"{refused.orders}/{refused.code}")).text
        await assembly.refunding.send_due()
        assert f'action="{again}"' not in (await client.get(f"{refused.orders}/{refused.code}")).text
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT amount_minor FROM sandbox_refund"))).scalars().all() == [
            2500
        ]


async def test_who_may_not_see_orders_sees_no_refund_and_sends_none(
    assembly: Assembly, refused: Refused
) -> None:
    person_id = refused.show.door.person_id
    assert person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, person_id))
        for place in (
            links.organiser(refused.slug),
            links.managed_event(refused.slug, str(refused.show.event_id)),
        ):
            page = await client.get(place)
            assert page.status_code == 200
            assert "could not go back" not in page.text
        again = f"{refused.orders}/{refused.code}/refunds/{refused.refund_id}/again"
        assert (await client.post(again)).status_code == 403
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT state FROM payments_refund"))).scalar_one() == "failed"


async def test_a_program_finds_it_and_sends_it_again(assembly: Assembly, refused: Refused) -> None:
    owner, door = refused.show.owner.person_id, refused.show.door.person_id
    assert owner is not None
    assert door is not None
    base = f"/api/v1/organisers/{refused.show.organiser_id}/orders"
    again = f"{base}/{refused.code}/refunds/{refused.refund_id}/again"
    async with program(assembly) as client:
        listed = await client.get(f"{base}/refunds/stuck", headers=await bearer(assembly, owner))
        [one] = listed.json()["refunds"]
        assert (one["id"], one["order"], one["is_refused"], one["error"]) == (
            str(refused.refund_id),
            refused.code,
            True,
            "account_closed",
        )
        assert one["amount"] == {"currency": "EUR", "minor": 2500}
        assert (
            await client.get(f"{base}/refunds/stuck", headers=await bearer(assembly, door))
        ).status_code == 403
        assert (await client.post(again, headers=await bearer(assembly, door))).status_code == 403
        sent = await client.post(again, headers=await bearer(assembly, owner))
        assert sent.status_code == 200, sent.text
        assert [pay["state"] for pay in sent.json()["payments"] if pay["kind"] == "refund"] == ["wanted"]
        twice = await client.post(again, headers=await bearer(assembly, owner))
        assert (twice.status_code, twice.json()["code"]) == (409, "payments.refund_not_failed")


async def test_who_runs_the_site_sees_it_among_what_was_set_aside(
    assembly: Assembly, refused: Refused, database_url: str
) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url, "ADMITONE_HOME": str(assembly.settings.home)}

    def said() -> str:
        command = [sys.executable, "-m", "admitone", "parked"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    found = await asyncio.to_thread(said)
    assert "1 refund stuck" in found
    assert refused.code in found
    assert "account_closed" in found
    await assembly.refunding.send_again(
        refused.show.owner, refused.show.organiser_id, refused.code, refused.refund_id
    )
    assert "refund stuck" not in await asyncio.to_thread(said)
