"""Messages signed by a real Bitcoin Core are read as it reads them; who paid on a real chain can sign for it."""

import base64
from collections.abc import AsyncIterator
from hashlib import sha256

import coincurve
import pytest

from admitone.payments.bitcoin import is_signed_by, same_address
from admitone.plumbing.database import Database
from tests.support.bitcoind import Bitcoind
from tests.support.core_account import SAT_PER_CENT, CoreAccount, core_account

MESSAGES = (
    "",
    "tickets.example ticket 1: show that it is mine. Code ab, until 2026-11-22T19:42:00Z.",
    "žluťoučký kůň",
)


@pytest.fixture
async def shop(bitcoind: Bitcoind, db: Database) -> AsyncIterator[CoreAccount]:
    """An organiser's account."""
    async with core_account(bitcoind, db) as account:
        yield account


def test_a_signature_by_core_is_right_here_and_a_wrong_one_wrong_in_both(bitcoind: Bitcoind) -> None:
    purse = bitcoind.new_purse("signer")
    address = bitcoind.rpc("getnewaddress", "", "legacy", purse=purse)
    other = bitcoind.rpc("getnewaddress", "", "legacy", purse=purse)
    for message in MESSAGES:
        signature = bitcoind.rpc("signmessage", address, message, purse=purse)
        assert is_signed_by(address, message, signature)
        for where, what in ((other, message), (address, message + " ")):
            assert bitcoind.rpc("verifymessage", where, signature, what) is False
            assert not is_signed_by(where, what, signature)


def test_core_takes_what_a_key_signs_as_we_do(bitcoind: Bitcoind) -> None:
    key = coincurve.PrivateKey(b"\x05" * 32)
    # The private key as Core imports it (regtest, compressed).
    secret = base58check(b"\xef" + key.secret + b"\x01")
    for message in MESSAGES:
        signature = bitcoind.rpc("signmessagewithprivkey", secret, message)
        assert len(base64.b64decode(signature)) == 65
        [address] = [
            one
            for one in bitcoind.rpc("deriveaddresses", described(bitcoind, f"pkh({secret})"))
            if is_signed_by(one, message, signature)
        ]
        assert bitcoind.rpc("verifymessage", address, signature, message) is True
        [witness] = bitcoind.rpc("deriveaddresses", described(bitcoind, f"wpkh({secret})"))
        assert is_signed_by(witness, message, signature), "as Electrum signs for such an address"


def described(node: Bitcoind, descriptor: str) -> str:
    """The descriptor with its checksum."""
    checksum = node.rpc("getdescriptorinfo", descriptor)["checksum"]
    return f"{descriptor}#{checksum}"


def base58check(body: bytes) -> str:
    """Base58Check, as keys are written."""
    signs = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = int.from_bytes(body + sha256(sha256(body).digest()).digest()[:4])
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = signs[rest] + text
    return text


async def test_whoever_paid_on_the_chain_signs_by_an_address_it_came_from(shop: CoreAccount) -> None:
    node, purse = shop.node, shop.node.new_purse("payer")
    payer = node.rpc("getnewaddress", "", "legacy", purse=purse)
    node.rpc("sendtoaddress", payer, "1", purse=node.miner)
    node.mine()
    ask = shop.ask()
    address = await shop.started(ask)
    amount = f"{2500 * SAT_PER_CENT / 10**8:.8f}"
    node.rpc("sendtoaddress", address, amount, purse=purse)
    assert shop.provider.roles.knows_payers is not None
    assert await shop.provider.roles.knows_payers.payers(address, 1250) == [], "not before it is final"
    node.mine(3)
    await shop.provider.status(ask.attempt_id, address)
    found = await shop.provider.roles.knows_payers.payers(address, 1250)
    assert [same_address(one, payer) for one in found] == [True]
    signature = node.rpc("signmessage", payer, MESSAGES[1], purse=purse)
    assert is_signed_by(found[0], MESSAGES[1], signature)
