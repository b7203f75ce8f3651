"""A Bitcoin Core that moves is the same account with all that was paid into it; another wallet is another account."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from admitone import payments
from admitone.assembly import Assembly
from admitone.payments import Mode
from admitone.values.refusals import Problems
from tests.support.bitcoind import PASSWORD, USER, Bitcoind, private_node
from tests.support.onsale import must_hold, place, put_on_sale
from tests.support.waiting import eventually_async

PRICE = Decimal("0.0005")
"""25.00 EUR at the play rate."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Bitcoind]:
    """Another node, to which a wallet is taken."""
    with private_node() as node:
        yield node


def keys(node: Bitcoind, purse: str, host: str = "127.0.0.1") -> dict[str, str]:
    """What an organiser types."""
    port = urlsplit(node.url).port
    return {"url": f"http://{host}:{port}", "wallet": purse, "user": USER, "password": PASSWORD}


def taken_to(other: Bitcoind, node: Bitcoind, purse: str) -> str:
    """A wallet of the same descriptors at another node, which knows nothing else of it; its name."""
    made = f"{purse}-moved"
    known = node.rpc("listdescriptors", True, purse=purse)["descriptors"]
    other.rpc("createwallet", made, False, True)
    wanted = [
        {"desc": one["desc"], "active": one["active"], "internal": one["internal"], "timestamp": "now"}
        for one in known
    ]
    done = other.rpc("importdescriptors", wanted, purse=made)
    assert all(one["success"] for one in done), done
    return made


async def test_a_node_that_moves_is_the_same_account_and_another_wallet_is_not(
    assembly: Assembly, bitcoind: Bitcoind, elsewhere: Bitcoind
) -> None:
    show, setup = await put_on_sale(assembly), assembly.money.payment_setup
    purse = bitcoind.new_purse()
    added = await setup.add(show.owner, show.organiser_id, "bitcoin_core", Mode.TEST, keys(bitcoind, purse))
    with pytest.raises(Problems) as untyped:
        await setup.change_keys(
            show.owner,
            show.organiser_id,
            added.id,
            {**keys(bitcoind, purse, "localhost"), "password": ""},
        )
    assert [one.field for one in untyped.value.problems] == ["password"]
    for moved in (keys(bitcoind, purse, "localhost"), keys(elsewhere, taken_to(elsewhere, bitcoind, purse))):
        kept = await setup.change_keys(show.owner, show.organiser_id, added.id, moved)
        assert (kept.id, kept.ref, kept.state) == (added.id, added.ref, "active")
        assert setup.hints(kept)["url"] == moved["url"]
    for other in (keys(bitcoind, bitcoind.new_purse()), keys(elsewhere, elsewhere.new_purse())):
        with pytest.raises(payments.OtherAccount):
            await setup.change_keys(show.owner, show.organiser_id, added.id, other)


async def test_what_is_paid_after_the_move_to_an_address_from_before_it_becomes_tickets(
    assembly: Assembly, bitcoind: Bitcoind
) -> None:
    show, setup = await put_on_sale(assembly), assembly.money.payment_setup
    purse = bitcoind.new_purse()
    added = await setup.add(show.owner, show.organiser_id, "bitcoin_core", Mode.TEST, keys(bitcoind, purse))
    attempt = (await assembly.payment.pay((await place(assembly, show)).id, "bitcoin_core:onchain")).attempt
    assert attempt.provider_ref is not None
    moved = keys(bitcoind, purse, "localhost")
    assert (await setup.change_keys(show.owner, show.organiser_id, added.id, moved)).id == added.id
    bitcoind.pay(attempt.provider_ref, PRICE)
    bitcoind.mine()

    async def is_paid() -> bool:
        settled = await assembly.settlement.ask(attempt)
        return settled is not None and settled.order_state == "paid"

    assert await eventually_async(is_paid)
    await must_hold(assembly.database)


async def test_every_look_says_the_same_and_takes_no_further_address(
    assembly: Assembly, bitcoind: Bitcoind
) -> None:
    show, setup = await put_on_sale(assembly), assembly.money.payment_setup
    purse = bitcoind.new_purse()
    added = await setup.add(show.owner, show.organiser_id, "bitcoin_core", Mode.TEST, keys(bitcoind, purse))
    refs = {(await setup.look(show.owner, show.organiser_id, added.id)).ref for _ in range(3)}
    assert refs == {added.ref}
    assert len(bitcoind.rpc("getaddressesbylabel", "admitone", purse=purse)) == 1


async def test_a_wallet_without_addresses_is_said_at_its_field(
    assembly: Assembly, bitcoind: Bitcoind
) -> None:
    show, setup = await put_on_sale(assembly), assembly.money.payment_setup
    bitcoind.rpc("createwallet", "blank-wallet", True, True)
    with pytest.raises(payments.BadCredentials) as refused:
        await setup.add(
            show.owner, show.organiser_id, "bitcoin_core", Mode.TEST, keys(bitcoind, "blank-wallet")
        )
    assert refused.value.field == "wallet"
