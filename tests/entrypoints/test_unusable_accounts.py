"""Why an account cannot be added is said at its field, in words that say what to do; nothing is kept of it."""

from collections.abc import AsyncIterator

import pytest

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.pages.payments.guides import GUIDES
from admitone.payments import Mode
from admitone.values.actor import SYSTEM
from tests.support.nwc_wallet import a_relay, a_wallet
from tests.support.organiser_desk import Desk, desk, said

CORE = {"url": "https://node.example:8332", "user": "shop", "password": "secret"}
LND = {"host": "node.example:10009", "macaroon": "ab" * 60}
KEY = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
CONNECTION = f"nostr+walletconnect://{KEY}?relay=wss://relay.damus.io&secret={'11' * 32}"
BANK = {"holder": "Ann", "iban": "DE89370400440532013000"}
NO_ADDRESS = "This cannot be used: it is no address such as https://node.example.org:8332."


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


@pytest.mark.parametrize(
    ("provider", "typed", "field", "sentence"),
    [
        ("bitcoin_core", CORE | {"url": "not a url"}, "url", NO_ADDRESS),
        (
            "bitcoin_core",
            CORE | {"url": "http://8.8.8.8:8332"},
            "url",
            "This cannot be used: it has to begin with https://.",
        ),
        (
            "bitcoin_core",
            CORE | {"least_confirmations": "5000000"},
            "least_confirmations",
            "This cannot be used: it has to be a whole number up to 100.",
        ),
        (
            "bitcoin_core",
            CORE | {"user": "shop:door"},
            "user",
            "This cannot be used: it has to be a name without a colon.",
        ),
        (
            "lnd",
            LND | {"macaroon": "00ff"},
            "macaroon",
            "This cannot be used: it is too short for a macaroon, or some of it is missing.",
        ),
        (
            "lnd",
            LND | {"macaroon": "hello there!"},
            "macaroon",
            "This cannot be used: it is neither hexadecimal nor Base64.",
        ),
        (
            "nwc",
            {"uri": CONNECTION.replace("secret=", "")},
            "uri",
            "The secret of this connection is missing or damaged. Please copy all of it again.",
        ),
        (
            "nwc",
            {"uri": CONNECTION.replace("relay.damus.io", "10.0.0.8")},
            "uri",
            "The relay of this connection is on a private network, which we do not connect to. "
            "Choose a public relay.",
        ),
        (
            "nwc",
            {"uri": CONNECTION.replace("wss", "ws")},
            "uri",
            "The relay of this connection is not reached by an encrypted address: "
            "it has to begin with wss://.",
        ),
        ("bank", BANK | {"iban": "DE00"}, "iban", "This cannot be used: it has to be a complete IBAN."),
    ],
    ids=[
        "no-url",
        "not-encrypted",
        "confirmations",
        "colon",
        "half-a-macaroon",
        "no-macaroon",
        "no-secret",
        "private-relay",
        "plain-relay",
        "iban",
    ],
)
async def test_what_cannot_be_as_it_was_typed_is_said_at_its_field(
    ann: Desk, assembly: Assembly, provider: str, typed: dict[str, str], field: str, sentence: str
) -> None:
    form = f"{ann.base}/payments/add/{provider}/test"
    refused = await ann.send(form, form, typed)
    assert refused.status_code == 422
    assert sentence in said(refused)
    assert f'id="e-{field}"' in refused.text
    assert "does not accept these keys" not in said(refused)
    assert ("This cannot be used" in said(refused)) == sentence.startswith("This cannot be used")
    async with assembly.database.reading() as reader:
        mine = await payments.accounts_of(reader, None)
    assert provider not in {one.provider for one in mine}


@pytest.mark.parametrize(
    ("provider", "typed", "field", "place"),
    [
        ("bitcoin_core", CORE | {"url": "http://127.0.0.1:1"}, "url", "127.0.0.1:1"),
        ("bitcoin_core", CORE | {"url": "https://no-such-host.invalid"}, "url", "no-such-host.invalid"),
        ("lnd", LND | {"host": "127.0.0.1:1"}, "host", "127.0.0.1:1"),
        ("lnd", LND | {"host": "no-such-host.invalid"}, "host", "no-such-host.invalid:10009"),
    ],
    ids=["core-no-port", "core-no-host", "lnd-no-port", "lnd-no-host"],
)
async def test_a_node_that_is_not_there_is_named_with_what_to_check(
    ann: Desk, provider: str, typed: dict[str, str], field: str, place: str
) -> None:
    form = f"{ann.base}/payments/add/{provider}/test"
    away = await ann.send(form, form, typed)
    assert away.status_code == 503
    assert f"No node answers at {place}. Please check that it runs, that host and port are right" in said(
        away
    )
    assert f'id="e-{field}"' in away.text
    assert typed.get("password", "no password") not in away.text


async def test_a_wallet_whose_relay_is_gone_is_named_by_its_relay(assembly: Assembly) -> None:
    async with a_relay() as relay, a_wallet(relay) as theirs:
        uri = theirs.uri
    with pytest.raises(payments.ProviderAway) as away:
        await assembly.money.payment_setup.add(SYSTEM, None, "nwc", Mode.TEST, {"uri": uri})
    assert away.value.sentence.startswith("No wallet answers by the relay 127.0.0.1.")
    assert away.value.field == "uri"


@pytest.mark.parametrize("provider", sorted(GUIDES))
async def test_the_form_says_what_is_needed_before(ann: Desk, provider: str) -> None:
    shown = said(await ann.client.get(f"{ann.base}/payments/add/{provider}/test"))
    assert all(step in shown for step in GUIDES[provider])
