"""Buying with forms alone, the way a browser without script does it."""

import asyncio
import re

import httpx2

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from tests.support import onsale
from tests.support.onsale import FREE, PAID, OnSale, put_on_sale
from tests.support.site import bearer, browser, counts

_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that posts to `action`."""
    found = re.search(
        rf'<form[^>]*action="{re.escape(action)}(?:#[a-z]+)?"[^>]*>(.*?)</form>', page, re.DOTALL
    )
    assert found is not None, f"no form posts to {action}"
    return dict(_INPUT.findall(found[1]))


async def hold(client: httpx2.AsyncClient, show: OnSale, quantity: str = "2") -> httpx2.Response:
    """Choose tickets on the event's page."""
    return await client.post(links.hold(show.slug), data={f"q_{show.types[0]}": quantity})


async def at_checkout(
    client: httpx2.AsyncClient, show: OnSale, quantity: str = "2"
) -> tuple[str, dict[str, str]]:
    """The checkout's address and its form's hidden fields."""
    answer = await hold(client, show, quantity)
    assert answer.status_code == 303, answer.text
    url = answer.headers["location"]
    page = await client.get(url)
    assert page.status_code == 200
    return url, hidden(page.text, url)


async def place(client: httpx2.AsyncClient, show: OnSale, method: str = "sandbox:push") -> str:
    """Order two tickets; the path of the order."""
    url, fields = await at_checkout(client, show)
    typed = {**fields, "name": "Ada Obi", "email": "ada@example.org", "method": method}
    answer = await client.post(url, data=typed)
    assert answer.status_code == 303, answer.text
    return (await client.get(url)).headers["location"]


