"""A buyer gives tickets back by the pages, and an organiser refunds a part: no script, the sum seen first."""

import html
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.refund_policy import Chosen, record_of
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.organiser_desk import desk, drafted
from tests.support.site import bearer, browser, counts

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
FULL = record_of(Chosen("full", days=7, with_fees=True))


@dataclass(frozen=True, slots=True)
class Bought:
    """A paid order and its token."""

    show: OnSale
    order: orders.OrderRow
    tickets: list[tickets.Ticket]
    token: str

    @property
    def part(self) -> str:
        """The organiser's page to refund a part."""
        slug = f"o-{self.show.organiser_id.hex}"
        return links.managed_event(slug, str(self.show.event_id), f"orders/{self.order.code}/refund/part")


async def bought(site: Assembly, quantity: int = 3, policy: dict[str, Any] | None = FULL) -> Bought:
    show = await put_on_sale(site, refund_policy=policy, fee_fixed_minor=100)
    paying = await buy(site, show, quantity)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        found = await tickets.by_order(reader, order.id)
    return Bought(show, order, found, site.links.make("order", order.id))


async def states(site: Assembly, order_id: UUID) -> list[str]:
    async with site.database.reading() as reader:
        return [one.state for one in await tickets.by_order(reader, order_id)]


def hidden(page: str) -> dict[str, list[str]]:
    """The hidden fields of the page's last form."""
    found: dict[str, list[str]] = {}
    for name, value in _HIDDEN.findall(page[page.rindex("<form") :]):
        found.setdefault(name, []).append(html.unescape(value))
    return found


async def test_a_buyer_sees_the_sum_then_gives_a_ticket_back(assembly: Assembly) -> None:
    mine = await bought(assembly)
    async with browser(assembly) as client:
        order = (await client.get(links.order(mine.token))).text
        assert links.order_give_back(mine.token) in order
        assert "Full refund, service fee included, until 7 days before the event starts." in order
        choice = (await client.get(links.order_give_back(mine.token))).text
        assert choice.count("€26") == 3
        asked = await client.get(
            links.order_give_back_confirm(mine.token), params={"ticket": mine.tickets[0].id.hex}
        )
        assert "Give back 1 ticket for €26" in asked.text
        assert "Your other 2 tickets stay as they are." in asked.text
        two = {"ticket": [one.id.hex for one in mine.tickets[:2]]}
        asked_two = await client.get(links.order_give_back_confirm(mine.token), params=two)
        assert "Your other ticket stays as it is." in asked_two.text
        assert await states(assembly, mine.order.id) == ["valid"] * 3
        fields = hidden(asked.text)
        done = await client.post(links.order_give_back_confirm(mine.token), data=fields)
        assert (done.status_code, done.headers["location"]) == (303, links.order(mine.token))
        again = await client.post(links.order_give_back_confirm(mine.token), data=fields)
        assert again.status_code == 303
        shown = html.unescape((await client.get(links.order(mine.token))).text)
        assert "€26 is on its way back to you." in shown
        assert "It goes to the account you paid from." in shown
        assert "You paid in the end" in shown
        watched = f'data-url="{links.order_money_back(mine.token)}" data-state="wanted"'
        assert watched in shown, "the page asks by itself how far it is"
        state = await client.get(links.order_money_back(mine.token))
        assert state.json() == {"state": "wanted"}
    assert sorted(await states(assembly, mine.order.id)) == ["cancelled", "valid", "valid"]
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM payments_refund"))).scalar_one() == 1
    await must_hold(assembly.database)


async def test_nothing_chosen_is_said_beside_the_choice(assembly: Assembly) -> None:
    mine = await bought(assembly)
    async with browser(assembly) as client:
        page = await client.get(links.order_give_back_confirm(mine.token))
        assert page.status_code == 422
        assert "Please choose at least one ticket." in page.text
        nonsense = await client.get(links.order_give_back_confirm(mine.token), params={"ticket": "x"})
        assert nonsense.status_code == 422
        assert (await client.get("/orders/nonsense/give-back")).status_code == 404


async def test_a_sum_that_changed_is_shown_again_and_nothing_happens(assembly: Assembly) -> None:
    mine = await bought(assembly)
    async with browser(assembly) as client:
        url = links.order_give_back_confirm(mine.token)
        fields = hidden((await client.get(url, params={"ticket": mine.tickets[0].id.hex})).text)
        before = await counts(assembly)
        for shown in ("2599", "", "-1", "9" * 40):
            sent = await client.post(url, data={**fields, "shown": shown})
            assert sent.headers["location"] == links.order_give_back(mine.token)
        elsewhere = {"sec-fetch-site": "cross-site"}
        forged = await client.post(url, data={**fields, "csrf": "x"}, headers=elsewhere)
        assert forged.status_code == 403
        assert await counts(assembly) == before


async def test_without_a_rule_there_is_nothing_to_give_back(assembly: Assembly) -> None:
    mine = await bought(assembly, policy=None)
    async with browser(assembly) as client:
        order = (await client.get(links.order(mine.token))).text
        assert links.order_give_back(mine.token) not in order
        assert (await client.get(links.order_give_back(mine.token))).status_code == 303


