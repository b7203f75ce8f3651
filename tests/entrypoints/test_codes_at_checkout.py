"""Promo codes where buyers meet them: by link, on the event's page, at checkout."""

import re

import httpx2

from admitone.assembly import Assembly
from admitone.events import TypePrices
from tests.support.onsale import PAID, OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.organiser_desk import said
from tests.support.pricey import retype
from tests.support.promo import code
from tests.support.site import browser


def _form(page: httpx2.Response, **more: str) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return {"csrf": found[1], **more}


async def test_a_link_with_a_code_shows_what_it_does_and_what_it_opens(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, TypeOnSale("Backstage", 9_900, 5))
    await retype(assembly, show, 1, TypePrices(is_locked=True))
    opened = frozenset({show.types[1]})
    await code(assembly, show, "HALF", percent_bps=5_000, unlocked_type_ids=opened)
    async with browser(assembly) as client:
        await client.get(f"/e/{show.slug}")
        plain = await client.get(f"/e/{show.slug}")
        assert "Backstage" not in plain.text
        linked = await client.get(f"/e/{show.slug}?code=half")
        assert "Backstage" in linked.text
        for words in ("€25", "€12.50", "€49.50", "Applied."):
            assert words in said(linked), words
        typed = {"code": " Half ", f"q_{show.types[1]}": "1"}
        applied = await client.post(f"/e/{show.slug}/hold", data={**typed, "apply_code": "1"})
        assert applied.status_code == 200
        assert re.search(rf'name="q_{show.types[1]}"[^>]*value="1"', applied.text)
        held = await client.post(f"/e/{show.slug}/hold", data=typed)
        assert held.status_code == 303, said(held)
        checkout = said(await client.get(held.headers["location"]))
        assert re.search(r"Before: </span>€99(\.00)?</s> €49.50", checkout)
        wrong = await client.get(f"/e/{show.slug}?code=guess")
        assert 'id="e-code"' in wrong.text
        assert "Backstage" not in wrong.text
    await must_hold(assembly.database)


async def _held(client: httpx2.AsyncClient, show: OnSale, **more: str) -> str:
    held = await client.post(f"/e/{show.slug}/hold", data={f"q_{show.types[0]}": "2", **more})
    assert held.status_code == 303, said(held)
    return held.headers["location"]


async def test_a_code_is_added_and_taken_away_at_checkout_and_what_was_typed_stays(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly, PAID)
    await code(assembly, show, "FIVE", "off_ticket", amount_minor=500, currency="EUR")
    async with browser(assembly) as client:
        url = await _held(client, show)
        page = await client.get(url)
        form = _form(page, name="Ada Obi", email="ada@example.org")
        added = await client.post(f"{url}/code", data={**form, "code": "five"})
        assert "€40" in said(added)
        assert 'value="Ada Obi"' in added.text
        twice = await client.post(f"{url}/code", data={**form, "code": "FIVE"})
        assert (twice.status_code, "€40" in said(twice)) == (200, True)
        unknown = await client.post(f"{url}/code", data={**form, "code": "SIX"})
        assert unknown.status_code == 422
        assert 'id="e-code"' in unknown.text
        assert "€40" in said(unknown)
        gone = await client.post(f"{url}/code", data={**form, "remove_code": "FIVE"})
        assert "€50" in said(gone)
        # Typed and not applied: nobody pays without it by mistake.
        pressed = await client.post(url, data={**form, "code": "FIVE", "method": "sandbox:push"})
        assert pressed.status_code == 200
        assert "€40" in said(pressed)
        paid = await client.post(url, data={**form, "method": "sandbox:push", "shown_total": "4000"})
        assert paid.status_code == 303
    await must_hold(assembly.database)


async def test_a_code_used_up_meanwhile_is_said_and_can_be_taken_away(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    await code(assembly, show, "ONCE", percent_bps=1_000, total_limit=1)
    async with browser(assembly) as client, browser(assembly) as other:
        url, theirs = await _held(client, show, code="ONCE"), await _held(other, show, code="ONCE")
        for one, at, mail in ((client, url, "ada"), (other, theirs, "bola")):
            form = _form(await one.get(at), name="Ada Obi", email=f"{mail}@example.org")
            answer = await one.post(at, data={**form, "method": "sandbox:push", "shown_total": "4500"})
            if one is client:
                assert answer.status_code == 303, said(answer)
        assert answer.status_code == 409
        assert "was used as often as it can be" in said(answer)
        without = await other.post(f"{theirs}/code", data={**form, "remove_code": "ONCE"})
        assert "€50" in said(without)
        answer = await other.post(theirs, data={**form, "method": "sandbox:push", "shown_total": "5000"})
        assert answer.status_code == 303
    await must_hold(assembly.database)