async def test_a_ticket_is_bought_with_forms_alone(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        typed = {**fields, "name": "Ada Obi", "email": "ada@example.org", "method": "sandbox:push"}
        typed[f"attendee_{show.types[0]}_2"] = "Tunde Bello"
        answer = await client.post(url, data=typed)
        assert answer.status_code == 303
        pay_path = answer.headers["location"]
        assert pay_path.endswith("/pay")
        assert "Paid. You are going." in (await client.get(pay_path)).text
        order_path = pay_path.removesuffix("/pay")
        page = await client.get(order_path)
        assert page.status_code == 200
        assert "Tunde Bello" in page.text
        assert "Ada Obi" in page.text
        assert "€50" in page.text
        ticket_path = re.findall(r'href="(/t/[^"]+)"', page.text)[0]
        ticket = await client.get(ticket_path)
        assert ticket.status_code == 200
        assert "1 of 2" in ticket.text
        assert order_path not in ticket.text
    await onsale.must_hold(assembly.database)


async def test_a_free_ticket_needs_no_payment(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show, "1")
        answer = await client.post(url, data={**fields, "name": "Ada Obi", "email": "ada@example.org"})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/orders/")
        page = await client.get(answer.headers["location"])
        assert "You are going." in page.text
        assert "Nothing to pay" in page.text


async def test_a_likely_typo_is_asked_about_once_and_then_believed(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        typed = {**fields, "name": "Ada Obi", "email": "ada.obi@gmial.com", "method": "sandbox:push"}
        asked = await client.post(url, data=typed)
        assert asked.status_code == 422
        assert "Did you mean ada.obi@gmail.com?" in asked.text
        assert (await counts(assembly))["orders"] == 0
        again = {**typed, **hidden(asked.text, url)}
        assert again["email_checked"] == "ada.obi@gmial.com"
        assert (await client.post(url, data=again)).status_code == 303
    async with assembly.database.reading() as reader:
        found = await onsale_emails(reader)
    assert found == ["ada.obi@gmial.com"]


async def test_taking_the_suggested_address_comes_back_with_it_and_pays_nothing(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        typed = {**fields, "name": "Ada Obi", "email": "ada.obi@gmial.com", "method": "sandbox:slow"}
        typed[f"attendee_{show.types[0]}_2"] = "Tunde Bello"
        asked = await client.post(url, data=typed)
        assert f'value="ada.obi@gmail.com" formaction="{url}#who"' in asked.text
        before = await counts(assembly)
        again = {**typed, **hidden(asked.text, url)}
        fixed = await client.post(url, data={**again, "use_email": "ada.obi@gmail.com"})
        assert fixed.status_code == 200
        assert await counts(assembly) == before
        for kept in ("Ada Obi", "ada.obi@gmail.com", "Tunde Bello"):
            assert f'value="{kept}"' in fixed.text
        assert re.search(r'value="sandbox:slow"[^>]* checked', fixed.text)
        assert "gmial" not in fixed.text
        kept_key = hidden(fixed.text, url)
        assert (kept_key.keys(), kept_key["form_key"]) == (fields.keys(), fields["form_key"])
        paid = await client.post(url, data={**typed, **hidden(fixed.text, url), "email": "ada.obi@gmail.com"})
        assert paid.status_code == 303
        late = await client.post(url, data={**again, "use_email": "ada.obi@gmail.com"})
        assert late.headers["location"] == paid.headers["location"].removesuffix("/pay")
    async with assembly.database.reading() as reader:
        assert await onsale_emails(reader) == ["ada.obi@gmail.com"]


async def test_a_hold_is_offered_to_be_kept_longer_only_while_it_can_be(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        assert "Keep them longer" in (await client.get(url)).text
        csrf = {"csrf": fields["csrf"]}
        kept = (await client.post(f"{url}/extend", data=csrf)).text
        assert "held a little longer" in kept
        assert "Keep them longer" not in kept
        assert "Keep them longer" not in (await client.get(url)).text
        assert "for as long as we can" in (await client.post(f"{url}/extend", data=csrf)).text


async def onsale_emails(reader: object) -> list[str]:
    """Every order's address."""
    rows = await reader.exec_driver_sql("SELECT email FROM orders_order")  # type: ignore[attr-defined]
    return [row.email for row in rows]


async def test_what_is_wrong_stands_beside_its_field_and_nothing_changes(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        before = await counts(assembly)
        answer = await client.post(
            url, data={**fields, "name": " ", "email": "nobody", "method": "sandbox:push"}
        )
        assert answer.status_code == 422
        assert 'id="e-name"' in answer.text
        assert 'id="e-email"' in answer.text
        assert 'value="nobody"' in answer.text
        answer = await client.post(
            url, data={**fields, "name": "Ada", "email": "a@example.org", "method": "gold"}
        )
        assert answer.status_code == 422
        assert 'id="e-method"' in answer.text
        assert await counts(assembly) == before


async def test_hostile_quantities_come_back_beside_the_ticket(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    before = await counts(assembly)
    async with browser(assembly) as client:
        for quantity in ("-1", "1.5", "1e3", "NaN", "true", "9" * 12, "11", "²"):
            answer = await hold(client, show, quantity)
            assert answer.status_code in (409, 422), quantity
            assert f'id="e-q_{show.types[0]}"' in answer.text, quantity
        for quantity in ("", "0", "00"):
            answer = await hold(client, show, quantity)
            assert answer.status_code == 422
            assert "Please choose at least one ticket." in answer.text
    assert await counts(assembly) == before


async def test_a_price_that_changed_is_shown_anew_before_it_is_asked(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        fields = {f"q_{show.types[0]}": "1", "terms_version": "0"}
        answer = await client.post(links.hold(show.slug), data=fields)
        assert answer.status_code == 409
        assert "have just been changed" in answer.text
        typed = {**hidden(answer.text, links.hold(show.slug)), f"q_{show.types[0]}": "1"}
        first = await client.post(links.hold(show.slug), data=typed)
        second = await client.post(links.hold(show.slug), data=typed)
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]
    assert (await counts(assembly))["holds"] == 1


async def test_pressing_many_times_sets_the_tickets_aside_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        await client.get(links.event(show.slug))
        presses = await asyncio.gather(*(hold(client, show) for _ in range(12)))
        checkouts = {press.headers["location"] for press in presses}
        assert len(checkouts) == 1
        assert (await counts(assembly))["places"] == 2
        other = await hold(client, show, "1")
        assert other.headers["location"] not in checkouts
        await place(client, show)
        again = await hold(client, show)
        assert again.headers["location"] not in checkouts
    async with browser(assembly) as somebody_else:
        await somebody_else.get(links.event(show.slug))
        assert (await hold(somebody_else, show)).headers["location"] not in {
            *checkouts,
            again.headers["location"],
        }
    assert (await counts(assembly))["holds"] == 4
    await onsale.must_hold(assembly.database)


async def test_a_second_press_of_pay_is_the_same_order_and_the_same_attempt(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        typed = {**fields, "name": "Ada Obi", "email": "ada@example.org", "method": "sandbox:card"}
        first = await client.post(url, data=typed)
        second = await client.post(url, data=typed)
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]
        after = await counts(assembly)
        assert (after["orders"], after["attempts"]) == (1, 1)


async def test_the_five_states_of_a_payment_are_said_honestly(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    async with browser(assembly) as client:
        for method, state, words in (
            ("sandbox:card", "waiting", "Waiting for your payment"),
            ("sandbox:failing", "failed", "The payment did not go through"),
            ("sandbox:push", "paid", "Paid. You are going."),
        ):
            order_path = await place(client, show, method)
            page = await client.get(f"{order_path}/pay")
            assert words in page.text
            assert (await client.get(f"{order_path}/status")).json() == {"state": state}
        order_path = await place(client, show, "sandbox:card")
        answer = await client.get(order_path)
        assert answer.headers["location"] == f"{order_path}/pay"
        fields = hidden_csrf((await client.get(f"{order_path}/pay")).text, await client.get("/tickets"))
        await client.post(f"{order_path}/cancel", data=fields)
        assert "This order was cancelled." in (await client.get(order_path)).text
        assert (await client.get(f"{order_path}/status")).json() == {"state": "expired"}
    await onsale.must_hold(assembly.database)


def hidden_csrf(_page: str, other: httpx2.Response) -> dict[str, str]:
    """A form token of this visitor, from any page that has a form."""
    found = re.search(r'name="csrf" value="([^"]+)"', other.text)
    assert found is not None
    return {"csrf": found[1]}


async def test_a_failed_payment_is_tried_again_or_another_way(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        order_path = await place(client, show, "sandbox:failing")
        page = await client.get(f"{order_path}/pay")
        retry = f"{order_path}/pay/retry"
        answer = await client.post(retry, data=hidden(page.text, retry))
        assert answer.status_code == 303
        assert (await counts(assembly))["attempts"] == 2
        choice = await client.get(f"{order_path}/pay?choose=1")
        fields = hidden(choice.text, f"{order_path}/pay")
        wrong = await client.post(f"{order_path}/pay", data={**fields, "method": "sandbox:gold"})
        assert wrong.status_code == 422
        answer = await client.post(f"{order_path}/pay", data={**fields, "method": "sandbox:push"})
        assert answer.status_code == 303
        assert (await client.get(f"{order_path}/status")).json() == {"state": "paid"}
    await onsale.must_hold(assembly.database)


async def test_the_tickets_file_is_made_only_for_who_does_not_have_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        order_path = await place(client, show)
        first = await client.get(f"{order_path}/tickets.pdf")
        assert first.status_code == 200
        assert first.content.startswith(b"%PDF-")
        assert first.headers["cache-control"] == "private, no-cache"
        again = await client.get(
            f"{order_path}/tickets.pdf", headers={"if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        calendar = await client.get(f"{order_path}/event.ics")
        assert calendar.text.startswith("BEGIN:VCALENDAR")
        ticket_path = re.findall(r'href="(/t/[^"]+)"', (await client.get(order_path)).text)[0]
        one = await client.get(f"{ticket_path}/ticket.pdf")
        assert one.content.startswith(b"%PDF-")
        assert one.headers["etag"] != first.headers["etag"]


async def test_tickets_are_mailed_again_a_few_times_and_no_more(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        order_path = await place(client, show)
        url = f"{order_path}/resend"
        for _ in range(4):
            page = await client.get(order_path)
            answer = await client.post(url, data=hidden(page.text, url))
            assert answer.status_code == 303
        assert "too often" in (await client.get(order_path)).text
        assert "too often" not in (await client.get(order_path)).text
        mailbox = await client.get("/dev/mailbox")
        assert mailbox.text.count("ada@example.org") == 3
        letter = re.findall(r'href="(/dev/mailbox/[^"]+)"', mailbox.text)[0]
        shown = await client.get(letter)
        assert shown.status_code == 200
        html = await client.get(f"{letter}/html")
        assert html.headers["content-security-policy"].startswith("sandbox;")
        file = await client.get(f"{letter}/files/1")
        assert file.content.startswith(b"%PDF-")
        assert (await client.get(f"{letter}/files/9")).status_code == 404


async def test_a_hold_that_ran_out_is_offered_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        released = await client.post(f"{url}/release", data={"csrf": fields["csrf"]})
        assert released.headers["location"] == links.choose(show.slug, {str(show.types[0]): 2})
        gone = await client.get(url)
        assert gone.status_code == 410
        assert "2 × General admission" in gone.text
        again = await client.post(links.hold(show.slug), data=hidden(gone.text, links.hold(show.slug)))
        assert again.headers["location"].startswith("/checkout/")


async def test_a_form_of_another_site_changes_nothing(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        before = await counts(assembly)
        typed = {**fields, "name": "Ada", "email": "ada@example.org", "method": "sandbox:push"}
        answer = await client.post(url, data=typed, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert await counts(assembly) == before


async def test_find_my_tickets_says_the_same_for_every_address(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        fields = hidden((await client.get("/tickets")).text, "/tickets/find")
        answer = await client.post("/tickets/find", data={**fields, "email": "nobody@example.org"})
        assert answer.status_code == 200
        assert "If tickets were bought with nobody@example.org" in answer.text
        wrong = await client.post("/tickets/find", data={**fields, "email": "nobody"})
        assert wrong.status_code == 422


async def test_the_organiser_sees_the_order_and_takes_it_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await onsale.place(assembly, show, 2, email="ada@example.org")
    await assembly.payment.pay(order.id, "sandbox:push")
    assert show.owner.person_id is not None
    async with browser(assembly) as client:
        signed_in = await sign_in(assembly, client, show)
        base = f"/organiser/{signed_in}/events/{show.event_id}/orders"
        listed = await client.get(base, params={"q": "ADA@example.org", "state": "paid"})
        assert order.code in listed.text
        assert "1 order" in listed.text
        nothing = await client.get(base, params={"q": "nobody", "state": "nonsense", "cursor": "x"})
        assert "No order matches that." in nothing.text
        page = await client.get(f"{base}/{order.code.lower()}")
        assert "Order placed" in page.text
        asked = await client.get(f"{base}/{order.code}/refund")
        assert "€50" in asked.text
        url = f"{base}/{order.code}/refund"
        answer = await client.post(url, data=hidden(asked.text, url))
        assert answer.status_code == 303
        after = await client.get(f"{base}/{order.code}")
        assert "Cancelled by the organiser" in after.text
        buyers = await client.get(links.order(assembly.links.make("order", order.id)))
        assert "The tickets are no longer valid." in buyers.text
        assert "€50 is on its way back to you." in buyers.text
        assert (await client.get(f"{base}/NOSUCH")).status_code == 404
    await onsale.must_hold(assembly.database)


async def sign_in(assembly: Assembly, client: httpx2.AsyncClient, show: OnSale) -> str:
    """Sign the organiser's owner in; the organiser's slug."""
    assert show.owner.person_id is not None
    client.headers.update(await bearer(assembly, show.owner.person_id))
    return f"o-{show.organiser_id.hex}"
