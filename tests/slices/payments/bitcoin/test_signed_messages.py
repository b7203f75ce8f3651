"""Signatures of messages by addresses, against the vectors that others published.

`bip322_*.json` are the vectors of BIP 322 itself (https://github.com/bitcoin/bips, folder `bip-0322`, CC0), unchanged.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import coincurve
import pytest

from admitone.payments.bitcoin.message_transactions import (
    ToSign,
    Unreadable,
    message_hash,
    packed,
    read_to_sign,
    read_witness,
    to_spend_id,
)
from admitone.payments.bitcoin.ripemd160 import hash160, ripemd160
from admitone.payments.bitcoin.scripts import ScriptKind, key_script, script_of
from admitone.payments.bitcoin.signed_messages import SIGNATURE_MOST, can_sign, is_signed_by

HERE = Path(__file__).parent
BASIC: dict[str, Any] = json.loads((HERE / "bip322_basic.json").read_text())
GENERATED: dict[str, Any] = json.loads((HERE / "bip322_generated.json").read_text())
# Of one key; the others ask for several signers, or for scripts.
OURS = {"p2wpkh", "p2tr", "p2pkh", "p2sh-p2wpkh"}
SIGNED = [
    pytest.param(
        one["address"], one["message"], signature, one["type"] in OURS, id=f"{kind}-{one['type']}-{number}"
    )
    for vectors in (BASIC, GENERATED)
    for kind in ("simple", "full")
    for one in vectors.get(kind, ())
    for number, signature in enumerate(one["bip322_signatures"])
]
WRONG = [
    pytest.param(one["address"], one["message"], one["signature"], id=one["description"])
    for vectors in (BASIC, GENERATED)
    for one in vectors["error"]
]
P2WPKH = BASIC["simple"][0]

# Of Bitcoin Core, Electrum, Trezor, Coldcard and BIP 137, as bitcoinj's tests collected them (MessageVerifyUtilsTest).
LEGACY = (
    (
        "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM",
        "vires is numeris",
        "G8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs",
        "vires is numeris",
        "H8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "3JvL6Ymt8MVWiCNHC7oWU6nLeHNJKLZGLN",
        "vires is numeris",
        "JF8nHqFr3K2UKYahhX3soVeoW8W1ECNbr0wfck7lzyXjCS5Q16Ek45zyBuy1Fiy9sTPKVgsqqOuPvbycuVSSVl8=",
    ),
    (
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "vires is numeris",
        "KF8nHqFr3K2UKYahhX3soVeoW8W1ECNbr0wfck7lzyXjCS5Q16Ek45zyBuy1Fiy9sTPKVgsqqOuPvbycuVSSVl8=",
    ),
    (
        "bc1qp2ltq2tgsjav3rq3lt38lzfnpzewv8fcharjyk",
        "1113875075",
        "HzXKbcRCe5By+a/7CRh0QMd6B2SdnDKcNKzieBRCkYtzCrBquTRZO49iDmwWqiAMphlpqmVQUxmHLSe0Y9GGysQ=",
    ),
    (
        "bc1qzeacswvlulg0jngad9gmtkvdp9lwum42wwzdu5",
        "Hello",
        "HxuuWQwjw0417fLV9L0kWbt7w9XOIWKhHMhjXhyXTczcSozGTXM4knqdISiYbbmqSRXqI5mNTWH9qkDoqZTpnPc=",
    ),
    (
        "1KzXE97kV7DrpxCViCN3HbGbiKhzzPM7TQ",
        "žluťoučký kůň úpěl ďábelské ódy",
        "HMaU8PI5Ad/jYDeJFC82o/xYLQ1cDschXPLM1kHk43IoUE89TcPuoou9v12ifEnUY1wJcATZ8ih1DM2Dao4UYMA=",
    ),
    (
        "14LmW5k4ssUrtbAB4255zdqv3b4w1TuX9e",
        "VeryLongMessage!" * 64,
        "IF/3lcKa73U4+LO9suit0NByKtYwoUC2rv1QSlqJXL2GfLsAmBr8UO3QOYIR6NfDBLuO+kYRgbwK+mfqSnIKie0=",
    ),
    (
        "3CwYaeWxhpXXiHue3ciQez1DLaTEAXcKa1",
        "This is an example of a signed message.",
        "JJ4j7fDk5H/x3sJ/Ms14xQ507wGO6Kat81rhfHqbDdlvSLST/X26sD77b0OcY4PJUjs7vF8afRWKavkKsVTpvoA=",
    ),
    (
        "mirio8q3gtv7fhdnmb3TpZ4EuafdzSs7zL",
        "This is an example of a signed message.",
        "IJ4j7fDk5H/x3sJ/Ms14xQ507wGO6Kat81rhfHqbDdlvSLST/X26sD77b0OcY4PJUjs7vF8afRWKavkKsVTpvoA=",
    ),
)
LEGACY_WRONG = (
    # Compressed in the header, uncompressed in the address, and the other way round; another message; another byte.
    (
        "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM",
        "vires is numeris",
        "H8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs",
        "vires is numeris",
        "G8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "1111111111111111111114oLvT2",
        "vires is numeris",
        "H8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvM",
        "foobar",
        "G8JawPtQOrybrSP1WHQnQPr67B9S3qrxBrl1mlzoTJOSHEpmnF7D3+t+LX0Xei9J20B5AIdPbeL3AaTBZ4N3bY0=",
    ),
    (
        "1C7zdTfnkzmr13HfA2vNm5SJYRK6nEKyq8",
        "This is an example of a signed message.",
        "H0Tj5GH3yp9XxHLOGighTfHeHa3vtlUaMtGQe4DHTVofv9baq6Et2MsGaZzj9pQfvg85V7WALRMHYYEEbnQeqgA=",
    ),
)


@pytest.mark.parametrize("one", BASIC["tx_hashes"], ids=lambda one: one["message"][:11])
def test_the_two_transactions_of_a_message_have_the_published_ids(one: dict[str, str]) -> None:
    message, script = one["message"].encode(), script_of(one["address"])
    assert script is not None
    assert message_hash(message).hex() == one["message_hash"]
    spends = to_spend_id(message, script.raw)
    assert spends[::-1].hex() == one["to_spend_tx_hash"]
    assert ToSign(spends).id()[::-1].hex() == one["to_sign_tx_hash"]


@pytest.mark.parametrize(("address", "message", "signature", "is_ours"), SIGNED)
def test_published_signatures_of_one_key_are_right_and_others_are_never_taken(
    address: str, message: str, signature: str, is_ours: bool
) -> None:
    assert is_signed_by(address, message, signature) is is_ours
    assert not is_signed_by(address, f"{message}.", signature)


@pytest.mark.parametrize(("address", "message", "signature"), WRONG)
def test_published_mistakes_are_refused(address: str, message: str, signature: str) -> None:
    assert not is_signed_by(address, message, signature)


@pytest.mark.parametrize(("address", "message", "signature"), LEGACY)
def test_signatures_of_the_old_form_are_read_for_each_kind_of_address(
    address: str, message: str, signature: str
) -> None:
    assert is_signed_by(address, message, signature)
    assert is_signed_by(address, message, f" {signature[:40]}\n{signature[40:]}\n"), "as copied from a letter"
    assert not is_signed_by(address, message + " ", signature)


@pytest.mark.parametrize(("address", "message", "signature"), LEGACY_WRONG)
def test_a_signature_of_the_old_form_by_another_key_is_refused(
    address: str, message: str, signature: str
) -> None:
    assert not is_signed_by(address, message, signature)


def test_changing_any_byte_of_a_signature_breaks_it() -> None:
    for address, message, signature in (
        LEGACY[1],
        (P2WPKH["address"], "", P2WPKH["bip322_signatures"][0][3:]),
    ):
        raw = base64.b64decode(signature)
        for at in range(len(raw)):
            changed = raw[:at] + bytes((raw[at] ^ 0x04,)) + raw[at + 1 :]
            # Bits of the header name the key that is looked for, not what was signed.
            if at or len(raw) != 65:
                assert not is_signed_by(address, message, base64.b64encode(changed).decode()), at


@pytest.mark.parametrize(
    "text", ["", "=", "smp", "ful", "smpful", "é", "AA==", "A" * (SIGNATURE_MOST + 4), "\0"]
)
def test_what_is_no_signature_is_refused_and_never_breaks_anything(text: str) -> None:
    for address, _, _ in LEGACY:
        assert not is_signed_by(address, "hello", text)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "1",
        "bc1",
        "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0m",
        "BC1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l",
        "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
        # BIP 350: version 1 with the checksum of version 0, and the other way round.
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "16UwLL9Risc3QfPqBUvKofHmBQ7wMtjvN",
        "0x28c6c06298d514db089934071355e5743bf21d60",
        "1" * 91,
        "ｂc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ],
)
def test_what_is_no_address_has_no_script(address: str) -> None:
    assert script_of(address) is None
    assert not can_sign(address)
    assert not is_signed_by(address, "vires is numeris", LEGACY[0][2])


@pytest.mark.parametrize(
    ("address", "script"),
    [
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
        (
            "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
            "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
        ),
        (
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        ),
        ("bc1sw50qgdz25j", "6002751e"),
        ("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"),
    ],
)
def test_addresses_stand_for_the_scripts_of_bip_350(address: str, script: str) -> None:
    found = script_of(address)
    assert found is not None
    assert found.raw.hex() == script
    assert can_sign(address) is (found.kind is not ScriptKind.OTHER)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
        (b"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
        (b"abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"),
        (b"1234567890" * 8, "9b752e45573d4b39f4dbd3323cab82bf63326bfb"),
    ],
)
def test_ripemd160_gives_the_digests_of_its_authors(message: bytes, digest: str) -> None:
    assert ripemd160(message).hex() == digest


def sign_simple(key: coincurve.PrivateKey, message: str) -> tuple[str, str]:
    """A P2WPKH address's script as if it were nested, and the simple signature: what a wallet would do."""
    public = key.public_key.format()
    nested = b"\x00\x14" + hash160(public)
    script = b"\xa9\x14" + hash160(nested) + b"\x87"
    to_sign = ToSign(to_spend_id(message.encode(), script), script_sig=packed(nested))
    signature = key.sign(to_sign.hash_of_witness(key_script(hash160(public))), hasher=None) + b"\x01"
    witness = b"\x02" + packed(signature) + packed(public)
    return _base58(b"\x05" + hash160(nested)), base64.b64encode(witness).decode()


