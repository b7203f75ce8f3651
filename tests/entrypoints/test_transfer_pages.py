"""Bank transfers as people and programs use them: upload, settle, send back; and the till at the door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import accounts, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.orders import OrderRow
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor
from tests.support.bank_desk import (
    Booked,
    at_door,
    bank_account,
    by_transfer,
    camt_file,
    csv_file,
    door_account,
)
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.organiser_desk import INPUT, said
from tests.support.site import bearer, browser, program


@asynccontextmanager
async def signed_in(site: Assembly, who: Actor) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of this member."""
    person_id = who.person_id
    assert person_id is not None

    async def story(tx: Transaction) -> str:
        return (await accounts.begin(tx, person_id, "password", "A browser", site.clock.now())).token

    token = await site.database.run(story)
    async with browser(site) as client:
        client.cookies.set("admitone", token)
        yield client


def base(show: OnSale) -> str:
    """Where the organiser's transfers are; `put_on_sale` names organisers so."""
    return links.transfers(f"o-{show.organiser_id.hex}")


async def csrf_of(client: httpx2.AsyncClient, url: str) -> str:
    found: dict[str, str] = dict(INPUT.findall((await client.get(url)).text))
    return found["csrf"]


async def state_of(site: Assembly, order: OrderRow) -> str:
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order.id)).state


async def upload(
    client: httpx2.AsyncClient,
    show: OnSale,
    account: UUID,
    data: bytes,
    token: str | None = None,
    **more: str,
) -> httpx2.Response:
    token = await csrf_of(client, base(show)) if token is None else token
    return await client.post(
        f"{base(show)}/import",
        data={"csrf": token, "account": str(account), **more},
        files={"statement": ("november.csv", data, "text/csv")},
    )


async def book(client: httpx2.AsyncClient, show: OnSale, sent: httpx2.Response) -> httpx2.Response:
    """Say yes to the file that was uploaded, and to none of its lines."""
    token = await csrf_of(client, base(show))
    return await client.post(f"{sent.headers['location']}/book", data={"csrf": token})


async def test_a_statement_is_uploaded_and_the_certain_line_becomes_tickets(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    async with signed_in(assembly, show.owner) as client:
        sent = await upload(client, show, account, csv_file([Booked(2500, order.code), Booked(100, "Hello")]))
        assert sent.status_code == 303
        assert (await book(client, show, sent)).headers["location"] == base(show)
        shown = said(await client.get(base(show)))
        assert "2 new lines booked." in shown
        assert "Settle 1 certain one" in shown
        assert order.code in shown
        token = await csrf_of(client, base(show))
        assert (await client.post(f"{base(show)}/certain", data={"csrf": token})).status_code == 303
        assert await state_of(assembly, order) == "paid"
        again = await upload(
            client, show, account, csv_file([Booked(2500, order.code), Booked(100, "Hello")])
        )
        assert again.status_code == 303
        seen = said(await client.get(again.headers["location"]))
        assert "2: 0 new, 2 seen before" in seen
        assert "There is nothing new in this file" in seen
        assert "Book these" not in seen
    await must_hold(assembly.database)


async def test_a_large_statement_comes_through_and_a_larger_body_does_not(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    lines = [Booked(100 + number, f"Something else, number {number}, " + "x" * 300) for number in range(1200)]
    data = csv_file(lines)
    assert len(data) > 400_000
    async with signed_in(assembly, show.owner) as client:
        sent = await upload(client, show, account, data)
        assert sent.status_code == 303
        assert "The first 100 of 1,200 are shown." in said(await client.get(sent.headers["location"]))
        too_large = await upload(client, show, account, b"x" * 6_000_000)
        assert too_large.status_code == 413
        token = await csrf_of(client, base(show))
        elsewhere = await client.post(f"{base(show)}/certain", data={"csrf": token, "more": "x" * 300_000})
        assert elsewhere.status_code == 413
    async with program(assembly) as stranger:
        assert (await stranger.post(f"{base(show)}/import", content=b"x" * 300_000)).status_code == 413


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7 made for printing", "PDF"),
        (b"\xff\xfe\xff\xff\x00", "We cannot read this file"),
        (b"", "It is empty"),
        (camt_file([Booked(2500, "x")], "USD"), "Nothing was imported."),
    ],
)
async def test_what_is_no_statement_is_refused_with_what_to_do(
    assembly: Assembly, data: bytes, words: str
) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    async with signed_in(assembly, show.owner) as client:
        refused = await upload(client, show, account, data)
        assert refused.status_code == 422
        assert words.casefold() in said(refused).casefold()
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM statements_statement"))).scalar_one() == 0


