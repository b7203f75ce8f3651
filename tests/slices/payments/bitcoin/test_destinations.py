"""What a buyer types is something bitcoin can be sent to, on the right network, of the right amount, or is refused."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments.bitcoin import (
    AddressOfOtherAmount,
    Asked,
    Destination,
    DestinationOfOtherNetwork,
    DestinationOfOtherRail,
    InvoiceEndsSoon,
    InvoiceOfOtherAmount,
    NoDestination,
    Wanted,
    bolt11,
    encode_lnurl,
    read_destination,
    read_invoice,
)
from admitone.values.refusals import Refusal

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LIGHTNING = Wanted("lightning", "mainnet", 50_000_000)
CHAIN = Wanted("onchain", "mainnet", 50_000_000)
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
OLD = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
SCRIPT = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
REGTEST = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"


def invoice(
    amount_msat: int | None = 50_000_000, prefix: str = "lnbc", seconds: int = 3600, hash_: bytes = b"h" * 32
) -> str:
    """An invoice made now."""
    new = bolt11.NewBolt11(prefix, amount_msat, NOW, hash_, b"s" * 32, "refund", None, seconds)
    return bolt11.encode(new, b"\x01" * 32)


@pytest.mark.parametrize("amount", [50_000_000, None])
def test_an_invoice_of_the_amount_or_of_none_is_taken(amount: int | None) -> None:
    for written in (invoice(amount), invoice(amount).upper(), f"  lightning:{invoice(amount)}\n"):
        found = read_destination(written, LIGHTNING, NOW)
        assert found == Destination(invoice(amount), (b"h" * 32).hex(), NOW + timedelta(hours=1))
    assert read_invoice(f"lightning:{invoice(amount)}", LIGHTNING, NOW).value == invoice(amount)


@pytest.mark.parametrize("address", [SEGWIT, TAPROOT, OLD, SCRIPT])
def test_addresses_of_all_kinds_are_taken(address: str) -> None:
    for written in (address, f"bitcoin:{address}", f"bitcoin:{address}?label=Refund&amount=0.0005"):
        assert read_destination(written, CHAIN, NOW) == Destination(address)
    if address.startswith("bc1"):
        assert read_destination(f"BITCOIN:{address.upper()}", CHAIN, NOW) == Destination(address)


def test_a_bip_21_address_gives_the_part_that_fits() -> None:
    both = f"bitcoin:{SEGWIT}?amount=0.0005&lightning={invoice().upper()}"
    assert read_destination(both, CHAIN, NOW) == Destination(SEGWIT)
    assert read_destination(both, LIGHTNING, NOW) == read_destination(invoice(), LIGHTNING, NOW)
    for amount in ("0.0006", "1e-4"):
        with pytest.raises(AddressOfOtherAmount, match=r"50,000.sats .* copy the address alone") as caught:
            read_destination(f"bitcoin:{SEGWIT}?amount={amount}", CHAIN, NOW)
        assert "invoice" not in caught.value.sentence
        with pytest.raises(DestinationOfOtherRail):
            read_destination(f"bitcoin:{SEGWIT}?amount={amount}", LIGHTNING, NOW)
    with pytest.raises(NoDestination):
        read_destination(f"bitcoin:{SEGWIT}?req-somethingnew=1", CHAIN, NOW)


ASKED = [
    ("Ada@Pay.example", "https://pay.example/.well-known/lnurlp/ada", "ada@pay.example"),
    ("$Ada@Pay.example", "https://pay.example/.well-known/lnurlp/ada", "ada@pay.example"),
    (
        "lightning:ada+refund@pay.example",
        "https://pay.example/.well-known/lnurlp/ada+refund",
        "ada+refund@pay.example",
    ),
    (encode_lnurl("https://pay.example/p/1?x=2"), "https://pay.example/p/1?x=2", "pay.example"),
    (encode_lnurl("https://pay.example/p/1").lower(), "https://pay.example/p/1", "pay.example"),
    ("lnurlp://pay.example/p/1", "https://pay.example/p/1", "pay.example"),
    ("ada@127.0.0.1:8080", "http://127.0.0.1:8080/.well-known/lnurlp/ada", "ada@127.0.0.1:8080"),
]


@pytest.mark.parametrize(("typed", "url", "words"), ASKED)
def test_a_lightning_address_or_an_lnurl_is_asked_for_an_invoice(typed: str, url: str, words: str) -> None:
    assert read_destination(typed, LIGHTNING, NOW) == Asked(url, words)
    with pytest.raises(DestinationOfOtherRail):
        read_destination(typed, CHAIN, NOW)


@pytest.mark.parametrize(
    ("typed", "wanted", "refusal"),
    [
        ("", LIGHTNING, NoDestination),
        ("   ", CHAIN, NoDestination),
        ("hello", CHAIN, NoDestination),
        ("lnbc", LIGHTNING, NoDestination),
        (invoice()[:-1], LIGHTNING, NoDestination),
        (invoice()[:-1] + "q", LIGHTNING, NoDestination),
        ("lnbc" + "q" * 5000, LIGHTNING, NoDestination),
        (SEGWIT[:-1] + "5", CHAIN, NoDestination),
        (OLD[:-1] + "3", CHAIN, NoDestination),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", CHAIN, NoDestination),
        ("0x52908400098527886E0F7030069857D2E4169EE7", CHAIN, NoDestination),
        ("LQ3B5zVXQnDq4BbyrCZnUPa2rVwSjGTkZd", CHAIN, NoDestination),
        (encode_lnurl("https://pay.example")[:-1], LIGHTNING, NoDestination),
        ("ada@", LIGHTNING, NoDestination),
        ("$$ada@pay.example", LIGHTNING, NoDestination),
        ("$", LIGHTNING, NoDestination),
        ("ada@pay.example@evil.example", LIGHTNING, NoDestination),
        ("ädä@pay.example", LIGHTNING, NoDestination),
        (SEGWIT, LIGHTNING, DestinationOfOtherRail),
        (invoice(), CHAIN, DestinationOfOtherRail),
        (invoice(prefix="lntb"), LIGHTNING, DestinationOfOtherNetwork),
        (invoice(prefix="lnbcrt"), LIGHTNING, DestinationOfOtherNetwork),
        (invoice(), Wanted("lightning", "regtest", 50_000_000), DestinationOfOtherNetwork),
        (invoice(prefix="lntb"), Wanted("lightning", "signet", 50_000_000), DestinationOfOtherNetwork),
        (REGTEST, CHAIN, DestinationOfOtherNetwork),
        (SEGWIT, Wanted("onchain", "regtest", 1), DestinationOfOtherNetwork),
        (OLD, Wanted("onchain", "testnet", 1), DestinationOfOtherNetwork),
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", CHAIN, DestinationOfOtherNetwork),
        (invoice(50_000_001), LIGHTNING, InvoiceOfOtherAmount),
        (invoice(49_999_000), LIGHTNING, InvoiceOfOtherAmount),
        (invoice(seconds=179), LIGHTNING, InvoiceEndsSoon),
    ],
)
def test_what_cannot_be_sent_to_is_refused_with_a_sentence_beside_the_field(
    typed: str, wanted: Wanted, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as caught:
        read_destination(typed, wanted, NOW)
    assert type(caught.value) is refusal
    assert caught.value.field == "destination"


def test_an_invoice_of_yesterday_is_refused() -> None:
    with pytest.raises(InvoiceEndsSoon):
        read_destination(invoice(), LIGHTNING, NOW + timedelta(days=1))
    assert read_destination(invoice(), LIGHTNING, NOW + timedelta(minutes=57))


def test_the_refusal_of_an_amount_says_which_is_right() -> None:
    with pytest.raises(InvoiceOfOtherAmount, match=r"exactly 50,000.sats"):
        read_destination(invoice(1000), LIGHTNING, NOW)


@given(st.text(max_size=120), st.sampled_from([LIGHTNING, CHAIN]))
def test_any_text_is_read_or_refused(typed: str, wanted: Wanted) -> None:
    with suppress(Refusal):
        assert isinstance(read_destination(typed, wanted, NOW), Asked | Destination)
