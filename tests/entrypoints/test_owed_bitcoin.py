"""Refunds in bitcoin that have not gone out stand on the organiser's page, and on nobody else's."""

import pytest

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.payments import bitcoin
from tests.entrypoints.test_buyers_way import plain
from tests.entrypoints.test_transfer_pages import signed_in
from tests.support.bitcoin_desk import payer_of
from tests.support.bitcoin_refunds import PRICE_SATS, asked, owed, send_named
from tests.support.onsale import put_on_sale


@pytest.mark.parametrize(
    ("rail", "label"),
    [(bitcoin.LIGHTNING, "Lightning"), (bitcoin.ONCHAIN, "On-chain")],
    ids=["lightning", "chain"],
)
async def test_what_waits_for_a_buyers_word_is_listed_for_its_organiser(
    assembly: Assembly, rail: str, label: str
) -> None:
    show, _ = await owed(assembly, rail)
    other = await put_on_sale(assembly)
    async with signed_in(assembly, show.owner) as client:
        words = plain(await client.get(links.organiser_bitcoin(f"o-{show.organiser_id.hex}")))
    assert f"€25 {label}, order" in words
    assert "Waits for the buyer to say where to" in words
    async with signed_in(assembly, other.owner) as client:
        words = plain(await client.get(links.organiser_bitcoin(f"o-{other.organiser_id.hex}")))
    assert "Waited for" in words
    assert "Goes back" not in words


async def test_what_has_gone_out_is_not_listed_any_more(assembly: Assembly) -> None:
    show, _ = await owed(assembly)
    [url] = await asked(assembly)
    invoice = await payer_of(assembly).invoice(PRICE_SATS)
    claims = assembly.money.refund_claims
    await claims.name(url.rsplit("/", 1)[1], invoice, visitor="198.51.100.7")
    await send_named(assembly)
    async with signed_in(assembly, show.owner) as client:
        words = plain(await client.get(links.organiser_bitcoin(f"o-{show.organiser_id.hex}")))
    assert "Waited for" in words
    assert "Goes back" not in words
