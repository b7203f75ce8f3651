"""What connected wallets are asked and how their answers count: over a relay, with a wallet on its other side."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from admitone.payments.nwc import (
    ConnectedWalletAway,
    ConnectedWalletRefused,
    ConnectionUri,
    Told,
    WalletPaymentState,
    read_uri,
)
from admitone.payments.providers.nwc import NwcWallets
from admitone.payments.providers.nwc import buyers_wallets as asking
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from tests.support.nwc_wallet import METHODS, PlayedWallet, a_relay, a_wallet

PREIMAGE = b"\x07" * 32
HASH = hashlib.sha256(PREIMAGE).hexdigest()
BOLT11 = "lnbcrt1theirinvoice"


@pytest.fixture
async def relay() -> AsyncIterator[str]:
    """A relay."""
    async with a_relay() as address:
        yield address


@pytest.fixture
async def theirs(relay: str) -> AsyncIterator[PlayedWallet]:
    """A buyer's wallet that can pay `BOLT11`, of 5,000 satoshi."""
    async with a_wallet(relay) as played:
        played.knows(BOLT11, PREIMAGE, 5_000_000)
        yield played


@pytest.fixture
def desk() -> NwcWallets:
    """Asks them, on this machine too."""
    return NwcWallets(PublicFetch(loopback=True), SystemClock())


def uri_of(played: PlayedWallet) -> ConnectionUri:
    """The connection as pasted and read."""
    return read_uri(played.uri, loopback=True)


async def test_a_wallet_says_who_it_is_what_it_may_and_how_much_is_left(
    desk: NwcWallets, theirs: PlayedWallet
) -> None:
    look = await desk.look(uri_of(theirs))
    assert (look.alias, look.network, look.methods, look.can_pay) == ("Ada's phone", "regtest", METHODS, True)
    assert look.budget is not None
    assert (look.budget.total_msat, look.budget.left_msat, look.budget.period) == (
        100_000_000,
        100_000_000,
        "daily",
    )


async def test_a_wallet_of_the_old_encryption_is_asked_in_the_old_way(desk: NwcWallets, relay: str) -> None:
    async with a_wallet(relay, is_old=True, alias="Old one", methods=("get_info",)) as old:
        look = await desk.look(uri_of(old))
    assert (look.alias, look.can_pay, look.budget) == ("Old one", False, None)


async def test_a_payment_counts_when_its_proof_fits(desk: NwcWallets, theirs: PlayedWallet) -> None:
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.PAID, fees_msat=1000)
    assert theirs.used_msat == 5_000_000


async def test_a_proof_that_does_not_fit_is_not_believed(desk: NwcWallets, theirs: PlayedWallet) -> None:
    theirs.say = lambda method, said: {**said, "preimage": "11" * 32}
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="bad_proof")
    assert await desk.look_up(uri_of(theirs), BOLT11, HASH) == Told(
        WalletPaymentState.UNKNOWN, 1000, "bad_proof"
    )


async def test_an_answer_that_is_lost_leaves_the_outcome_unknown_until_it_is_looked_up(
    desk: NwcWallets, theirs: PlayedWallet
) -> None:
    theirs.silent["pay_invoice"] = 1
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=1)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="silent")
    assert await desk.look_up(uri_of(theirs), BOLT11, HASH) == Told(WalletPaymentState.PAID, fees_msat=1000)


async def test_a_wallet_that_says_failed_of_what_it_has_paid_has_paid(
    desk: NwcWallets, theirs: PlayedWallet
) -> None:
    await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5) == Told(
        WalletPaymentState.PAID, fees_msat=1000
    )
    assert theirs.used_msat == 5_000_000


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"balance_msat": 10}, "INSUFFICIENT_BALANCE"),
        ({"used_msat": 99_999_999}, "QUOTA_EXCEEDED"),
        ({"methods": ("get_info",)}, "NOT_IMPLEMENTED"),
        (
            {"preimages": {}, "lists": {HASH: {"type": "outgoing", "state": "failed"}}},
            "PAYMENT_FAILED",
        ),
    ],
)
async def test_a_no_of_the_wallet_is_a_no(
    desk: NwcWallets, theirs: PlayedWallet, state: dict[str, Any], said: str
) -> None:
    for name, value in state.items():
        setattr(theirs, name, value)
    theirs.methods = (*theirs.methods, "lookup_invoice")
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.REFUSED, reason=said)


