"""All organisers' payouts by the pages and by REST: for those who run the site, and for nobody else."""

import re
from uuid import UUID

import pytest

from admitone import accounts, ledger
from admitone.assembly import Assembly
from admitone.flows.payout_receivers import ReceiverWish
from admitone.payouts import Payout, Purse
from admitone.plumbing.database import Transaction
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.site import bearer, browser, operator, program
from tests.support.table_search import tables_with
from tests.support.till import Till

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_IBAN = "DE89370400440532013000"
_OURS = {"name": "The Site", "iban": "DE75512108001245126199"}


async def agreed(site: Assembly) -> tuple[OnSale, Payout]:
    """99.00 of real money to a bank account that nobody has looked at, then a payout of it that was agreed to."""
    show = await put_on_sale(site)
    live = Purse(show.organiser_id, "EUR", is_test=False)

    async def earn(tx: Transaction) -> None:
        given = ledger.AccountName(f"organiser:{show.organiser_id}:available", show.organiser_id)
        parts = [("sale", ledger.clearing("stripe:x"), given, 9900)]
        await ledger.post(tx, ledger.transfers("t", uuid7(), "EUR", parts, is_test=False))

    await site.database.run(earn)
    wish = ReceiverWish(None, "Foundry & Söhne", "DE", {"iban": _IBAN})
    made = await site.money.payout_receivers.set(show.owner, live, wish)
    assert made.verified_at is None
    await site.money.payout_receivers.verify(made.id, "site")
    clock = FrozenClock(site.clock.now())
    clock.move(seconds=100_000)
    till = Till(site, show, clock)
    asked = await till.desk.ask(show.owner, live, uuid7())
    return show, await till.desk.approve(show.owner, show.organiser_id, asked.id, 9900)


async def test_the_banks_file_and_what_became_of_it_by_the_pages(assembly: Assembly) -> None:
    show, payout = await agreed(assembly)
    headers = await operator(assembly)
    async with browser(assembly) as client:
        client.headers.update(headers)
        assert "Payouts of all organisers" in (await client.get("/account")).text
        page = (await client.get("/site/payouts")).text
        assert "To send by you" in page
        assert "€99.00" in page
        csrf = _CSRF.findall(page)[0]
        form = {"csrf": csrf, "payout": str(payout.id)}
        wrong = await client.post("/site/payouts/file", data={**form, **_OURS, "iban": "DE00"})
        assert wrong.status_code == 422
        nothing = await client.post("/site/payouts/file", data={"csrf": csrf, **_OURS})
        assert nothing.status_code == 422
        made = await client.post("/site/payouts/file", data={**form, **_OURS})
        assert made.headers["content-type"].startswith("application/xml")
        assert _IBAN.encode() in made.content
        for _ in range(2):
            assert (await client.post(f"/site/payouts/{payout.id}/sent", data=form)).status_code == 303
        assert "It came back" in (await client.get("/site/payouts")).text
        for _ in range(2):
            assert (await client.post(f"/site/payouts/{payout.id}/came-back", data=form)).status_code == 303
        assert "sent back by bank" in (await client.get("/site/payouts")).text
    await must_hold(assembly.database)
    async with assembly.database.reading() as reader:
        name = f"organiser:{show.organiser_id}:available"
        assert await ledger.balance(reader, name, "EUR", is_test=False) == 9900
        assert await ledger.balance(reader, "bank:transfers", "EUR", is_test=False) == 0


