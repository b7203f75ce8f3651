"""Store credit by the pages and the API: gift codes made, used, looked at, taken back; refunds kept."""

import csv
import io
import re
from uuid import UUID

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.refund_policy import Chosen, record_of
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.credits import code_of, gift, now_of
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, must_hold, place, put_on_sale, wish
from tests.support.organiser_desk import desk, said
from tests.support.site import bearer, browser, program

GIFTS = {"amount": "25", "currency": "EUR", "count": "3", "note": "Press"}
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
KEY = re.compile(r'name="form_key" value="([^"]+)"')


async def paid(site: Assembly, order_id: UUID) -> bool:
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).state == "paid"


async def test_gift_codes_from_their_form_to_the_file_and_back(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        base = f"{who.base}/store-credit"
        assert "No store credit yet." in said(await who.client.get(base))
        made = await who.send(f"{base}/new", f"{base}/new", GIFTS | {"form_key": "once"})
        assert made.status_code == 303
        again = await who.send(f"{base}/new", f"{base}/new", GIFTS | {"form_key": "once"})
        assert again.headers["location"] == made.headers["location"]
        batch = said(await who.client.get(made.headers["location"]))
        assert "3 gift codes of €25" in batch
        rows = list(
            csv.DictReader(io.StringIO((await who.client.get(made.headers["location"] + ".csv")).text[1:]))
        )
        assert [(row["amount"], row["left"], row["state"]) for row in rows] == [
            ("25.00", "25.00", "open")
        ] * 3
        assert len({row["code"] for row in rows}) == 3
        assert all(row["code"] in batch for row in rows)
        listed = said(await who.client.get(base))
        assert "€75" in listed
        assert rows[0]["code"] not in listed
        found = said(await who.client.get(base, params={"q": rows[0]["code"]}))
        assert found.count("Can be used</span>") == 1
        [one] = re.findall(rf'href="({base}/[0-9a-f-]{{36}})"', found)
        page = said(await who.client.get(one))
        assert "What is left, €25, ends." in page
        assert (await who.send(one, f"{one}/void", {})).status_code == 303
        assert "Taken back" in said(await who.client.get(one))
        assert "Nothing fits that." in said(await who.client.get(base, params={"kind": "refund"}))
    await must_hold(assembly.database)


async def test_a_form_that_cannot_be_is_shown_again_with_what_was_typed(assembly: Assembly) -> None:
    async with desk(assembly, "foundry") as who:
        new = f"{who.base}/store-credit/new"
        for field, typed in (("amount", "-5"), ("count", "2000"), ("until", "2020-01-01"), ("email", "no")):
            fields = GIFTS | {"count": "1", field: typed}
            refused = await who.send(new, new, fields)
            assert refused.status_code == 422, field
            assert f'value="{typed}"' in refused.text, field
            assert 'id="f-' + field in refused.text


async def test_only_who_may_refund_sees_store_credit(assembly: Assembly) -> None:
    async with desk(assembly, "foundry"), desk(assembly, "doorman", Role.DOOR, of="foundry") as door:
        assert (await door.client.get("/organiser/foundry/store-credit")).status_code == 403


async def test_a_code_at_the_payment_page_then_the_rest_otherwise(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given, other = await gift(assembly, show, 1000), await gift(assembly, show, 5000)
    order = await place(assembly, show)
    token = assembly.links.make("order", order.id)
    async with browser(assembly) as client:
        page = said(await client.get(links.pay(token)))
        fields = {"csrf": CSRF.findall(page)[0], "form_key": KEY.findall(page)[0]}
        done = await client.post(links.pay_credit(token), data=fields | {"credit": code_of(assembly, given)})
        assert done.status_code == 303
        shown = said(await client.get(done.headers["location"]))
        assert "€10 of your code counts. €15 is left to pay." in shown
        assert "Pay €15" in shown
        wrong = await client.post(links.pay_credit(token), data=fields | {"credit": "K7QF"})
        assert "We do not know this code." in said(await client.get(wrong.headers["location"]))
        [use] = re.findall(r'name="use" value="([^"]+)"', shown)
        off = await client.post(links.pay_credit_remove(token), data={"csrf": fields["csrf"], "use": use})
        assert "Pay €25" in said(await client.get(off.headers["location"]))
        done = await client.post(links.pay_credit(token), data=fields | {"credit": code_of(assembly, other)})
        assert done.headers["location"] == links.order(token)
    assert await paid(assembly, order.id)
    assert (await now_of(assembly, other.id)).balance_minor == 2500
    await must_hold(assembly.database)


async def test_a_code_taken_off_is_put_on_again_by_the_sheet_from_before(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given, order = await gift(assembly, show, 1000), await place(assembly, show)
    token = assembly.links.make("order", order.id)
    async with browser(assembly) as client:
        page = said(await client.get(links.pay(token)))
        sheet = {"csrf": CSRF.findall(page)[0], "form_key": KEY.findall(page)[0]}
        sheet |= {"credit": code_of(assembly, given)}
        for _ in range(2):
            done = await client.post(links.pay_credit(token), data=sheet)
            shown = said(await client.get(done.headers["location"]))
            assert "€10 of your code counts. €15 is left to pay." in shown
            assert "Pay €15" in shown
            assert (await now_of(assembly, given.id)).balance_minor == 0
            [use] = re.findall(r'name="use" value="([^"]+)"', shown)
            await client.post(links.pay_credit_remove(token), data={"csrf": sheet["csrf"], "use": use})
            assert (await now_of(assembly, given.id)).balance_minor == 1000
    await must_hold(assembly.database)


async def test_what_is_left_on_a_code_is_shown_to_whoever_has_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 4000)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
    async with browser(assembly) as client:
        page = said(await client.get(links.CREDIT))
        fields = {"csrf": CSRF.findall(page)[0], "credit": code_of(assembly, given)}
        found = await client.post(links.CREDIT, data=fields)
        shown = said(await client.get(found.headers["location"]))
        assert "€15 left" in shown
        assert order.code in shown
        refused = await client.post(links.CREDIT, data=fields | {"credit": "0000-0000-0000-0000"})
        assert refused.status_code == 422
        assert (await client.get(links.credit("nothing"))).status_code == 404


async def test_a_gift_with_an_address_is_mailed_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500, email="zoe@example.org")
    await react(assembly, "payments.credit_given", "tell_credit")
    await react(assembly, "payments.credit_given", "tell_credit")
    [letter] = await kept(assembly, "store_credit")
    assert letter.to_email == "zoe@example.org"
    assert letter.subject == "Foundry Presents sends you a gift code"
    assert code_of(assembly, given) in letter.plain
    assert "It does not expire." in letter.plain


async def test_a_buyer_keeps_store_credit_instead_of_money_where_it_is_offered(assembly: Assembly) -> None:
    policy = record_of(Chosen("full", days=7, with_fees=True))
    show = await put_on_sale(assembly, refund_policy=policy)
    paying = await buy(assembly, show)
    order_id = paying.attempt.order_id
    token = assembly.links.make("order", order_id)
    async with assembly.database.reading() as reader:
        [one] = await tickets.by_order(reader, order_id)
    confirm = links.order_give_back_confirm(token)
    async with browser(assembly) as client:
        assert "Store credit" not in said(await client.get(confirm, params={"ticket": one.id.hex}))
        await assembly.money.credit_desk.offer(show.owner, show.organiser_id, is_offered=True)
        page = said(await client.get(confirm, params={"ticket": one.id.hex}))
        assert "It does not expire." in page
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        done = await client.post(confirm, data=fields | {"to": "credit"})
        assert done.headers["location"] == links.order(token)
    async with assembly.database.reading() as reader:
        assert await payments.refunds_of(reader, [order_id]) == []
        kept_as = await payments.credit.by_cause(reader, UUID(fields["request"]))
    assert kept_as is not None
    assert kept_as.balance_minor == 2500
    await react(assembly, "payments.credit_given", "tell_credit")
    [letter] = await kept(assembly, "store_credit")
    assert CODE.findall(letter.plain) == [code_of(assembly, kept_as)]
    await must_hold(assembly.database)


async def test_what_a_code_paid_is_said_to_go_back_to_it(assembly: Assembly) -> None:
    policy = record_of(Chosen("full", days=7, with_fees=True))
    show = await put_on_sale(assembly, refund_policy=policy)
    await assembly.money.credit_desk.offer(show.owner, show.organiser_id, is_offered=True)
    confirms = []
    async with browser(assembly) as client:
        for minor in (2500, 1000):
            given = await gift(assembly, show, minor)
            order = await place(assembly, show)
            await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
            if minor == 1000:
                await assembly.payment.pay(order.id, "sandbox:push")
            token = assembly.links.make("order", order.id)
            async with assembly.database.reading() as reader:
                [one] = await tickets.by_order(reader, order.id)
            confirm = links.order_give_back_confirm(token)
            page = said(await client.get(confirm, params={"ticket": one.id.hex}))
            confirms.append(page)
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
            done = await client.post(confirm, data=fields | {"to": "original"})
            after = said(await client.get(done.headers["location"]))
            assert f"€{minor // 100} is back on the code you paid with." in after
            assert ("€15 is on its way back to you." in after) is (minor == 1000)
            assert (await now_of(assembly, given.id)).balance_minor == minor
    whole, part = confirms
    assert "It is on the code you paid with again, at once." in whole
    assert "Banks" not in whole
    assert "Where should it go?" not in whole
    assert "Banks" in part
    assert "What you paid with a code is on that code again, at once." in part
    assert "Where should it go?" in part
    await must_hold(assembly.database)


async def test_credit_over_the_api_answers_the_same_to_the_same_key(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    token = assembly.links.make("order", order.id)
    assert show.owner.person_id is not None
    owner = await bearer(assembly, show.owner.person_id)
    async with program(assembly) as client:
        made = await client.post(
            f"/api/v1/organisers/{show.organiser_id}/gift-codes",
            headers=owner | {"idempotency-key": "gifts"},
            json={"currency": "EUR", "amount_minor": 1000},
        )
        assert made.status_code == 201
        [one] = made.json()
        key = {"idempotency-key": uuid7().hex}
        url = f"/api/v1/orders/{token}/credit"
        first = await client.post(url, headers=key, json={"code": one["code"]})
        again = await client.post(url, headers=key, json={"code": one["code"]})
        assert first.status_code == 201
        assert first.json() == again.json()
        assert first.json()["due"] == {"currency": "EUR", "minor": 1500}
        use_id = first.json()["uses"][0]["use_id"]
        assert (await client.delete(f"{url}/{use_id}")).json()["due"]["minor"] == 2500
        assert (await client.get(url)).json()["uses"] == []
        credits = f"/api/v1/organisers/{show.organiser_id}/credits"
        listed = (await client.get(credits, headers=owner, params={"state": "open"})).json()
        assert [row["balance"]["minor"] for row in listed["credits"]] == [1000]
        detail = (await client.get(f"{credits}/{one['id']}", headers=owner)).json()
        assert [row["state"] for row in detail["uses"]] == ["returned"]
        void = await client.post(f"{credits}/{one['id']}/void", headers=owner)
        assert void.json()["state"] == "void"
        gone = await client.post(url, headers={"idempotency-key": "other"}, json={"code": one["code"]})
        assert (gone.status_code, gone.json()["code"]) == (409, "credit.void")
    await must_hold(assembly.database)


async def test_the_order_says_how_it_was_paid_and_its_lines_add_up(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, tax_bps=1900, tax_name="VAT")
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    token = assembly.links.make("order", order.id)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
    await assembly.payment.pay(order.id, "sandbox:push")
    async with browser(assembly) as client:
        page = said(await client.get(links.order(token)))
    assert re.search(r"<dt>Payment</dt><dd>Gift code and \w+", page)
    lines = re.findall(r"<dt><bdi>([^<]*)</bdi></dt><dd>([^<]*)</dd>", page)
    assert [line for line in lines if line[0] in ("Total", "Gift code", "With money")] == [
        ("Total", "€25.00"),
        ("Gift code", "−€10"),
        ("With money", "€15"),
    ]
    assert ("of which VAT 19%", "€3.99") in lines
    assert show.owner.person_id is not None
    owner = await bearer(assembly, show.owner.person_id)
    async with browser(assembly) as client:
        client.cookies.set("admitone", owner["authorization"].removeprefix("Bearer "))
        url = links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), f"orders/{order.code}")
        desk_page = said(await client.get(url))
    assert "Gift code" in desk_page
    assert "€15" in desk_page