async def test_letters_that_do_not_exist_are_refused_beside_a_file_too(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    data = csv_file([Booked(2500, order.code)])
    async with signed_in(assembly, show.owner) as client:
        refused = await upload(client, show, account, data, **{"column-text": "Text\0"})
        assert (refused.status_code, "characters that do not exist" in said(refused)) == (422, True)
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM statements_draft"))).scalar_one() == 0


async def test_only_the_organisers_office_gets_in_and_only_from_our_page(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    account = await bank_account(assembly, show)
    await by_transfer(assembly, show)
    for who in (show.door, other.owner):
        async with signed_in(assembly, who) as client:
            for url in (base(show), f"{base(show)}/send-back"):
                assert (await client.get(url)).status_code in (403, 404)
    async with signed_in(assembly, show.owner) as client:
        assert (await upload(client, show, account, csv_file([Booked(1, "x")]), token="x")).status_code == 403
    async with browser(assembly) as guest:
        assert (await guest.get(base(show))).status_code in (303, 401)


async def test_too_much_is_shown_as_money_to_send_and_marked_as_sent(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    async with signed_in(assembly, show.owner) as client:
        await book(client, show, await upload(client, show, account, csv_file([Booked(3000, order.code)])))
        async with assembly.database.reading() as reader:
            line_id = (await reader.execute(text("SELECT id FROM statements_line"))).scalar_one()
        token = await csrf_of(client, base(show))
        url = f"{base(show)}/lines/{line_id}/settle"
        assert (await client.post(url, data={"csrf": token, "code": order.code.lower()})).status_code == 303
        await assembly.refunding.send_due()
        shown = said(await client.get(base(show)))
        assert "€5.00 of it goes back" in shown
        assert "1 refund waits for you to send the money." in shown
        async with assembly.database.reading() as reader:
            [refund] = await payments.refunds_of(reader, [order.id])
        page_url = f"{base(show)}/send-back"
        chosen = {"csrf": await csrf_of(client, page_url), "refund": str(refund.id)}
        wrong = await client.post(
            f"{page_url}/{refund.id}/receiver",
            data={"csrf": chosen["csrf"], "holder": "Ada Obi", "iban": "DE00 1203 0000 0000 2020 51"},
        )
        assert wrong.status_code == 422
        assert "This is not a complete IBAN." in said(wrong)
        file = await client.post(f"{page_url}/file", data=chosen)
        assert file.headers["content-type"] == "application/xml"
        assert b"pain.001.001.09" in file.content
        assert (await client.post(f"{page_url}/sent", data=chosen)).status_code == 303
        assert "There is nothing to send back." in said(await client.get(page_url))
    await must_hold(assembly.database)


async def test_the_door_takes_money_and_lets_the_buyer_in(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show)
    order = await at_door(assembly, show)
    till = f"/checkin/{show.event_id}/unpaid"
    async with signed_in(assembly, show.door) as client:
        scanning = said(await client.get(f"/checkin/{show.event_id}?door=Mill+Lane"))
        assert "Take money at the door" in scanning
        shown = said(await client.get(f"{till}?door=Mill+Lane&q=ada"))
        assert "Received €25.00 in cash" in shown
        assert "Nobody" not in shown
        assert "No order of that name" in said(await client.get(f"{till}?door=Mill+Lane&q=zzz"))
        fields = {
            "csrf": await csrf_of(client, f"{till}?door=Mill+Lane"),
            "code": order.code,
            "means": "cash",
        }
        taken = await client.post(f"{till}?door=Mill+Lane", data=fields)
        assert taken.status_code == 303
        paid = said(await client.get(taken.headers["location"]))
        assert "€25.00 received from Ada Obi." in paid
        assert "Let in" in paid
        again = await client.post(f"{till}?door=Mill+Lane", data=fields)
        assert again.status_code == 409
        assert "has been recorded already" in said(again)
    assert await state_of(assembly, order) == "paid"
    await must_hold(assembly.database)


async def test_a_buyer_reads_how_to_pay_and_what_is_still_due(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    pay = links.pay(assembly.links.make("order", order.id))
    async with browser(assembly) as buyer:
        shown = said(await buyer.get(pay))
        for words in (
            "DE89 3704 0044 0532 0130 00",
            order.code,
            "€25.00",
            "Transfer code",
            "Nothing has arrived",
        ):
            assert words in shown, words
        money = assembly.money.received_money
        await money.import_file(
            show.owner, show.organiser_id, account, "a.csv", csv_file([Booked(1000, order.code)])
        )
        [line] = await money.open_lines(show.owner, show.organiser_id)
        await money.settle_line(show.owner, show.organiser_id, line.line.id, order.code)
        shown = said(await buyer.get(pay))
        assert "€10.00 of €25.00 has arrived" in shown
        assert "€15.00" in shown
        assert "Waiting for your payment" in shown


async def test_a_program_imports_matches_and_marks_as_sent(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    await door_account(assembly, show)
    order, at_the_door = await by_transfer(assembly, show), await at_door(assembly, show)
    api = f"/api/v1/organisers/{show.organiser_id}"
    owner, door = show.owner.person_id, show.door.person_id
    assert owner is not None
    assert door is not None
    async with program(assembly) as client:
        client.headers.update(await bearer(assembly, owner))
        where = f"{api}/statements?account_id={account}&file_name=a.xml"
        got = await client.post(where, content=camt_file([Booked(3000, order.code)]))
        assert got.status_code == 201, got.text
        assert {name: got.json()[name] for name in ("new", "known", "skipped")} == {
            "new": 1,
            "known": 0,
            "skipped": 0,
        }
        [line] = (await client.get(f"{api}/statement-lines")).json()["lines"]
        assert line["amount"] == {"currency": "EUR", "minor": 3000}
        assert line["suggestions"] == [
            {"order": order.code, "is_certain": True, "reasons": ["code", "amount_over", "name"]}
        ]
        matched = await client.post(f"{api}/statement-lines/{line['id']}/match", json={"order": order.code})
        assert (matched.status_code, matched.json()["settled_as"]) == (200, "tickets")
        ignored = await client.post(f"{api}/statement-lines/{line['id']}/ignore")
        assert (ignored.status_code, ignored.json()["code"]) == (409, "statements.line_not_open")
        await assembly.refunding.send_due()
        [owed] = (await client.get(f"{api}/money-to-send")).json()["refunds"]
        assert owed["amount"] == {"currency": "EUR", "minor": 500}
        sent = await client.post(f"{api}/money-to-send/sent", json={"refunds": [owed["refund"]]})
        assert sent.json() == {"sent": 1}
        client.headers.update(await bearer(assembly, door))
        taken = await client.post(
            f"{api}/events/{show.event_id}/door-payments", json={"order": at_the_door.code, "means": "card"}
        )
        assert (taken.status_code, taken.json()["order_state"]) == (200, "paid")
        assert (await client.get(f"{api}/statement-lines")).status_code == 403
    await must_hold(assembly.database)
