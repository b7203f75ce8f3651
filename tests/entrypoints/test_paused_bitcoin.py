"""An organiser pauses their account while somebody pays: what was given stays payable, shown with no contradiction.
Nothing new is given.
"""

import pytest

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from tests.entrypoints.test_bitcoin_pages import ends_its_rate, paying
from tests.entrypoints.test_buyer_pages import hidden, hidden_csrf
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import payer_of, takes_bitcoin
from tests.support.onsale import OnSale, must_hold, put_on_sale
from tests.support.site import browser, counts, program

REFUSAL = "This way of paying is not available for this order. Please choose another."


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return show


async def pauses(site: Assembly, show: OnSale) -> None:
    async with site.database.reading() as reader:
        [account] = [
            one
            for one in await payments.accounts_of(reader, show.organiser_id)
            if one.provider == "play_bitcoin"
        ]
    await site.money.payment_setup.pause(show.owner, show.organiser_id, account.id)


async def test_a_code_from_before_is_shown_quietly_and_pays(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client, program(assembly) as api:
        at = await paying(client, show)
        form = await client.get(f"{links.pay(at.token)}?choose=1")
        await pauses(assembly, show)
        before = await counts(assembly)
        pressed = await client.post(at.path, data=hidden_csrf("", form))
        assert (pressed.status_code, pressed.headers["location"]) == (303, at.path)
        shown = await client.get(at.path)
        assert REFUSAL not in plain(shown)
        assert at.uri.partition("?")[0] in shown.text
        asked = await api.post(f"/api/v1/orders/{at.token}/bitcoin")
        assert (asked.status_code, len(asked.json()["rails"])) == (201, 2)
        assert await counts(assembly) == before
        await payer_of(assembly).pay_invoice(at.payment_hash)
        await assembly.settlement.ask_about_order(assembly.links.read("order", at.token))
        assert "Paid. You are going." in plain(await client.get(at.path))
    await must_hold(assembly.database)


async def test_when_its_rate_has_ended_nothing_new_is_given(assembly: Assembly, show: OnSale) -> None:
    async with browser(assembly) as client, program(assembly) as api:
        at = await paying(client, show)
        await ends_its_rate(assembly, at)
        page = (await client.get(at.path)).text
        await pauses(assembly, show)
        pressed = await client.post(at.path, data=hidden(page, at.path))
        assert pressed.headers["location"] == at.path
        shown = await client.get(at.path)
        assert REFUSAL in plain(shown)
        assert "<svg xmlns" not in shown.text
        assert (await api.post(f"/api/v1/orders/{at.token}/bitcoin")).json()[
            "code"
        ] == "payments.method_not_offered"