async def test_a_code_typed_at_checkout_pays_first_and_the_chosen_way_the_rest(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given, whole = await gift(assembly, show, 1000), await gift(assembly, show, 9000)
    for credit, ends in ((given, "pay"), (whole, "order")):
        held = await assembly.purchase.hold(wish(show))
        token = assembly.links.make("hold", held.hold_id)
        async with browser(assembly) as client:
            page = said(await client.get(links.checkout(token)))
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
            typed = {"name": "Ada Obi", "email": "ada@example.org", "method": "sandbox:push"}
            wrong = await client.post(links.checkout(token), data=fields | typed | {"credit": "K7QF"})
            assert wrong.status_code == 422
            assert "We do not know this code." in said(wrong)
            code = code_of(assembly, credit)
            done = await client.post(links.checkout(token), data=fields | typed | {"credit": code})
            assert done.status_code == 303
            assert done.headers["location"].endswith("/pay") == (ends == "pay")
        async with assembly.database.reading() as reader:
            placed = (await orders.by_holds(reader, [held.hold_id]))[held.hold_id]
        assert placed.state == "paid"
    assert (await now_of(assembly, given.id)).balance_minor == 0
    assert (await now_of(assembly, whole.id)).balance_minor == 6500
    await must_hold(assembly.database)
