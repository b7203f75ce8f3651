"""Balance and payouts by the pages and by REST."""

import re

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.commands.payout import _do
from admitone.flows.payout_receivers import ReceiverWish
from admitone.flows.release_balances import ReleaseBalances
from admitone.payments import SANDBOX_ACCOUNT
from admitone.payouts import Purse, ReceiverNotFound
from admitone.statements import Debtor, NoTransfers
from admitone.values.clock import FrozenClock
from tests.support.bank_desk import Booked, bank_account, by_transfer, csv_file
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_REQUEST = re.compile(r'name="request" value="([^"]+)"')
_APPROVE = re.compile(r'action="([^"]+/approve)"')


async def sold(site: Assembly) -> OnSale:
    """Two tickets at 25.00, of an event that is over for long."""
    show = await put_on_sale(site)
    await buy(site, show, 2)
    later = FrozenClock(site.clock.now())
    later.move(seconds=20 * 86_400)
    assert await ReleaseBalances(site.database, later).run_due() == 1
    return show


async def test_a_payout_by_the_pages(assembly: Assembly) -> None:
    show = await sold(assembly)
    url = f"/organiser/o-{show.organiser_id.hex}/payouts"
    async with browser(assembly) as client:
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        before = (await client.get(url)).text
        assert "€50.00" in before
        assert "Ask for" not in before
        csrf = _CSRF.findall(before)[0]
        wish = {
            "csrf": csrf,
            "way": str(SANDBOX_ACCOUNT),
            "currency": "eur",
            "holder": "Foundry",
            "country": "de",
        }
        assert (await client.post(f"{url}/receiver", data={**wish, "account_number": "!"})).status_code == 422
        assert (
            await client.post(f"{url}/receiver", data={**wish, "account_number": "DE1234"})
        ).status_code == 303
        page = (await client.get(url)).text
        assert "Foundry, " in page
        ask = {"csrf": csrf, "currency": "EUR", "request": _REQUEST.findall(page)[0]}
        for _ in range(2):
            assert (await client.post(url, data=ask)).status_code == 303
        page = (await client.get(url)).text
        [approve] = _APPROVE.findall(page)
        yes = {"csrf": csrf, "currency": "EUR", "amount": "5"}
        await client.post(approve, data=yes)
        assert "Type the sum again" in (await client.get(url)).text
        await client.post(approve, data={**yes, "amount": "50.00"})
        assert "On its way" in (await client.get(url)).text
        assert await assembly.money.paying_out.send_due() == 1
        assert "Came back" not in (await client.get(url)).text
        assert "Paid" in (await client.get(url)).text
    await must_hold(assembly.database)


async def test_money_in_accounts_of_their_own_is_explained_and_shown_apart(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, title="Straight to us", tax_bps=1900)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show, 2)
    url = f"/organiser/o-{show.organiser_id.hex}/payouts"
    async with browser(assembly) as client:
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        before = said(await client.get(url))
        assert "goes straight to them" in before
        assert "No money yet." in before

        money = assembly.money.received_money
        file = csv_file([Booked(6000, order.code)])
        await money.import_file(show.owner, show.organiser_id, account, "a.csv", file)
        [line] = await money.open_lines(show.owner, show.organiser_id)
        await money.settle_line(show.owner, show.organiser_id, line.line.id, order.code)
        answer = await client.get(url)
        shown = said(answer)
        # 50.00 with 19 % tax in it; the 10.00 too much were never theirs.
        assert "In your own payment accounts" in shown
        assert "€42.02" in shown
        assert f'href="/organiser/o-{show.organiser_id.hex}/reports"' in answer.text
        assert "€0.00" not in shown
        assert "Straight to us" not in shown
        assert "No money yet." not in shown
    await must_hold(assembly.database)


async def test_who_has_no_account_of_their_own_is_told_of_none(assembly: Assembly) -> None:
    show = await sold(assembly)
    async with browser(assembly) as client:
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        shown = said(await client.get(f"/organiser/o-{show.organiser_id.hex}/payouts"))
        assert "Your own payment accounts" not in shown
        assert "€50.00" in shown


async def test_by_the_command_line_receivers_are_verified(
    assembly: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    show, nobody = await put_on_sale(assembly), Debtor("", "")
    wish = ReceiverWish(None, "Foundry", "DE", {"iban": "DE89370400440532013000"})
    live = Purse(show.organiser_id, "EUR", is_test=False)
    made = await assembly.money.payout_receivers.set(show.owner, live, wish)
    await _do(assembly, "list", "", nobody)
    assert "receiver to verify" in capsys.readouterr().out
    with pytest.raises(ReceiverNotFound):
        await _do(assembly, "verify", "nothing", nobody)
    await _do(assembly, "verify", str(made.id), nobody)
    assert "Nothing waits for a person." in capsys.readouterr().out
    with pytest.raises(NoTransfers):
        await _do(assembly, "file", "", Debtor("The Site", "DE75512108001245126199"))


async def test_a_payout_by_rest(assembly: Assembly) -> None:
    show = await sold(assembly)
    url = f"/api/v1/organisers/{show.organiser_id}"
    async with browser(assembly) as client:
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        [purse] = (await client.get(f"{url}/balances?is_test=true")).json()["items"]
        assert (purse["currency"], purse["available"], purse["pending"]) == ("EUR", 5000, 0)
        wanted = {"currency": "EUR", "amount_minor": 4000, "is_test": True}
        said = await client.post(f"{url}/payouts", json=wanted)
        assert (said.status_code, said.json()["code"]) == (409, "payouts.no_receiver")
        receiver = {
            "account": str(SANDBOX_ACCOUNT),
            "is_test": True,
            "holder": "Foundry",
            "country": "DE",
            "details": {"account_number": "DE1234"},
        }
        assert (await client.put(f"{url}/payout-receivers/EUR", json=receiver)).json()["verified"] is True
        asked = (await client.post(f"{url}/payouts", json=wanted)).json()
        assert asked["state"] == "asked"
        done = await client.post(f"{url}/payouts/{asked['id']}/approve", json={"amount_minor": 4000})
        assert done.json()["state"] == "sending"
        assert await assembly.money.paying_out.send_due() == 1
        [listed] = (await client.get(f"{url}/payouts?is_test=true")).json()["items"]
        assert (listed["state"], listed["amount"]) == ("done", {"currency": "EUR", "minor": 4000})
        moved = (await client.get(f"{url}/transactions?is_test=true&type=payout&limit=1")).json()
        assert [one["type"] for one in moved["items"]] == ["payout"]
        rest = await client.get(
            f"{url}/transactions", params={"is_test": True, "type": "payout", "cursor": moved["next_cursor"]}
        )
        assert rest.json()["next_cursor"] is None
        kinds = {one["kind"] for one in [*moved["items"], *rest.json()["items"]]}
        assert kinds == {"payout", "payout_sent"}
        sales = (await client.get(f"{url}/transactions?is_test=true&type=sale")).json()["items"]
        assert sum(one["amount"]["minor"] for one in sales) == 5000
        assert (await client.get(f"{url}/transactions?cursor=x")).status_code == 422
    async with browser(assembly) as client:
        assert show.door.person_id is not None
        client.headers.update(await bearer(assembly, show.door.person_id))
        assert (await client.get(f"{url}/balances")).status_code == 403
        assert (await client.get(f"{url}/transactions")).status_code == 403
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM sandbox_payout"))).scalar_one() == 1
    await must_hold(assembly.database)