async def test_a_buyer_puts_names_on_the_tickets(assembly: Assembly) -> None:
    mine = await bought(assembly, 2)
    other = await bought(assembly, 1)
    first, second = (f"name_{one.id.hex}" for one in mine.tickets)
    async with browser(assembly) as client:
        url = links.order_names(mine.token)
        csrf = hidden((await client.get(url)).text)["csrf"][0]
        sent = await client.post(url, data={"csrf": csrf, first: "  Tunde Bello ", second: ""})
        assert sent.status_code == 303
        assert "Tunde Bello" in (await client.get(links.order(mine.token))).text
        wrong = await client.post(url, data={"csrf": csrf, first: "x" * 121, second: "Femi"})
        assert wrong.status_code == 422
        assert "at most 120 characters" in wrong.text
        foreign = f"name_{other.tickets[0].id.hex}"
        assert (await client.post(url, data={"csrf": csrf, foreign: "Mallory"})).status_code == 404
    async with assembly.database.reading() as reader:
        names = {one.id: one.holder_name for one in await tickets.by_order(reader, mine.order.id)}
    assert names == {mine.tickets[0].id: "Tunde Bello", mine.tickets[1].id: None}


async def test_an_organiser_sees_who_bears_what_then_refunds_a_part(assembly: Assembly) -> None:
    mine = await bought(assembly)
    person_id = mine.show.owner.person_id
    assert person_id is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, person_id))
        assert mine.part in (await client.get(mine.part.removesuffix("/part"))).text
        choice = (await client.get(mine.part)).text
        assert choice.count("€26") == 3
        assert "€78" in choice
        asked = await client.get(
            f"{mine.part}/confirm",
            params={"ticket": mine.tickets[0].id.hex, "how": "all", "with_fees": "1", "cancels": "1"},
        )
        for words in ("You give back", "€25", "The site gives back of its fee", "€1", "Refund €26"):
            assert words in asked.text
        assert "1 ticket will no longer be valid. Its place goes back on sale." in asked.text
        done = await client.post(mine.part, data=hidden(asked.text))
        assert done.status_code == 303
        goodwill = {"how": "amount", "amount": "10.00", "note": "Sorry."}
        asked = await client.get(f"{mine.part}/confirm", params=goodwill)
        assert "All tickets stay as they are." in asked.text
        assert (await client.post(mine.part, data=hidden(asked.text))).status_code == 303
        page = html.unescape((await client.get(mine.part.removesuffix("/refund/part"))).text)
        assert "You gave €26 back" in page
        assert "You gave €10 back (“Sorry.”)" in page
        for amount, words in (
            ("99", "At most €40 can still go back."),
            ("ten", "Write the amount"),
            ("0", "above zero"),
        ):
            wrong = await client.get(f"{mine.part}/confirm", params={**goodwill, "amount": amount})
            assert wrong.status_code in (409, 422)
            assert words in html.unescape(wrong.text), amount
    assert sorted(await states(assembly, mine.order.id)) == ["cancelled", "valid", "valid"]
    await must_hold(assembly.database)


@pytest.mark.parametrize("is_given_before", [False, True])
async def test_an_order_whose_money_went_back_before_is_only_cancelled(
    assembly: Assembly, is_given_before: bool
) -> None:
    mine = await bought(assembly, 1)
    assert mine.show.owner.person_id is not None
    whole = mine.part.removesuffix("/part")
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        if is_given_before:
            goodwill = {"how": "amount", "amount": "26.00", "with_fees": "1"}
            asked = await client.get(f"{mine.part}/confirm", params=goodwill)
            assert (await client.post(mine.part, data=hidden(asked.text))).status_code == 303
        asked = await client.get(whole)
        assert ("Cancel the order" if is_given_before else "Refund €26") in asked.text
        done = await client.post(whole)
        said = (await client.get(done.headers["location"])).text
    assert "The order is cancelled." in said
    assert ("The money is on its way back." in said) is not is_given_before
    assert await states(assembly, mine.order.id) == ["cancelled"]
    await must_hold(assembly.database)


async def test_who_may_not_refund_sees_no_part_of_it(assembly: Assembly) -> None:
    mine = await bought(assembly, 1)
    door = mine.show.door.person_id
    assert door is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, door))
        for url in (mine.part, f"{mine.part}/confirm"):
            assert (await client.get(url)).status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"refund_rule": "full", "refund_days": "3", "refund_fees": "1"},
            "Full refund, service fee included, until 3 days before the event starts. After that, nothing.",
        ),
        (
            {"refund_rule": "part", "refund_days": "0", "refund_percent": "50"},
            "Refund of 50 % of the price, without the service fee, until the event starts.",
        ),
        ({"refund_rule": "none"}, "No refunds, unless the event is called off."),
    ],
)
async def test_an_organiser_chooses_the_rule_that_the_page_says(
    assembly: Assembly, fields: dict[str, str], words: str
) -> None:
    async with desk(assembly, "rule") as who:
        edit = await drafted(who)
        values = await who.fields(edit)
        basics = {"title": "Harbour Night", "category": "music", "slug": values["slug"]}
        assert (await who.send(edit, f"{edit}/basics", {**basics, **fields})).status_code == 303
        preview = (await who.client.get(edit.replace("/edit", "/preview"))).text
        assert words in html.unescape(preview)
        wrong = {**basics, "refund_rule": "part", "refund_days": "-1", "refund_percent": "0"}
        refused = await who.send(edit, f"{edit}/basics", wrong)
        assert refused.status_code == 422
        assert "Choose 0 to 3650 days before the start" in html.unescape(refused.text)


async def test_the_newest_sum_that_goes_back_stands_first(assembly: Assembly) -> None:
    mine = await bought(assembly)
    async with browser(assembly) as client:
        for chosen in ([mine.tickets[0]], mine.tickets[1:]):
            url = links.order_give_back_confirm(mine.token)
            asked = await client.get(url, params=[("ticket", one.id.hex) for one in chosen])
            await client.post(url, data=hidden(asked.text))
        shown = html.unescape((await client.get(links.order(mine.token))).text)
    assert shown.index("€52 is on its way back to you.") < shown.index("€26 is on its way back to you.")
    assert "No valid tickets" in shown
    assert links.order_give_back(mine.token) not in shown
