"""The tab for UMA names on the page of paying with Bitcoin: what was typed stays, and the order has its own names."""

import pytest

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.uma_request import PUSHES
from tests.entrypoints.test_bitcoin_pages import paying
from tests.entrypoints.test_buyer_pages import hidden
from tests.entrypoints.test_buyers_way import plain
from tests.support.bitcoin_desk import takes_bitcoin
from tests.support.onsale import OnSale, put_on_sale
from tests.support.site import browser


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    """An event for whose tickets one can pay with Bitcoin."""
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return show


async def test_too_many_requests_are_refused_beside_the_field_with_the_name_kept(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        order_id = assembly.links.read("order", at.token)
        for _ in range(PUSHES.most):
            await assembly.limiter.take(PUSHES, str(order_id))
        fields = hidden((await client.get(f"{at.path}?way=uma")).text, links.pay_bitcoin_uma(at.token))
        refused = await client.post(
            links.pay_bitcoin_uma(at.token), data={**fields, "address": "$ada@x.example"}
        )
        assert refused.status_code == 429
        assert 'value="$ada@x.example"' in refused.text
        assert 'id="e-address"' in refused.text


async def test_a_name_whose_provider_does_not_answer_stays_in_its_field(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        fields = hidden((await client.get(f"{at.path}?way=uma")).text, links.pay_bitcoin_uma(at.token))
        typed = {**fields, "address": "$ada@nope.invalid"}
        asked = await client.post(links.pay_bitcoin_uma(at.token), data=typed)
        assert asked.status_code == 303
        shown = await client.get(f"{at.path}?way=uma")
        assert 'value="$ada@nope.invalid"' in shown.text
        assert plain(shown).count("nope.invalid does not answer. Please check the name") == 1


async def test_the_names_under_which_the_order_itself_is_paid_are_told(
    assembly: Assembly, show: OnSale
) -> None:
    async with browser(assembly) as client:
        at = await paying(client, show)
        found = await assembly.by_address.lnurl.addresses(assembly.links.read("order", at.token))
        words = plain(await client.get(f"{at.path}?way=uma"))
        assert f"Or send to this UMA name ${found.lightning}" in words
        assert f"Or to this Lightning Address {found.lightning}" in words
        assert found.lightning not in plain(await client.get(at.path))
