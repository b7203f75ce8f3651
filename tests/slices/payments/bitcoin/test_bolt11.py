"""Invoices are read as BOLT 11 says, down to its own examples, and what we write is read by ourselves and by others."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from coincurve import PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from admitone.payments.bitcoin import bech32, bolt11
from admitone.payments.bitcoin.bolt11 import BadBolt11, NewBolt11

EXAMPLES = json.loads(Path(__file__).with_name("bolt11_examples.json").read_text())
KEY = bytes.fromhex("e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734")
PAYEE = bytes.fromhex("03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad")
HASH = bytes.fromhex("0001020304050607080900010203040506070809000102030405060708090102")
SECRET = bytes.fromhex("11" * 32)
MADE = datetime.fromtimestamp(1496314658, UTC)
LIST = (
    "One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, one "
    "lollypop, one piece of cherry pie, one sausage, one cupcake, and one slice of watermelon"
)
COFFEE = next(one["invoice"] for one in EXAMPLES["good"] if "cup of coffee" in one["about"])

# By what their titles begin with: amount in msat, expiry in seconds, description (None: hashed), features.
SAID = {
    "Please make a donation": (None, 3600, "Please consider supporting this project", {8, 14}),
    "Please send $3 for": (250_000_000, 60, "1 cup coffee", {8, 14}),
    "Please send 0.0025": (250_000_000, 60, "ナンセンス 1杯", {8, 14}),
    "Now send $24": (2_000_000_000, 3600, None, {8, 14}),
    "The same, on testnet": (2_000_000_000, 3600, None, {8, 14}),
    "On mainnet": (2_000_000_000, 3600, None, {8, 14}),
    "Please send $30": (2_500_000_000, 3600, "coffee beans", {8, 14, 99}),
    "Same, but": (2_500_000_000, 3600, "coffee beans", {8, 14, 99}),
    "Please send 0.01": (1_000_000_000, 3600, "payment metadata inside", {8, 14, 48}),
    "Public-key recovery": (None, 3600, "Please consider supporting this project", {8, 14}),
}


@pytest.mark.parametrize("example", EXAMPLES["good"], ids=lambda one: one["about"][:40])
def test_a_good_example_of_bolt_11_says_what_the_document_says(example: dict[str, str]) -> None:
    said = bolt11.decode(example["invoice"])
    if "pico-BTC" in example["about"]:
        assert said.amount_msat == 967_878_534
        assert said.payment_hash.hex() == "462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f"
        assert said.expires_at - said.made_at == timedelta(weeks=1)
        assert said.cltv_blocks == 10
        return
    amount, expiry, words, features = next(
        one for begin, one in SAID.items() if example["about"].startswith(begin)
    )
    assert (said.amount_msat, said.description, said.features) == (amount, words, frozenset(features))
    assert said.made_at == MADE
    assert said.expires_at == MADE + timedelta(seconds=expiry)
    assert (said.payment_hash, said.secret, said.cltv_blocks) == (HASH, SECRET, 18)
    assert said.description_hash == (None if words is not None else hashlib.sha256(LIST.encode()).digest())
    assert said.prefix == ("lntb" if "testnet" in example["about"] else "lnbc")
    if "high-S" not in example["about"]:
        assert said.payee == PAYEE


REASONS = {
    "Same, but adding": "feature 100",
    "Bech32 checksum": "checksum",
    "Malformed bech32 string (no 1)": "no prefix",
    "Malformed bech32 string (mixed": "mixed case",
    "Signature is not": "signature",
    "String is too": "too short",
    "Invalid multiplier": "amount",
    "Invalid sub": "whole msat",
    "Missing required": "payment secret",
    # It has its secret twice, which is seen first; a high S by itself is in a test of its own below.
    "Non canonical": "twice",
}


@pytest.mark.parametrize("example", EXAMPLES["bad"], ids=lambda one: one["about"][:40])
def test_a_bad_example_of_bolt_11_is_refused_for_the_reason_it_is_there(example: dict[str, str]) -> None:
    reason = next(one for begin, one in REASONS.items() if example["about"].startswith(begin))
    with pytest.raises(BadBolt11, match=reason):
        bolt11.decode(example["invoice"])


def test_what_the_document_signed_we_sign_with_the_same_signs() -> None:
    """Our fields are in another order, so what they say is held against each other."""
    ours = bolt11.encode(
        NewBolt11("lnbc", 250_000_000, MADE, HASH, SECRET, "1 cup coffee", expiry_seconds=60), KEY
    )
    said = bolt11.decode(ours)
    example = bolt11.decode(COFFEE)
    assert said == example
    assert ours.startswith("lnbc2500u1pvjluez")
    assert (
        bolt11.encode(
            NewBolt11("lnbc", 250_000_000, MADE, HASH, SECRET, "1 cup coffee", expiry_seconds=60), KEY
        )
        == ours
    )


@settings(max_examples=60, deadline=None)
@given(
    prefix=st.sampled_from(bolt11.PREFIXES),
    amount=st.none() | st.integers(1, bolt11.MSAT_MOST),
    at=st.integers(1_230_940_800, 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    payment_hash=st.binary(min_size=32, max_size=32),
    secret=st.binary(min_size=32, max_size=32),
    about=st.text(max_size=150).filter(lambda text: "\x00" not in text and _is_text(text))
    | st.binary(min_size=32, max_size=32),
    expiry=st.integers(1, 10**9),
    cltv=st.integers(1, 2016),
    key=st.binary(min_size=32, max_size=32).filter(lambda key: 0 < int.from_bytes(key, "big") < 2**255),
)
def test_what_is_written_is_read_as_it_was(
    prefix: str,
    amount: int | None,
    at: datetime,
    payment_hash: bytes,
    secret: bytes,
    about: str | bytes,
    expiry: int,
    cltv: int,
    key: bytes,
) -> None:
    words, digest = (about, None) if isinstance(about, str) else (None, about)
    new = NewBolt11(prefix, amount, at, payment_hash, secret, words, digest, expiry, cltv)
    written = bolt11.encode(new, key)
    for text in (written, written.upper()):
        said = bolt11.decode(text)
        assert (said.prefix, said.amount_msat, said.made_at) == (prefix, amount, at)
        assert (said.payment_hash, said.secret) == (payment_hash, secret)
        assert (said.description, said.description_hash) == (words, digest)
        assert said.expires_at == at + timedelta(seconds=expiry)
        assert (said.cltv_blocks, said.features) == (cltv, frozenset({8, 14}))
        assert said.payee == PrivateKey(key).public_key.format()


def _is_text(text: str) -> bool:
    return not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(COFFEE) - 1), sign=st.sampled_from(bech32.SIGNS + "1bio;ſ"))
def test_one_wrong_sign_is_always_seen(at: int, sign: str) -> None:
    changed = COFFEE[:at] + sign + COFFEE[at + 1 :]
    if changed == COFFEE:
        return
    with pytest.raises(BadBolt11):
        bolt11.decode(changed)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=400) | st.text(alphabet=bech32.SIGNS + "1lnbc", max_size=400))
def test_any_text_is_an_invoice_or_refused(text: str) -> None:
    with pytest.raises(BadBolt11):
        bolt11.decode(text)


def _signed(human: str, fields: list[int], key: bytes = KEY) -> str:
    """An invoice with any fields, signed as it should be."""
    signed = [*bolt11._groups(1496314658, 7), *fields]
    signature = PrivateKey(key).sign_recoverable(bolt11._digest(human, signed), hasher=None)
    return bech32.encode(human, [*signed, *bech32.to_groups(signature)])


def _hash_field(kind: int = 1, value: bytes = HASH) -> list[int]:
    return [kind, *divmod(52, 32), *bech32.to_groups(value)]


WORDS = [13, 0, 2, *bech32.to_groups(b"a")]
PLAIN = [*_hash_field(), *_hash_field(16, SECRET), *WORDS]


def test_the_fields_of_these_tests_are_an_invoice_when_nothing_is_wrong() -> None:
    said = bolt11.decode(_signed("lnbc10u", PLAIN))
    assert (said.amount_msat, said.description, said.features) == (1_000_000, "a", frozenset())


BAD_FIELDS = {
    "payment hash": [*_hash_field(16, SECRET), *WORDS],
    "payment secret": [*_hash_field(), *WORDS],
    "twice": [*PLAIN, *_hash_field(value=bytes(32))],
    "thing twice": [*PLAIN, *WORDS],
    "neither a description": [*_hash_field(), *_hash_field(16, SECRET)],
    "or both": [*PLAIN, *_hash_field(23)],
    "breaks off": [*PLAIN, 6, 0, 3, 1],
    "it breaks": [*PLAIN, 6, 0],
    "not text": [*_hash_field(), *_hash_field(16, SECRET), 13, 0, 2, *bech32.to_groups(b"\xff")],
    "padding": [*_hash_field(), *_hash_field(16, SECRET), 13, 0, 2, 12, 5],
    "zero before": [*PLAIN, 6, 0, 2, 0, 9],
    "number with a zero": [*PLAIN, 5, 0, 4, 0, 8, 8, 0],
    "feature 30": [*PLAIN, 5, 0, 7, 1, 0, 0, 0, 16, 8, 0],
    "in parts": [*PLAIN, 5, 0, 4, 2, 0, 8, 0],
}


@pytest.mark.parametrize("reason", BAD_FIELDS)
def test_fields_that_say_too_little_or_two_things_are_refused(reason: str) -> None:
    with pytest.raises(BadBolt11, match=reason):
        bolt11.decode(_signed("lnbc10u", BAD_FIELDS[reason]))


@pytest.mark.parametrize(
    "human",
    [
        "lnbc0u",
        "lnbc010u",
        "lnbc10k",
        "lnbc-1u",
        "lnbc1.5m",
        "lnbc21000001",
        "lnbc2100000000000000000000000p",
        "lnbc15p",
        "lnltc10u",
        "lnbcx10u",
        "bc10u",
        "lnbc٣u",
    ],
)
def test_amounts_and_networks_that_do_not_exist_are_refused(human: str) -> None:
    with pytest.raises(BadBolt11):
        bolt11.decode(_signed(human, PLAIN))


@pytest.mark.parametrize(
    ("human", "msat"),
    [
        ("lnbc1", 10**11),
        ("lntb1m", 10**8),
        ("lntbs1u", 10**5),
        ("lnbcrt1n", 100),
        ("lnbcrt10p", 1),
        ("lnbc21000000", 21 * 10**17),
        ("lnbc", None),
    ],
)
def test_an_amount_is_whole_msat_of_the_network_it_is_for(human: str, msat: int | None) -> None:
    said = bolt11.decode(_signed(human, PLAIN))
    assert said.amount_msat == msat
    assert human.startswith(said.prefix)


def test_a_named_payee_has_to_have_signed() -> None:
    named = [19, *divmod(53, 32), *bech32.to_groups(PAYEE)]
    assert bolt11.decode(_signed("lnbc10u", [*PLAIN, *named])).payee == PAYEE
    with pytest.raises(BadBolt11, match="payee"):
        bolt11.decode(_signed("lnbc10u", [*PLAIN, *named], key=bytes(31) + b"\x01"))
    no_point = [19, *divmod(53, 32), *bech32.to_groups(b"\x02" + b"\xff" * 32)]
    with pytest.raises(BadBolt11, match="payee"):
        bolt11.decode(_signed("lnbc10u", [*PLAIN, *no_point]))


def _with_high_s(written: str) -> str:
    """The same invoice with the other S that fits: the order of the curve minus it, and the other recovery id."""
    human, groups, _ = bech32.decode(written)
    signature = bech32.to_bytes(groups[-104:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(signature[32:64], "big")
    changed = signature[:32] + high.to_bytes(32, "big") + bytes([signature[64] ^ 1])
    return bech32.encode(human, [*groups[:-104], *bech32.to_groups(changed)])


def test_a_high_s_is_accepted_where_the_key_is_recovered_and_refused_where_it_is_named() -> None:
    assert bolt11.decode(_with_high_s(_signed("lnbc10u", PLAIN))).payee == PAYEE
    named = [19, *divmod(53, 32), *bech32.to_groups(PAYEE)]
    with pytest.raises(BadBolt11, match="payee"):
        bolt11.decode(_with_high_s(_signed("lnbc10u", [*PLAIN, *named])))


def test_an_invoice_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadBolt11, match="too long"):
        bolt11.decode("lnbc1" + "q" * bolt11.LENGTH_MOST)


def test_an_expiry_of_a_million_years_is_no_accident() -> None:
    said = bolt11.decode(_signed("lnbc10u", [*PLAIN, 6, 0, 12, *[31] * 12]))
    assert said.expires_at.year == 2049


def test_a_bech32m_checksum_makes_no_invoice() -> None:
    human, groups, _ = bech32.decode(COFFEE)
    with pytest.raises(BadBolt11, match="checksum"):
        bolt11.decode(bech32.encode(human, groups, bech32.Form.BECH32M))