def _base58(body: bytes) -> str:
    signs = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number = int.from_bytes(body + hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4])
    text = ""
    while number:
        number, rest = divmod(number, 58)
        text = signs[rest] + text
    return text


def test_a_simple_signature_of_a_nested_address_needs_the_key_behind_it() -> None:
    key, other = coincurve.PrivateKey(bytes(31) + b"\x07"), coincurve.PrivateKey(bytes(31) + b"\x08")
    address, signature = sign_simple(key, "a ticket")
    assert is_signed_by(address, "a ticket", signature)
    assert is_signed_by(address, "a ticket", f"smp{signature}")
    assert not is_signed_by(address, "a ticket", f"ful{signature}")
    assert not is_signed_by(address, "a ticket", sign_simple(other, "a ticket")[1])


def test_a_full_signature_with_more_inputs_outputs_or_another_version_is_unreadable() -> None:
    [signature] = next(one["bip322_signatures"] for one in GENERATED["full"] if one["type"] == "p2wpkh")
    right = base64.b64decode(signature.removeprefix("ful"))
    assert read_to_sign(right).version == 2
    for wrong in (
        right[:-1],
        right + b"\0",
        b"\x01" + right[1:],
        right[:6] + b"\x02" + right[7:],
        right[:4] + b"\x00\x02" + right[6:],
        right.replace(b"\x01\x6a", b"\x01\x51"),
    ):
        with pytest.raises(Unreadable):
            read_to_sign(wrong)
    for wrong in (b"\x01", b"\xff" + b"\xff" * 8, b"\x01\xfe\xff\xff\xff\x7f", b"\x00\x00"):
        with pytest.raises(Unreadable):
            read_witness(wrong)
