"""The checkout says how many tickets are held, and of one not how many."""

import pytest

from admitone.assembly import Assembly
from tests.entrypoints.test_buyer_pages import at_checkout
from tests.support.onsale import put_on_sale
from tests.support.site import browser


@pytest.mark.parametrize(
    ("quantity", "words"),
    [("1", "Your ticket is held until"), ("2", "Your 2 tickets are held until")],
    ids=["one", "two"],
)
async def test_what_is_held_is_counted_as_people_do(assembly: Assembly, quantity: str, words: str) -> None:
    show = await put_on_sale(assembly)
    async with browser(assembly) as client:
        path, _ = await at_checkout(client, show, quantity)
        assert words in (await client.get(path)).text
