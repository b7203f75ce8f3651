"""Keys of UMA: our own from settings or made, other providers' fetched, looked at and kept no longer than they say."""

import json
from collections.abc import Mapping
from datetime import timedelta

import coincurve
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from admitone.assembly.by_address import uma_keys
from admitone.entrypoints.commands.boot import read_settings
from admitone.payments.uma import BadUmaKey, OwnKeys, Peers, UmaRefused, own_key
from admitone.plumbing.database import Database
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import Settings
from admitone.values.clock import FrozenClock
from tests.conftest import NOW
from tests.support.raw_server import json_answer, raw_server
from tests.support.uma_chains import chain

MASTER = bytes(range(32))
PUBLIC = coincurve.PrivateKey(bytes([5]) * 32).public_key.format(compressed=False)
GOOD, SHORT_LIVED, BROKEN = chain(NOW), chain(NOW, days=1), chain(NOW, is_broken=True)
OTHER_CURVE = chain(NOW, curve=ec.SECP256R1())


def test_without_settings_keys_are_made_from_the_master_key_and_always_the_same() -> None:
    signing, encryption = own_key("signing", None, None, MASTER), own_key("encryption", None, None, MASTER)
    assert signing == own_key("signing", None, None, MASTER)
    assert signing.secret != encryption.secret
    assert signing.secret != own_key("signing", None, None, bytes(32)).secret
    shown = OwnKeys(signing, encryption).shown(NOW)
    assert shown == {
        "signingPubKey": signing.public.hex(),
        "encryptionPubKey": encryption.public.hex(),
        "expirationTimestamp": int((NOW + timedelta(days=1)).timestamp()),
    }


def test_keys_and_certificates_of_settings_are_shown_but_never_the_secret(tmp_path: object) -> None:
    settings = Settings(
        uma_signing_key=GOOD.secret,  # type: ignore[arg-type]
        # In one line, as environments have them.
        uma_signing_certificates=GOOD.pem.replace("\n", "\\n"),
    )
    keys = uma_keys(settings, MASTER)
    assert keys.shown(NOW)["signingCertChain"] == GOOD.shown
    assert "encryptionCertChain" not in keys.shown(NOW)
    told = repr(keys) + repr(settings) + str(settings.model_dump())
    assert GOOD.secret not in told
    assert repr(bytes.fromhex(GOOD.secret)) not in told
    assert GOOD.secret not in json.dumps(keys.shown(NOW))


@pytest.mark.parametrize(
    ("secret", "pem"),
    [
        ("", None),
        ("zz" * 32, None),
        ("11" * 31, None),
        ("00" * 32, None),
        ("ff" * 32, None),
        (None, GOOD.pem),
        (GOOD.secret, "no certificate"),
        (GOOD.secret, ""),
        (GOOD.secret, BROKEN.pem),
        (GOOD.secret, OTHER_CURVE.pem),
    ],
    ids=range(10),
)
def test_settings_that_do_not_fit_are_said_without_quoting_them(secret: str | None, pem: str | None) -> None:
    with pytest.raises(BadUmaKey) as refused:
        own_key("signing", secret, pem, MASTER)
    assert "UMA signing" in str(refused.value)
    assert not secret or secret not in str(refused.value)


