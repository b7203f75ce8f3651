"""Refunding many orders: by the pages, by REST, by those who may, and seen while it goes."""

import html
import re

import httpx2
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, put_on_sale
from tests.support.site import bearer, browser, program

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
STALLS = TypeOnSale("Stalls", 2500, 100)


def desk_of(show: OnSale, part: str) -> str:
    """A page of the event's organiser."""
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), part)


def hidden(page: str) -> dict[str, str]:
    """What the last form sends without being asked."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


async def through(site: Assembly) -> None:
    """What a worker does of it."""
    while await site.money.bulk_runs.work():
        pass
    while await site.refunding.send_due():
        pass


async def signed_in(client: httpx2.AsyncClient, site: Assembly, show: OnSale) -> None:
    """The owner."""
    assert show.owner.person_id is not None
    client.headers.update(await bearer(site, show.owner.person_id))


async def test_by_the_pages_from_the_choice_to_the_end(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS)
    for _ in range(3):
        await buy(assembly, show, 2)
    async with browser(assembly) as client:
        await signed_in(client, assembly, show)
        assert desk_of(show, "refunds") in (await client.get(desk_of(show, "orders"))).text
        assert "Whose tickets" in (await client.get(desk_of(show, "refunds"))).text
        wrong = await client.get(desk_of(show, "refunds/confirm"), params={"how": "amount", "amount": "0"})
        assert wrong.status_code == 422
        assert "above zero" in wrong.text
        asked = {"type": str(show.types[0]), "how": "amount", "amount": "5", "with_fees": "1"}
        page = await client.get(desk_of(show, "refunds/confirm"), params=asked)
        assert "€30" in page.text
        form = hidden(page.text)
        for _ in range(2):
            answer = await client.post(desk_of(show, "refunds"), data=form)
        run_url = answer.headers["location"]
        page = await client.get(run_url)
        assert "0 of 3 orders" in page.text
        assert 'http-equiv="refresh"' in page.text
        await client.post(f"{run_url}/pause", data={"csrf": hidden(page.text)["csrf"]})
        assert "Paused" in (await client.get(run_url)).text
        await through(assembly)
        assert "0 of 3 orders" in (await client.get(run_url)).text
        await client.post(f"{run_url}/resume", data={"csrf": hidden(page.text)["csrf"]})
        await through(assembly)
        page = await client.get(run_url)
        assert "3 of 3 orders" in page.text
        assert "€30" in page.text
        assert 'http-equiv="refresh"' not in page.text
    await must_hold(assembly.database)


async def test_by_rest_and_only_by_those_who_may(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly, STALLS), await put_on_sale(assembly, STALLS)
    await buy(assembly, show, 2)
    base = f"/api/v1/organisers/{show.organiser_id}"
    async with program(assembly) as client:
        await signed_in(client, assembly, other)
        url = f"{base}/events/{show.event_id}/bulk-refunds"
        assert (await client.post(url, json={})).status_code == 403
        await signed_in(client, assembly, show)
        dry = (await client.post(url, json={"dry_run": True})).json()
        assert (dry["id"], dry["total"], dry["at_most"]["minor"]) == (None, 1, 5000)
        begun = await client.post(url, json={}, headers={"idempotency-key": "once"})
        assert begun.status_code == 201
        run_id = begun.json()["id"]
        again = await client.post(url, json={}, headers={"idempotency-key": "once"})
        assert again.json()["id"] == run_id
        await through(assembly)
        found = (await client.get(f"{base}/bulk-refunds/{run_id}")).json()
        assert (found["run"]["state"], found["run"]["done"]) == ("done", 1)
        assert found["done"] == {"refunds": 1, "amount": {"currency": "EUR", "minor": 5000}}
        assert (await client.post(f"{base}/bulk-refunds/{run_id}/pause")).status_code == 409
        assert [one["id"] for one in (await client.get(url)).json()["items"]] == [run_id]
        other_base = f"/api/v1/organisers/{other.organiser_id}"
        await signed_in(client, assembly, other)
        assert (await client.get(f"{other_base}/bulk-refunds/{run_id}")).status_code == 404
    await must_hold(assembly.database)


async def test_a_cancelled_event_keeps_the_fees_and_says_what_its_organiser_says(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS, fee_bps=500)
    await buy(assembly, show, 2)
    async with program(assembly) as client:
        await signed_in(client, assembly, show)
        url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}"
        called = await client.post(
            f"{url}/cancel", json={"with_fees": False, "message": "The hall has burnt."}
        )
        assert called.status_code == 200
        await through(assembly)
        [run] = (await client.get(f"{url}/bulk-refunds")).json()["items"]
        assert (run["kind"], run["state"], run["done"]) == ("cancel_event", "done", 1)
        shown = await client.get(f"/api/v1/organisers/{show.organiser_id}/bulk-refunds/{run['id']}")
        assert shown.json()["done"]["amount"]["minor"] == 5000
    async with assembly.database.reading() as reader:
        [letter] = (
            await reader.execute(
                text("SELECT plain FROM messaging_letter WHERE template = 'event_cancelled'")
            )
        ).scalars()
    assert "The hall has burnt." in letter
    assert "€50" in letter
    await must_hold(assembly.database)


async def test_calling_an_event_off_leads_to_how_far_its_refunds_are(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS)
    await buy(assembly, show, 2)
    async with browser(assembly) as client:
        await signed_in(client, assembly, show)
        asked = await client.get(desk_of(show, "cancel"))
        form = hidden(asked.text) | {"message": "", "with_fees": "1"}
        answers = [await client.post(desk_of(show, "cancel"), data=form) for _ in range(2)]
        urls = {answer.headers["location"] for answer in answers}
        [run_url] = urls
        assert run_url.startswith(desk_of(show, "refunds/"))
        assert "0 of 1 order" in (await client.get(run_url)).text
        await through(assembly)
        assert "1 of 1 order" in (await client.get(run_url)).text
    await must_hold(assembly.database)