async def test_a_failure_that_the_wallet_does_not_list_may_be_on_its_way(
    desk: NwcWallets, theirs: PlayedWallet
) -> None:
    theirs.noes["pay_invoice"] = "PAYMENT_FAILED"
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="PAYMENT_FAILED")


@pytest.mark.parametrize("state", ["settled", "failed", "pending"])
async def test_what_came_in_under_the_same_hash_is_not_what_went_out(
    desk: NwcWallets, theirs: PlayedWallet, state: str
) -> None:
    theirs.lists[HASH] = {"type": "incoming", "state": state, "preimage": PREIMAGE.hex()}
    told = await desk.look_up(uri_of(theirs), BOLT11, HASH)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="NOT_FOUND")


async def test_a_word_nobody_knows_is_no_no(desk: NwcWallets, theirs: PlayedWallet) -> None:
    theirs.say = lambda method, said: said if method != "pay_invoice" else {"not": "a result"}
    told = await desk.pay(uri_of(theirs), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="bad_proof")


async def test_a_relay_that_is_away_has_passed_nothing_on(desk: NwcWallets, theirs: PlayedWallet) -> None:
    gone = theirs.uri.replace(theirs.relay, "ws://127.0.0.1:1")
    told = await desk.pay(read_uri(gone, loopback=True), BOLT11, HASH, seconds=5)
    assert told == Told(WalletPaymentState.REFUSED, reason="away")
    assert theirs.asked == []
    with pytest.raises(ConnectedWalletAway):
        await desk.look(read_uri(gone, loopback=True))


async def test_the_second_relay_is_asked_when_the_first_is_away(
    desk: NwcWallets, theirs: PlayedWallet
) -> None:
    both = theirs.uri.replace(f"relay={theirs.relay}", f"relay=ws://127.0.0.1:1&relay={theirs.relay}")
    assert (await desk.look(read_uri(both, loopback=True))).alias == "Ada's phone"


async def test_the_first_question_may_go_unanswered(
    desk: NwcWallets, theirs: PlayedWallet, monkeypatch: Any
) -> None:
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0.5)
    theirs.silent["get_info"] = 1
    assert (await desk.look(uri_of(theirs))).alias == "Ada's phone"
    theirs.silent["get_info"] = 2
    with pytest.raises(ConnectedWalletAway):
        await desk.look(uri_of(theirs))


async def test_a_connection_the_wallet_refuses_is_told_apart(desk: NwcWallets, theirs: PlayedWallet) -> None:
    theirs.methods = ()
    with pytest.raises(ConnectedWalletRefused):
        await desk.look(uri_of(theirs))


async def test_strangers_at_the_relay_do_not_answer_for_the_wallet(
    desk: NwcWallets, relay: str, theirs: PlayedWallet, monkeypatch: Any
) -> None:
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0.5)
    async with a_wallet(relay, alias="Mallory") as stranger:
        # The stranger answers to the same program, with other keys.
        stranger.client_keys = theirs.client_keys
        assert (await desk.look(uri_of(theirs))).alias == "Ada's phone"
        assert stranger.asked == []


async def test_nothing_that_is_printed_tells_the_secret(desk: NwcWallets, theirs: PlayedWallet) -> None:
    uri = uri_of(theirs)
    with pytest.raises(ConnectedWalletAway) as refused:
        await desk.look(read_uri(theirs.uri.replace(theirs.relay, "ws://127.0.0.1:1"), loopback=True))
    printed = json.dumps(
        [repr(uri), str(uri), repr(refused.value), str(refused.value), repr(refused.value.data)]
    )
    assert uri.secret not in printed