def peers(db: Database, clock: FrozenClock) -> Peers:
    return Peers(db, clock, PublicFetch(loopback=True))


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ({}, "INVALID_PUBKEY_FORMAT"),
        ({"signingPubKey": "zz"}, "INVALID_PUBKEY_FORMAT"),
        ({"signingPubKey": 5}, "INVALID_PUBKEY_FORMAT"),
        ({"signingPubKey": "00" * 65}, "INVALID_PUBKEY_FORMAT"),
        ({"encryptionPubKey": PUBLIC.hex()}, "INVALID_PUBKEY_FORMAT"),
        ({"signingPubKey": PUBLIC.hex(), "encryptionPubKey": "x"}, "INVALID_PUBKEY_FORMAT"),
        ({"signingPubKey": PUBLIC.hex(), "expirationTimestamp": "soon"}, "INVALID_PUBKEY_FORMAT"),
        ({"signingCertChain": ["00"]}, "CERT_CHAIN_INVALID"),
        ({"signingCertChain": "00"}, "INVALID_PUBKEY_FORMAT"),
        ({"signingCertChain": [5]}, "INVALID_PUBKEY_FORMAT"),
        ({"signingCertChain": BROKEN.shown}, "CERT_CHAIN_INVALID"),
        ({"signingCertChain": OTHER_CURVE.shown}, "CERT_CHAIN_INVALID"),
        ({"signingCertChain": GOOD.shown * 6}, "CERT_CHAIN_INVALID"),
        ({"signingCertChain": list(reversed(GOOD.shown))}, "CERT_CHAIN_INVALID"),
        ({"signingCertChain": GOOD.shown, "signingPubKey": PUBLIC.hex()}, "CERT_CHAIN_INVALID"),
    ],
)
async def test_keys_that_do_not_hold_are_refused(
    db: Database, clock: FrozenClock, shown: Mapping[str, object], code: str
) -> None:
    async with raw_server(json_answer(json.dumps(shown).encode())) as server:
        with pytest.raises(UmaRefused) as refused:
            await peers(db, clock).keys(f"localhost:{server.port}")
    assert refused.value.uma_code == code


async def test_a_chain_holds_until_one_of_its_certificates_ends(db: Database, clock: FrozenClock) -> None:
    async with raw_server(
        json_answer(json.dumps({"signingCertChain": SHORT_LIVED.shown}).encode())
    ) as server:
        found = await peers(db, clock).keys(f"localhost:{server.port}")
        assert found.signing == coincurve.PrivateKey.from_hex(SHORT_LIVED.secret).public_key.format(
            compressed=False
        )
        clock.set(NOW + timedelta(minutes=2))
        with pytest.raises(UmaRefused) as refused:
            await peers(db, clock).keys(f"localhost:{server.port}")
    assert refused.value.uma_code == "CERT_CHAIN_EXPIRED"


@pytest.mark.parametrize(
    ("until", "kept"),
    [
        (None, timedelta(hours=24)),
        (NOW + timedelta(minutes=5), timedelta(minutes=5)),
        (NOW + timedelta(days=400), timedelta(hours=24)),
        (NOW - timedelta(days=1), timedelta(seconds=10)),
    ],
)
async def test_keys_are_kept_until_they_say_and_a_day_at_most(
    db: Database, clock: FrozenClock, until: object, kept: timedelta
) -> None:
    shown: dict[str, object] = {"signingPubKey": PUBLIC.hex()}
    if until is not None:
        shown["expirationTimestamp"] = int(until.timestamp())  # type: ignore[attr-defined]
    known = peers(db, clock)
    async with raw_server(json_answer(json.dumps(shown).encode())) as server:
        for moment in (NOW, NOW + kept - timedelta(seconds=1)):
            clock.set(moment)
            assert (await known.keys(f"LOCALHOST:{server.port}")).signing == PUBLIC
        assert len(server.heard) == 1
        clock.set(NOW + kept)
        await known.keys(f"localhost:{server.port}")
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"uma_signing_key": "11" * 31}, "UMA_SIGNING_KEY"),
        ({"uma_encryption_key": "zz" * 32}, "UMA_ENCRYPTION_KEY"),
        ({"uma_signing_certificates": GOOD.pem}, "UMA_SIGNING_CERTIFICATES"),
        ({"uma_signing_key": "11" * 32, "uma_signing_certificates": GOOD.pem}, "UMA_SIGNING_CERTIFICATES"),
        ({"uma_kyc": "YES"}, "UMA_KYC"),
    ],
)
def test_a_site_with_keys_that_do_not_fit_says_so_and_does_not_start(
    wrong: Mapping[str, str], option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in wrong.items():
        monkeypatch.setenv(f"ADMITONE_{name.upper()}", value)
    with pytest.raises(SystemExit):
        read_settings()
    said = capsys.readouterr().err
    assert said.startswith(f"ADMITONE_{option}: ")
    assert len(said.splitlines()) == 1
    assert not any(value in said for value in wrong.values())
