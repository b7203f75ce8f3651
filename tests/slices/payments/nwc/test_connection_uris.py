"""Connections as people paste them: what is read, and what is refused with which sentence."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments.nwc import RelayNotPublic, read_uri
from admitone.payments.nwc.refusals import (
    ConnectionWithoutKey,
    ConnectionWithoutRelay,
    ConnectionWithoutSecret,
    NotAConnection,
    RelayNotSecure,
)
from admitone.values.refusals import Invalid, Refusal

# The example of NIP-47.
KEY = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4"
SECRET = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c"
RELAY = "wss%3A%2F%2Frelay.damus.io"
GOOD = f"nostr+walletconnect://{KEY}?relay={RELAY}&secret={SECRET}"


def test_the_example_of_the_protocol_is_read() -> None:
    read = read_uri(GOOD, loopback=False)
    assert (read.service, read.relays, read.secret) == (KEY, ("wss://relay.damus.io",), SECRET)
    assert read.relay_host == "relay.damus.io"
    assert SECRET not in repr(read)
    assert SECRET not in f"{read}"
    assert read_uri(read.text, loopback=False) == read


@pytest.mark.parametrize(
    "typed",
    [
        f"  {GOOD}\n",
        GOOD.replace("//", ""),
        GOOD.replace("nostr+walletconnect", "NOSTR+WALLETCONNECT"),
        GOOD.replace("nostr+walletconnect", "nostrwalletconnect"),
        GOOD.replace(KEY, KEY.upper()),
        f"{GOOD}&lud16=ada%40example.org&name=Shop",
        GOOD.replace("?", "/?"),
    ],
)
def test_other_ways_of_writing_it_are_read_alike(typed: str) -> None:
    assert read_uri(typed, loopback=False) == read_uri(GOOD, loopback=False)


def test_several_relays_are_kept_in_order_each_once() -> None:
    read = read_uri(f"{GOOD}&relay=wss%3A%2F%2Fb.example&relay={RELAY}", loopback=False)
    assert read.relays == ("wss://relay.damus.io", "wss://b.example")


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("", NotAConnection),
        ("lnbc1...", NotAConnection),
        ("https://example.org/nwc", NotAConnection),
        (f"{GOOD}&x={'a' * 2000}", NotAConnection),
        (GOOD.replace("&", "&é="), NotAConnection),
        (GOOD.replace(KEY, KEY[:-1]), ConnectionWithoutKey),
        (GOOD.replace(KEY, "f" * 64), ConnectionWithoutKey),
        (GOOD.partition("&secret")[0], ConnectionWithoutSecret),
        (f"{GOOD}&secret={SECRET}", ConnectionWithoutSecret),
        (GOOD.replace(SECRET, SECRET[:-2]), ConnectionWithoutSecret),
        (GOOD.replace(SECRET, "0" * 64), ConnectionWithoutSecret),
        (GOOD.replace(SECRET, "f" * 64), ConnectionWithoutSecret),
        (GOOD.replace(f"relay={RELAY}&", ""), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, ""), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, "wss%3A%2F%2F"), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, "wss%3A%2F%2F%5B::1"), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, "wss%3A%2F%2Fa.example:70000"), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, "wss%3A%2F%2Fu:p%40a.example"), ConnectionWithoutRelay),
        (GOOD.replace(RELAY, "wss%3A%2F%2Fa.example%2F%0d%0aX"), ConnectionWithoutRelay),
        (GOOD + "".join(f"&relay=wss%3A%2F%2Fr{n}.example" for n in range(5)), ConnectionWithoutRelay),
        (GOOD.replace("wss", "ws"), RelayNotSecure),
        (GOOD.replace("wss", "https"), RelayNotSecure),
    ],
)
def test_what_is_wrong_is_said(typed: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as said:
        read_uri(typed, loopback=False)
    assert said.value.field == "uri"
    assert SECRET not in f"{said.value!r} {said.value} {said.value.data}"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "10.0.0.8",
        "192.168.1.4",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "8.8.8.8",
        "relay",
        "relay.local",
        "relay.internal",
        "a.localhost",
        "abc.onion",
    ],
)
def test_a_relay_that_is_no_public_name_is_refused(host: str) -> None:
    with pytest.raises(RelayNotPublic):
        read_uri(GOOD.replace("relay.damus.io", host), loopback=False)


@pytest.mark.parametrize("host", ["127.0.0.1:7777", "localhost:7777", "[::1]:7777"])
def test_in_development_the_own_machine_is_fine_and_no_other_is(host: str) -> None:
    typed = GOOD.replace(RELAY, f"ws%3A%2F%2F{host}")
    assert read_uri(typed, loopback=True).relays == (f"ws://{host}",)
    with pytest.raises(RelayNotSecure):
        read_uri(typed, loopback=False)
    with pytest.raises(RelayNotPublic):
        read_uri(GOOD.replace("relay.damus.io", "10.0.0.8"), loopback=True)


@given(st.text(max_size=300), st.integers(0, len(GOOD)))
def test_whatever_is_pasted_is_read_or_refused(noise: str, at: int) -> None:
    for typed in (noise, GOOD[:at] + noise + GOOD[at:]):
        with suppress(Invalid):
            read_uri(typed, loopback=False)