async def test_a_receiver_is_looked_at_and_terms_are_set_by_the_pages(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    live = Purse(show.organiser_id, "EUR", is_test=False)
    wish = ReceiverWish(None, "Foundry", "DE", {"iban": _IBAN})
    made = await assembly.money.payout_receivers.set(show.owner, live, wish)
    url = f"/site/organisers/o-{show.organiser_id.hex}/payout-terms"
    async with browser(assembly) as client:
        client.headers.update(await operator(assembly))
        page = (await client.get("/site/payouts")).text
        assert "DE89 3704 0044 0532 0130 00" in page
        csrf = _CSRF.findall(page)[0]
        await client.post(f"/site/payouts/receivers/{made.id}/verify", data={"csrf": csrf})
        assert "It is theirs" not in (await client.get("/site/payouts")).text
        typed = {
            "csrf": csrf,
            "delay_days": "7",
            "reserve_percent": "12,5",
            "reserve_days": "30",
            "new_currency": "eur",
            "new_minimum": "250",
            "is_drafting": "1",
        }
        assert (await client.post(url, data={**typed, "delay_days": "x"})).status_code == 422
        assert (await client.post(url, data={**typed, "reserve_percent": "101"})).status_code == 422
        assert (await client.post(url, data={**typed, "new_currency": "XXQ"})).status_code == 422
        assert (await client.post(url, data=typed)).status_code == 303
        page = (await client.get(url)).text
        assert 'value="12.5"' in page
        assert 'name="minimum_EUR" type="text" value="250.00"' in page
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        own = (await client.get(f"/organiser/o-{show.organiser_id.hex}/payouts")).text
        assert "available 7 days after the event has ended" in own
        assert "12.5%" in own


async def test_all_of_it_is_done_by_rest_as_well(assembly: Assembly) -> None:
    show, payout = await agreed(assembly)
    headers = await operator(assembly)
    terms = f"/api/v1/organisers/{show.organiser_id}/payout-terms"
    body = {"delay_days": 5, "reserve_bps": 1000, "reserve_days": 60, "minimums": {"EUR": 2500}}
    async with browser(assembly) as client:
        client.headers.update(headers)
        assert (await client.put(terms, json=body)).json() == {**body, "is_drafting": True}
        assert (await client.put(terms, json={**body, "reserve_days": 0})).status_code == 422
        assert (await client.put(terms, json={**body, "delay_days": True})).status_code == 422
        unknown = f"/api/v1/organisers/{uuid7()}/payout-terms"
        assert (await client.put(unknown, json=body)).status_code == 404
        [one] = (await client.get("/api/v1/site/balances")).json()["items"]
        assert (UUID(one["organiser"]), one["available"], one["on_its_way"]) == (show.organiser_id, 0, 9900)
        [listed] = (await client.get("/api/v1/site/payouts")).json()["items"]
        assert (listed["state"], listed["by_file"]) == ("sending", True)
        made = await client.post("/api/v1/site/payouts/file", json={**_OURS, "payouts": [str(payout.id)]})
        assert b"pain.001" in made.content
        url = f"/api/v1/site/payouts/{payout.id}"
        assert (await client.post(f"{url}/sent")).status_code == 204
        assert (await client.post(f"{url}/came-back")).status_code == 204
        assert (await client.get("/api/v1/site/payout-receivers")).json() == {"items": []}
        assert (await client.post(f"/api/v1/site/payout-receivers/{uuid7()}/verify")).status_code == 404
    await must_hold(assembly.database)


@pytest.mark.parametrize("who", ["owner", "guest"])
async def test_nobody_else_sees_or_changes_anything(assembly: Assembly, who: str) -> None:
    show, payout = await agreed(assembly)
    terms = f"/api/v1/organisers/{show.organiser_id}/payout-terms"
    body = {"delay_days": 0, "reserve_bps": 0, "reserve_days": 0}
    async with browser(assembly) as client:
        if who == "owner":
            assert show.owner.person_id is not None
            client.headers.update(await bearer(assembly, show.owner.person_id))
        no, page = (403, 403) if who == "owner" else (401, 303)
        for path in ("balances", "payouts", "payout-receivers"):
            assert (await client.get(f"/api/v1/site/{path}")).status_code == no
        for path in (f"payouts/{payout.id}/sent", f"payouts/{payout.id}/came-back"):
            assert (await client.post(f"/api/v1/site/{path}")).status_code == no
        assert (await client.post("/api/v1/site/payouts/file", json=_OURS)).status_code == no
        assert (await client.put(terms, json=body)).status_code == no
        assert (await client.get("/site/payouts")).status_code == page
        of_one = f"/site/organisers/o-{show.organiser_id.hex}/payout-terms"
        assert (await client.get(of_one)).status_code == page
        assert (await client.get(terms)).status_code == (200 if who == "owner" else 401)
    with pytest.raises(accounts.NotOperator):
        await assembly.money.site_payouts.sent(show.owner, payout.id)
    await must_hold(assembly.database)


async def test_a_banks_file_is_kept_in_no_table_and_the_same_request_gets_it_again(
    assembly: Assembly,
) -> None:
    _, payout = await agreed(assembly)
    headers = await operator(assembly) | {"idempotency-key": "tuesday"}
    body = {**_OURS, "payouts": [str(payout.id)]}
    async with program(assembly) as client:
        made = [await client.post("/api/v1/site/payouts/file", headers=headers, json=body) for _ in range(2)]
    assert [one.status_code for one in made] == [200, 200]
    assert all(_IBAN.encode() in one.content for one in made)
    async with assembly.database.reading() as reader:
        assert await tables_with(reader, _IBAN) == []
        assert await tables_with(reader, _OURS["iban"]) == []
