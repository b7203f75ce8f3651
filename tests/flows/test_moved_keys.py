"""Whoever may say where an account's secrets are sent has to know them: they are not sent to a new place unasked."""

import pytest

from admitone.assembly import Assembly
from admitone.flows.payment_keys import moved_keys
from admitone.payments import Mode
from admitone.values.refusals import Problems

MACAROON = "0201036c6e64" * 4
LND = {"host": "node.example.org:10009", "macaroon": MACAROON, "certificate": "", "hold": "on"}
CORE = {
    "url": "https://node.example.org",
    "user": "shop",
    "password": "a password",
    "least_confirmations": "1",
}


@pytest.mark.parametrize(
    ("kind", "stored", "typed", "wanted"),
    [
        ("lnd", LND, {"host": "evil.example.org:10009"}, {"macaroon"}),
        ("lnd", LND, {"certificate": "-----BEGIN CERTIFICATE-----"}, {"macaroon"}),
        ("bitcoin_core", CORE, {"url": "https://evil.example.org"}, {"password"}),
    ],
)
def test_to_another_place_secrets_are_typed_anew(
    assembly: Assembly, kind: str, stored: dict[str, str], typed: dict[str, str], wanted: set[str]
) -> None:
    known = assembly.payment_accounts.kinds[kind]
    kept = {name: value for name, value in stored.items() if value}
    with pytest.raises(Problems) as refused:
        moved_keys(known, Mode.TEST, kept, typed)
    assert {one.field for one in refused.value.problems} == wanted
    given = moved_keys(known, Mode.TEST, kept, {**typed, **dict.fromkeys(wanted, "typed-anew")})
    assert {given[name] for name in wanted} == {"typed-anew"}


def test_at_the_same_place_what_is_left_empty_stays(assembly: Assembly) -> None:
    kinds = assembly.payment_accounts.kinds
    kept = {name: value for name, value in LND.items() if value}
    assert moved_keys(kinds["lnd"], Mode.TEST, kept, {"hold": "off", "host": LND["host"]}) == {
        **kept,
        "hold": "off",
    }
    changed = moved_keys(kinds["bitcoin_core"], Mode.TEST, CORE, {"least_confirmations": "3"})
    assert changed == {**CORE, "least_confirmations": "3"}


def test_of_a_kind_that_has_one_place_nothing_is_typed_anew(assembly: Assembly) -> None:
    stored = {"client_id": "c", "client_secret": "s", "node_id": "LightsparkNode:1", "password": "p"}
    known = assembly.payment_accounts.kinds["lightspark"]
    assert moved_keys(known, Mode.TEST, stored, {"node_id": "LightsparkNode:2"})["password"] == "p"
