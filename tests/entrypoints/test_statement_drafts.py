"""A statement is shown before it is booked, to people on a page and to programs by `dry_run`."""

import re
from uuid import UUID

from admitone.assembly import Assembly
from tests.entrypoints.test_transfer_pages import base, csrf_of, signed_in, state_of, upload
from tests.support.bank_desk import YEAR, Booked, bank_account, by_transfer, camt_file, csv_file
from tests.support.onsale import must_hold, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import bearer, program

_LINE = re.compile(r'<input type="checkbox" form="book" name="line" value="([^"]+)"( checked)?>')


async def test_a_page_says_what_would_happen_and_the_ticked_lines_are_settled(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    whole, part, left_out = [await by_transfer(assembly, show) for _ in range(3)]
    lines = (
        Booked(2500, whole.code, day=19),
        Booked(1000, part.code),
        Booked(2500, left_out.code),
        Booked(2500, whole.code, day=22),
        Booked(700, "A gift"),
        Booked(-1200, "Rent"),
    )
    async with signed_in(assembly, show.owner) as client:
        sent = await upload(client, show, account, csv_file(lines))
        url = sent.headers["location"]
        answer = await client.get(url)
        shown = said(answer)
        for words in (
            "This is what would happen",
            "november.csv",
            "DE89 … 3000",
            f"19 Nov {YEAR} to 22 Nov {YEAR}",
            "6: 6 new, 0 seen before",
            "€92.00",
            "Paid in full",
            "A part",
            "€25.00 is due. €15.00 will still be missing.",
            "Nothing is due for this order any more.",
            "No order looks like it.",
            "1 line is money that went out.",
        ):
            assert words in shown, words
        found = _LINE.findall(answer.text)
        assert [bool(ticked) for _, ticked in found] == [True, True, True, False]
        assert await state_of(assembly, whole) == "pending"
        assert "Not booked yet" in said(await client.get(base(show)))

        chosen = [token for token, ticked in found if ticked and left_out.code not in token]
        form = {"csrf": await csrf_of(client, url), "line": chosen}
        assert (await client.post(f"{url}/book", data={**form, "csrf": "x"})).status_code == 403
        assert (await client.post(f"{url}/book", data=form)).headers["location"] == base(show)
        told = said(await client.get(base(show)))
        assert "6 new lines booked. 2 lines settled." in told
        assert "Not booked yet" not in told
        assert [await state_of(assembly, one) for one in (whole, part, left_out)] == [
            "paid",
            "pending",
            "pending",
        ]
        assert (await client.post(f"{url}/book", data=form)).status_code == 303
        assert "This file is not here any more" in said(await client.get(base(show)))
    await must_hold(assembly.database)


async def test_thrown_away_on_the_page_nothing_was_booked(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    async with signed_in(assembly, show.owner) as client:
        url = (await upload(client, show, account, csv_file([Booked(2500, order.code)]))).headers["location"]
        form = {"csrf": await csrf_of(client, url)}
        assert (await client.post(f"{url}/throw-away", data=form)).status_code == 303
        told = said(await client.get(base(show)))
        assert "Thrown away. Nothing was booked." in told
        assert "No money waits for an order." in told
        assert (await client.get(url)).status_code == 303
    assert await state_of(assembly, order) == "pending"
    await must_hold(assembly.database)


async def test_a_line_whose_order_changed_is_said_to_wait(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    async with signed_in(assembly, show.owner) as client:
        url = (await upload(client, show, account, csv_file([Booked(2500, order.code)]))).headers["location"]
        [(token, _)] = _LINE.findall((await client.get(url)).text)
        form = {"csrf": await csrf_of(client, url), "line": token}
        money = assembly.money.received_money
        other = csv_file([Booked(1000, order.code)])
        await money.import_file(show.owner, show.organiser_id, account, "other.csv", other)
        [first] = await money.open_lines(show.owner, show.organiser_id)
        await money.settle_line(show.owner, show.organiser_id, first.line.id, order.code)
        await client.post(f"{url}/book", data=form)
        told = said(await client.get(base(show)))
        assert "1 ticked line waits for you: the order is not as it was shown." in told
    assert await state_of(assembly, order) == "pending"
    await must_hold(assembly.database)


async def test_a_program_looks_first_and_books_exactly_what_it_saw(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    whole, left_out = await by_transfer(assembly, show), await by_transfer(assembly, show)
    file = camt_file([Booked(2500, whole.code), Booked(2600, left_out.code), Booked(700, "A gift")])
    assert show.owner.person_id is not None
    url = f"/api/v1/organisers/{show.organiser_id}/statements?account_id={account}"
    async with program(assembly) as client:
        client.headers.update(await bearer(assembly, show.owner.person_id))
        looked = (await client.post(f"{url}&dry_run=true", content=file)).json()
        assert (looked["id"], looked["new"], looked["known"], looked["settled"]) == (None, 3, 0, 0)
        preview = looked["preview"]
        assert preview["money_in"] == {"currency": "EUR", "minor": 5800}
        assert (preview["first_day"], preview["last_day"]) == (f"{YEAR}-11-21", f"{YEAR}-11-21")
        assert [(one["order"], one["becomes"], one["settles"]) for one in preview["lines"]] == [
            (whole.code, "whole", True),
            (left_out.code, "too_much", True),
            (None, None, False),
        ]
        assert preview["lines"][1]["due"] == {"currency": "EUR", "minor": 2500}
        lines = f"/api/v1/organisers/{show.organiser_id}/statement-lines"
        assert (await client.get(lines)).json() == {"lines": []}

        where = f"{url}&shown={preview['shown']}&leave_out={preview['lines'][1]['line']}"
        other = camt_file([Booked(2500, whole.code), Booked(2600, left_out.code), Booked(701, "A gift")])
        refused = await client.post(where, content=other)
        assert (refused.status_code, refused.json()["code"]) == (409, "statements.preview_changed")
        assert (await client.get(lines)).json() == {"lines": []}

        done = (await client.post(where, content=file)).json()
        assert (done["new"], done["settled"], done["preview"]) == (3, 1, None)
        assert UUID(done["id"])
        waits = (await client.get(lines)).json()["lines"]
        assert sorted(one["amount"]["minor"] for one in waits) == [700, 2600]
        assert (await client.post(where, content=file)).status_code == 409
    assert [await state_of(assembly, one) for one in (whole, left_out)] == ["paid", "pending"]
    await must_hold(assembly.database)
