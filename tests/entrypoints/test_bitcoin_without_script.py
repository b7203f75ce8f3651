"""Without script, what is to be paid can be copied whole, and the page wipes nothing that somebody types."""

import re

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from tests.support.bitcoin_desk import asked_by, takes_bitcoin
from tests.support.onsale import place, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import program

_WHOLE = re.compile(r"<noscript><textarea[^>]* readonly[^>]*>([^<]+)</textarea></noscript>")
_RELOADS = '<meta http-equiv="refresh"'


async def test_the_invoice_is_whole_and_only_a_page_without_a_field_reloads(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    await assembly.pay_with_bitcoin.open(order.id)
    invoice = (await asked_by(assembly, order.id, "lightning")).bolt11
    url = links.pay_bitcoin(assembly.links.make("order", order.id))
    async with program(assembly) as client:
        code = said(await client.get(url))
        typed = said(await client.get(links.with_query(url, way="uma")))
    assert invoice is not None
    assert invoice in _WHOLE.findall(code)
    assert _RELOADS in code
    assert 'name="address"' in typed
    assert _RELOADS not in typed
    assert "Look again" in typed
