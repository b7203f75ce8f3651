"""Who paid for a ticket is whoever brought half of its order's price; a crumb, or the last cent, is anybody's."""

import pytest

from admitone.assembly import Assembly
from admitone.payments.providers.play_bitcoin.spender import SPENDER_ADDRESS, sign_message
from tests.support.held_tickets import Held, ask, by_both, on_chain, proofs, prove
from tests.support.site import program


async def said_to(site: Assembly, held: Held, preimage: str) -> tuple[list[str], str, str]:
    """The ways that can work, and what is said to the payer's signature and to the preimage; `yes` when it is one."""
    said = []
    async with program(site) as client:
        for proof in ("signature", "preimage"):
            asked = await ask(client, held.token)
            if proof == "preimage":
                answer = await prove(client, held.token, asked["challenge"], preimage=preimage)
            else:
                signed = sign_message(asked["message"])
                answer = await prove(
                    client, held.token, asked["challenge"], address=SPENDER_ADDRESS, signature=signed
                )
            said.append("yes" if answer.status_code == 200 else str(answer.json()["code"]))
    return asked["ways"], said[0], said[1]


@pytest.mark.parametrize(
    ("chain_sats", "ways", "by_signature", "by_preimage"),
    [
        pytest.param(600, ["account", "preimage"], "ownership.not_paid_so", "yes", id="a stranger's dust"),
        pytest.param(24_980, ["account", "preimage"], "ownership.not_paid_so", "yes", id="less than half"),
        pytest.param(25_000, ["account", "preimage", "signature"], "yes", "yes", id="half each"),
        pytest.param(49_400, ["account", "signature"], "yes", "ownership.not_paid_so", id="nearly all"),
    ],
)
async def test_half_of_the_price_makes_whoever_sent_it_a_payer(
    assembly: Assembly, chain_sats: int, ways: list[str], by_signature: str, by_preimage: str
) -> None:
    held, preimage = await by_both(assembly, chain_sats)
    assert await said_to(assembly, held, preimage) == (ways, by_signature, by_preimage)
    assert await proofs(assembly) == (by_signature, by_preimage).count("yes")


@pytest.mark.parametrize(
    ("sats", "ways"),
    [
        pytest.param((600, 49_400), ["account", "signature"], id="dust first"),
        pytest.param((17_000, 17_000, 16_000), ["account"], id="three parts"),
    ],
)
async def test_parts_on_the_chain_are_looked_at_one_by_one(
    assembly: Assembly, sats: tuple[int, ...], ways: list[str]
) -> None:
    held = await on_chain(assembly, *sats)
    shown, by_signature, _ = await said_to(assembly, held, "00" * 32)
    assert shown == ways
    assert by_signature == ("yes" if "signature" in ways else "ownership.not_paid_so")
