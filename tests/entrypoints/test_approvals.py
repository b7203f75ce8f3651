"""Four eyes by the pages and by REST: who is asked hears of it, who asked cannot say yes."""

import html
import re
from uuid import UUID

import httpx2
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.plumbing.database import Transaction
from admitone.plumbing.jobs import Reaction
from admitone.values.actor import Role
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, person, put_on_sale
from tests.support.site import bearer, browser, program

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_ACTION = re.compile(r'action="([^"]+/(?:approve|decline))"')


async def second_member(site: Assembly, show: OnSale) -> UUID:
    """A manager."""

    async def story(tx: Transaction) -> UUID:
        who = await person(tx, site, "second@example.org")
        await accounts.add_member(tx, show.organiser_id, who, Role.MANAGER, site.clock.now())
        return who

    return await site.database.run(story)


async def as_person(client: httpx2.AsyncClient, site: Assembly, who: UUID | None) -> None:
    """Signed in."""
    assert who is not None
    client.headers.update(await bearer(site, who))


async def paid_code(site: Assembly, show: OnSale) -> str:
    """The code of a paid order of two."""
    order_id = (await buy(site, show, 2)).attempt.order_id
    async with site.database.reading() as reader:
        wanted = text("SELECT code FROM orders_order WHERE id = :id")
        return str((await reader.execute(wanted, {"id": order_id})).scalar_one())


async def test_by_the_pages_a_second_member_says_yes(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 10))
    second, code = await second_member(assembly, show), await paid_code(assembly, show)
    url = f"/organiser/o-{show.organiser_id.hex}/approvals"
    async with browser(assembly) as client:
        await as_person(client, assembly, show.owner.person_id)
        token = _CSRF.findall((await client.get(url)).text)[0]
        form = {"csrf": token, "currency": "eur", "refund": "30", "payout": ""}
        assert (await client.post(f"{url}/limits", data={**form, "currency": "XXX"})).status_code == 422
        await client.post(f"{url}/limits", data=form)
        assert "Refunds: above €30" in (await client.get(url)).text
        orders_url = f"/organiser/o-{show.organiser_id.hex}/events/{show.event_id}/orders"
        said = await client.post(f"{orders_url}/{code}/refund", data={"csrf": token})
        assert said.status_code == 303
        asked = html.unescape((await client.get(url)).text)
        assert f"Cancel order {code} and refund €50" in asked
        assert [one.rsplit("/", 1)[1] for one in _ACTION.findall(asked)] == ["decline"]
    async with assembly.database.reading() as reader:
        wanted = text("SELECT id FROM journal_fact WHERE kind = :kind")
        fact_id = (await reader.execute(wanted, {"kind": accounts.ApprovalAsked.kind})).scalar_one()
    for _ in range(2):
        await assembly.reactions.react(Reaction(fact_id, "tell_approval"))
    async with assembly.database.reading() as reader:
        wanted = text("SELECT to_email, plain FROM messaging_letter WHERE template = 'approval_asked'")
        [letter] = (await reader.execute(wanted)).all()
    assert letter.to_email == "second@example.org"
    assert url in letter.plain
    async with browser(assembly) as client:
        await as_person(client, assembly, second)
        page = await client.get(url)
        [approve] = [one for one in _ACTION.findall(page.text) if one.endswith("approve")]
        await client.post(approve, data={"csrf": _CSRF.findall(page.text)[0]})
        assert "Done" in (await client.get(url)).text
    async with assembly.database.reading() as reader:
        state = await reader.execute(text("SELECT state FROM orders_order"))
        assert state.scalar_one() == "cancelled"
    await must_hold(assembly.database)


async def test_by_rest_who_asked_cannot_say_yes(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 10))
    second, code = await second_member(assembly, show), await paid_code(assembly, show)
    base = f"/api/v1/organisers/{show.organiser_id}"
    async with program(assembly) as client:
        await as_person(client, assembly, second)
        assert (await client.put(f"{base}/approval-limits/EUR", json={})).status_code == 403
        await as_person(client, assembly, show.owner.person_id)
        put = await client.put(f"{base}/approval-limits/EUR", json={"refund_minor": 3000})
        assert put.json() == {"currency": "EUR", "refund_minor": 3000, "payout_minor": None}
        assert (await client.put(f"{base}/approval-limits/XXX", json={})).status_code == 422
        asked = await client.post(
            f"{base}/orders/{code}/refunds", json={"amount_minor": 4000, "cancels": False}
        )
        assert (asked.status_code, asked.json()["code"]) == (409, "approval.needed")
        [waiting] = (await client.get(f"{base}/approvals")).json()["items"]
        assert (waiting["mine"], waiting["state"]) == (True, "waiting")
        approve = f"{base}/approvals/{waiting['id']}/approve"
        assert (await client.post(approve)).json()["code"] == "approval.not_your_own"
        await as_person(client, assembly, second)
        [done] = (await client.post(approve)).json()["items"]
        assert (done["mine"], done["state"]) == (False, "done")
    async with assembly.database.reading() as reader:
        back = await reader.execute(text("SELECT sum(amount_minor) FROM payments_refund"))
        assert back.scalar_one() == 4000
    await must_hold(assembly.database)
