"""The buyer's way where it bends: refused, gone back, held longer, limited, given up. By forms alone."""

import html
import re
from uuid import UUID

import httpx2
import pypdfium2
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.plumbing.database import Transaction
from tests.entrypoints.test_buyer_pages import at_checkout, hidden, hold, place
from tests.support import onsale
from tests.support.onsale import OnSale, TypeOnSale, put_on_sale
from tests.support.site import browser, counts, program

TWO_KINDS = (TypeOnSale("Adult", 2500, None), TypeOnSale("Child", 1000, None))
_NAMES = ("Stalls", "Circle", "Balcony", "Box", "Gallery")


def plain(page: httpx2.Response) -> str:
    """The page as it is read: without tags, spaces as one."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


async def rearranged(assembly: Assembly) -> tuple[OnSale, list[str]]:
    """An event whose page shows its ticket types in no order that ids or names have; their names as shown."""
    show = await put_on_sale(assembly, *(TypeOnSale(name, 1000, 50) for name in _NAMES))
    places = (3, 0, 4, 2, 1)
    rearrange = text("UPDATE events_ticket_type SET position = :place WHERE id = :id")

    async def story(tx: Transaction) -> None:
        for type_id, at in zip(show.types, places, strict=True):
            await tx.execute(rearrange, {"id": type_id, "place": at})

    await assembly.database.run(story)
    return show, [name for _, name in sorted(zip(places, _NAMES, strict=True))]


def in_order(words: str, names: list[str]) -> list[str]:
    """The names in the order in which they first stand in the text."""
    return sorted(names, key=words.index)


async def test_tickets_are_in_the_order_of_the_events_page_everywhere(assembly: Assembly) -> None:
    show, names = await rearranged(assembly)
    async with browser(assembly) as client:
        shown = await client.get(links.event(show.slug))
        assert in_order(plain(shown), names) == names
        answer = await client.post(links.hold(show.slug), data={f"q_{one}": "1" for one in show.types})
        url = answer.headers["location"]
        checkout = await client.get(url)
        assert re.findall(r"<dt><bdi>1 × (\w+)", checkout.text) == names
        named = re.findall(r'name="attendee_([0-9a-f-]+)_1"', checkout.text)
        shown_types = {name: str(one) for name, one in zip(_NAMES, show.types, strict=True)}
        assert named == [shown_types[name] for name in names]
        typed = {f"attendee_{one}_1": f"Guest of {name}" for name, one in shown_types.items()}
        order = await client.post(
            url,
            data={
                **hidden(checkout.text, url),
                **typed,
                "name": "Ada Obi",
                "email": "ada@example.org",
                "method": "sandbox:push",
            },
        )
        path = order.headers["location"].removesuffix("/pay")
        page = await client.get(path)
        assert re.findall(r"<dt><bdi>1 × (\w+)", page.text) == names
        assert re.findall(r"Guest of (\w+)</bdi></a></h3>", page.text) == names
        file = pypdfium2.PdfDocument((await client.get(f"{path}/tickets.pdf")).content)
        words = " ".join(one.get_textpage().get_text_range() for one in file)
        assert re.findall(r"Guest of (\w+)", words) == names
    async with assembly.database.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT line.name, ticket.holder_name FROM tickets_ticket AS ticket "
                "JOIN orders_line AS line ON line.id = ticket.order_line_id"
            )
        )
        assert {row.holder_name for row in rows} == {f"Guest of {name}" for name in names}


async def test_the_api_answers_in_the_order_of_the_events_page(assembly: Assembly) -> None:
    show, names = await rearranged(assembly)
    items = [{"ticket_type_id": str(one), "quantity": 1} for one in show.types]
    async with program(assembly) as client:
        made = (await client.post("/api/v1/holds", json={"event": show.slug, "items": items})).json()
        again = (await client.get(f"/api/v1/holds/{made['token']}")).json()
        body = {"hold": made["token"], "email": "ada@example.org", "name": "Ada Obi"}
        order = (await client.post("/api/v1/orders", json=body)).json()
        later = (await client.get(f"/api/v1/orders/{order['token']}")).json()
        for answer in (made, again, order, later):
            assert [line["name"] for line in answer["lines"]] == names
        # What is wrong is still named by its place in what was sent.
        wrong = [*items[:2], {**items[2], "quantity": 1001}]
        refused = await client.post("/api/v1/holds", json={"event": show.slug, "items": wrong})
        assert "items.2.quantity" in refused.text


async def test_a_refused_choice_answers_at_its_message(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    url = links.hold(show.slug)
    async with browser(assembly) as client:
        # A fragment would stay in the address of everything that comes after: `autofocus` leads to the message instead.
        assert f'action="{url}"' in (await client.get(links.event(show.slug))).text
        answer = await hold(client, show, "0")
        assert answer.status_code == 422
        assert re.search(r'<div class="alert[^>]* tabindex="-1" id="wrong" autofocus>', answer.text)
        opened_later = await client.get(url)
        assert (opened_later.status_code, opened_later.headers["location"]) == (303, links.event(show.slug))
        assert (await client.get(links.hold("no-such-event") + "?q_x=1")).status_code == 404


async def test_what_was_typed_survives_keeping_the_places_longer(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, fields = await at_checkout(client, show)
        first = (await client.get(url)).text
        form = re.search(rf'<form[^>]*action="{re.escape(url)}".*?</form>', first, re.DOTALL)
        assert form is not None
        assert f'formaction="{url}/extend"' in form[0]
        assert form[0].index("Pay €50") < form[0].index("formaction"), "Enter pays"
        name = f"attendee_{show.types[0]}_2"
        typed = {**fields, "name": "Ada", "email": "not-yet", "method": "sandbox:slow", name: "Tunde Bello"}
        before = await counts(assembly)
        kept = await client.post(f"{url}/extend", data=typed)
        assert kept.status_code == 200
        assert "held a little longer" in kept.text
        for value in ("Ada", "not-yet", "Tunde Bello"):
            assert f'value="{value}"' in kept.text
        assert '<details class="disclose" open>' in kept.text
        assert re.search(r'value="sandbox:slow"[^>]* checked', kept.text)
        assert hidden(kept.text, url)["form_key"] == fields["form_key"]
        assert await counts(assembly) == before
        assert (await client.get(f"{url}/extend")).headers["location"] == url


async def test_whoever_holds_tickets_is_led_on_from_the_events_page(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Seat", 2500, 2))
    page = links.event(show.slug)
    async with browser(assembly) as client, browser(assembly) as other:
        await client.get(page)
        url, fields = await at_checkout(client, show)
        mine = await client.get(page)
        assert mine.headers["cache-control"] == "no-store"
        assert re.search(r"You are holding 2 tickets until (.+, )?\d\d:\d\d Berlin time\.", plain(mine)), (
            "before midnight or after"
        )
        assert f'href="{url}"' in mine.text
        theirs = await other.get(page)
        assert "You are holding" not in theirs.text
        tagged = await other.get(page)
        assert tagged.headers["cache-control"] == "public, no-cache"
        known = {"if-none-match": tagged.headers["etag"]}
        assert (await other.get(page, headers=known)).status_code == 304
        assert "You are holding" in (await client.get(page, headers=known)).text
        back = await client.post(f"{url}/release", data={"csrf": fields["csrf"]})
        again = await client.get(back.headers["location"])
        assert "You are holding" not in again.text
        assert re.search(rf'name="q_{show.types[0]}"[^>]* value="2"', again.text)
        assert "You are holding" not in (await client.get(page)).text
        assert (await client.get(page)).headers["cache-control"] == "public, no-cache"
        await place(client, show)
        assert "You are holding" not in (await client.get(page)).text
    await onsale.must_hold(assembly.database)


async def test_a_token_that_is_not_one_holds_nothing(assembly: Assembly) -> None:
    show, another = await put_on_sale(assembly), await put_on_sale(assembly)
    async with browser(assembly) as client:
        url, _ = await at_checkout(client, another)
        kept = next(name for name in client.cookies if name.endswith(another.slug))
        assert "You are holding" in (await client.get(links.event(another.slug))).text
        for token in ("nonsense", url.rsplit("/", 1)[1]):
            client.cookies.set(kept.replace(another.slug, show.slug), token)
            shown = await client.get(links.event(show.slug))
            assert shown.status_code == 200
            assert "You are holding" not in shown.text


async def test_places_that_two_tickets_share_are_counted_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, *TWO_KINDS, TypeOnSale("Balcony", 900, 1), shared=2)
    async with browser(assembly) as client:
        words = plain(await client.get(links.event(show.slug)))
        assert "Adult 2 left Shared with Child, Balcony" in words
        assert "Child 2 left Shared with Adult, Balcony" in words
        assert "Balcony 1 left €9" in words, "its own pool is what ends first"
        both = {f"q_{show.types[0]}": "2", f"q_{show.types[1]}": "1"}
        refused = await client.post(links.hold(show.slug), data=both)
        assert refused.status_code == 409
        assert "Not enough tickets are left, only 2." in plain(refused)
    assert (await counts(assembly))["holds"] == 0


async def test_the_number_says_why_it_ends(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Seat", 1, 100, 4), TypeOnSale("Sofa", 1, 3, 4))
    async with browser(assembly) as client:
        shown = (await client.get(links.event(show.slug))).text
    assert re.findall(r'aria-live="polite" data-end="([^"]+)"', shown) == ["4 per person", "Only 3 left"]


async def test_somebody_with_tickets_from_before_gets_a_way_on(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Seat", 2500, 20, 3), TypeOnSale("Sofa", 100, 20, 3))
    await onsale.place(assembly, show, 2, email="ada@example.org")
    seat, sofa = (f"q_{one}" for one in show.types[:2])
    async with browser(assembly) as client:
        answer = await client.post(links.hold(show.slug), data={seat: "2", sofa: "1"})
        url = answer.headers["location"]
        typed = {**hidden((await client.get(url)).text, url), "name": "Ada", "email": "ada@example.org"}
        before = await counts(assembly)
        refused = await client.post(url, data={**typed, "method": "sandbox:push"})
        assert refused.status_code == 409
        assert "at most 3 of these tickets. You already have 2." in plain(refused)
        assert "#f-quantity" not in refused.text
        assert await counts(assembly) == before
        button = re.search(r'name="(q_[^"]+)" value="(\d+)" formaction="([^"]+)"[^>]*>([^<]+)<', refused.text)
        assert button is not None
        assert button.groups() == (seat, "1", f"{url}/release", "Choose again, with 1 × Seat")
        back = await client.post(button[3], data={**typed, button[1]: button[2]})
        shown = (await client.get(back.headers["location"])).text
        assert re.search(rf'name="{seat}"[^>]* value="1"', shown)
        assert re.search(rf'name="{sofa}"[^>]* value="1"', shown)
    await onsale.must_hold(assembly.database)


async def test_a_second_try_that_fails_says_so(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        order = await place(client, show, "sandbox:failing")
        pay, retry = f"{order}/pay", f"{order}/pay/retry"
        page = await client.get(pay)
        assert "try failed too" not in page.text
        for nth in ("second", "third"):
            await client.post(retry, data=hidden(page.text, retry))
            page = await client.get(pay)
            assert re.search(rf"The {nth} try failed too, at \d\d:\d\d\.", plain(page))


async def test_a_waiting_order_is_given_up_after_a_question(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        order = await place(client, show, "sandbox:failing")
        url = f"{order}/cancel"
        assert f'href="{url}"' in (await client.get(f"{order}/pay")).text
        assert f'href="{url}"' in (await client.get(f"{order}/pay?choose=1")).text
        before = await counts(assembly)
        question = await client.get(url)
        assert "2 × General admission" in plain(question)
        assert await counts(assembly) == before
        done = await client.post(url, data=hidden(question.text, url))
        assert done.headers["location"] == order
        assert (await counts(assembly))["places"] == 0
        after = await client.get(order)
        assert "This order was cancelled." in after.text
        assert "Choose tickets again" in after.text
        assert (await client.get(url)).headers["location"] == order
        paid = await place(client, show)
        assert (await client.get(f"{paid}/cancel")).headers["location"] == paid
        assert f'href="{paid}/cancel"' not in (await client.get(f"{paid}/pay")).text
    await onsale.must_hold(assembly.database)


def test_no_ticket_is_chosen_by_a_number_below_one() -> None:
    kept = UUID(int=1)
    assert links.choose("a", {str(kept): 0}) == "/e/a#tickets"
    assert links.choose("a", {str(kept): -1}) == "/e/a#tickets"
