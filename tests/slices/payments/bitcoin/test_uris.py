"""What codes carry, held against the rules of BIP-21 and against what scanners read."""

from urllib.parse import parse_qs, urlsplit

import pytest

from admitone.payments.bitcoin import bitcoin_uri, btc_text, lightning_qr, lightning_uri

SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
LEGACY = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"
INVOICE = "lnbc2500u1pvjluezsp5zyg3"


@pytest.mark.parametrize(
    ("msat", "said"),
    [
        (100_000_000_000, "1"),
        (50_000_000, "0.0005"),
        (1_000, "0.00000001"),
        (1, "0.00000001"),
        (1_001, "0.00000002"),
        (2_100_000_000_000_000_000, "21000000"),
        (123_456_789_000, "1.23456789"),
    ],
)
def test_amounts_are_bitcoin_without_needless_zeros_and_never_less_than_asked(msat: int, said: str) -> None:
    assert btc_text(msat) == said


def test_the_code_holds_address_amount_invoice_and_label() -> None:
    uri = bitcoin_uri(SEGWIT, 50_000_000, bolt11=INVOICE, label="Foundry & Sons?")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.path) == ("bitcoin", SEGWIT.upper())
    assert parse_qs(parts.query) == {
        "amount": ["0.0005"],
        "lightning": [INVOICE.upper()],
        "label": ["Foundry & Sons?"],
    }


def test_an_older_address_keeps_its_letters() -> None:
    assert bitcoin_uri(LEGACY, 1_000) == f"bitcoin:{LEGACY}?amount=0.00000001"


def test_an_invoice_alone_is_all_capitals_in_a_code_and_as_it_is_in_a_link() -> None:
    assert lightning_qr(INVOICE) == f"LIGHTNING:{INVOICE.upper()}"
    assert lightning_uri(INVOICE) == f"lightning:{INVOICE}"
