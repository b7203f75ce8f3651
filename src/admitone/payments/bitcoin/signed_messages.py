"""Was this message signed by whoever can spend from this address? Pure; `False` for everything that cannot be said.

Sources: BIP 322 (simple and full, for one key: P2WPKH, P2SH-P2WPKH, P2TR by its key, P2PKH), Bitcoin Core's
signmessage, and its forms for other addresses (BIP 137, and Electrum, which keeps the header of P2PKH).
"""

import base64
import hmac
from typing import Final

import coincurve

from admitone.payments.bitcoin.message_transactions import (
    SIGHASH_ALL,
    SIGHASH_DEFAULT,
    ToSign,
    Unreadable,
    double,
    packed,
    read_to_sign,
    read_witness,
    to_spend_id,
)
from admitone.payments.bitcoin.ripemd160 import hash160
from admitone.payments.bitcoin.scripts import Script, ScriptKind, key_script, script_of

SIGNATURE_MOST: Final = 4000
"""Characters of a signature; one of one key has a few hundred."""

_LEGACY_LENGTH: Final = 65
_LEGACY_PREFIX: Final = b"\x18Bitcoin Signed Message:\n"
_SIMPLE: Final = "smp"
_FULL: Final = "ful"
# Header bytes of 65-byte signatures: uncompressed and compressed P2PKH, then BIP 137's P2SH-P2WPKH and P2WPKH.
_HEADERS: Final = {
    ScriptKind.P2PKH: range(27, 35),
    ScriptKind.P2SH: (*range(31, 39),),
    ScriptKind.P2WPKH: (*range(31, 35), *range(39, 43)),
}


def can_sign(address: str) -> bool:
    """Is it an address of a kind whose signatures can be read here?"""
    script = script_of(address)
    return script is not None and script.kind is not ScriptKind.OTHER


def is_signed_by(address: str, message: str, signature: str) -> bool:
    """Is this a signature of the message by the address? `signature` is base64, with or without BIP 322's prefix."""
    script = script_of(address)
    text = "".join(signature.split())
    if script is None or script.kind is ScriptKind.OTHER or len(text) > SIGNATURE_MOST:
        return False
    said = message.encode()
    named, text = (text[:3], text[3:]) if text[:3] in (_SIMPLE, _FULL) else ("", text)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return False
    if not named and len(data) == _LEGACY_LENGTH and data[0] in _HEADERS.get(script.kind, ()):
        return _is_legacy(script, said, data)
    if named != _FULL and _is_simple(script, said, data):
        return True
    return named != _SIMPLE and _is_full(script, said, data)


def _is_legacy(script: Script, message: bytes, data: bytes) -> bool:
    digest = double(_LEGACY_PREFIX + packed(message))
    header = data[0] - 27
    try:
        key = coincurve.PublicKey.from_signature_and_message(
            data[1:] + bytes((header & 3,)), digest, hasher=None
        )
    except ValueError:
        return False
    if script.kind is ScriptKind.P2PKH:
        return hmac.compare_digest(hash160(key.format(compressed=header >= 4)), script.program)
    return _is_of(script, hash160(key.format()))


def _is_of(script: Script, key_hash: bytes) -> bool:
    """Does this script pay the compressed key of this hash, by a witness?"""
    if script.kind is ScriptKind.P2SH:
        return hmac.compare_digest(hash160(_nested(key_hash)), script.program)
    return script.kind is ScriptKind.P2WPKH and hmac.compare_digest(key_hash, script.program)


def _nested(key_hash: bytes) -> bytes:
    return b"\x00\x14" + key_hash


def _is_simple(script: Script, message: bytes, data: bytes) -> bool:
    try:
        witness = read_witness(data)
    except Unreadable:
        return False
    to_sign = ToSign(to_spend_id(message, script.raw), witness=witness)
    if script.kind is ScriptKind.P2SH and len(witness) == 2:
        nested = _nested(hash160(witness[1]))
        to_sign = ToSign(to_sign.spends, script_sig=packed(nested), witness=witness)
    return script.kind is not ScriptKind.P2PKH and _satisfies(script, to_sign)


def _is_full(script: Script, message: bytes, data: bytes) -> bool:
    try:
        to_sign = read_to_sign(data)
    except Unreadable:
        return False
    return to_sign.spends == to_spend_id(message, script.raw) and _satisfies(script, to_sign)


def _satisfies(script: Script, to_sign: ToSign) -> bool:
    if script.kind is ScriptKind.P2TR:
        return not to_sign.script_sig and _has_key_path(script, to_sign)
    if script.kind is ScriptKind.P2PKH:
        return not to_sign.witness and _has_key(script, to_sign)
    return _has_witness_key(script, to_sign)


def _has_key_path(script: Script, to_sign: ToSign) -> bool:
    if len(to_sign.witness) != 1:
        return False
    signature = to_sign.witness[0]
    kind = SIGHASH_DEFAULT if len(signature) == 64 else signature[-1] if len(signature) == 65 else -1
    # 65 bytes that end in the default would be a second spelling (BIP 341 forbids it).
    if kind != (SIGHASH_DEFAULT if len(signature) == 64 else SIGHASH_ALL):
        return False
    try:
        key = coincurve.PublicKeyXOnly(script.program)
        return key.verify(signature[:64], to_sign.hash_of_taproot(script.raw, kind))
    except ValueError:
        return False


def _has_key(script: Script, to_sign: ToSign) -> bool:
    pushed = _two_pushes(to_sign.script_sig)
    if pushed is None or not hmac.compare_digest(hash160(pushed[1]), script.program):
        return False
    return _is_right(*pushed, to_sign.hash_of_key(script.raw))


def _has_witness_key(script: Script, to_sign: ToSign) -> bool:
    if len(to_sign.witness) != 2 or len(to_sign.witness[1]) != 33:
        return False
    signature, key = to_sign.witness
    key_hash = hash160(key)
    wanted = packed(_nested(key_hash)) if script.kind is ScriptKind.P2SH else b""
    if to_sign.script_sig != wanted or not _is_of(script, key_hash):
        return False
    return _is_right(signature, key, to_sign.hash_of_witness(key_script(key_hash)))


def _two_pushes(script_sig: bytes) -> tuple[bytes, bytes] | None:
    """A signature and a key, each pushed in the shortest way."""
    first = script_sig[0] if script_sig else 0
    signature, rest = script_sig[1 : 1 + first], script_sig[1 + first :]
    if not 9 <= first <= 73 or len(signature) != first or not rest or len(rest) != 1 + rest[0]:
        return None
    return (signature, rest[1:]) if rest[0] in (33, 65) else None


def _is_right(signature: bytes, key: bytes, digest: bytes) -> bool:
    if not signature or signature[-1] != SIGHASH_ALL:
        return False
    try:
        # The library takes strict DER with a low s only, as BIP 322 asks for.
        return coincurve.PublicKey(key).verify(signature[:-1], digest, hasher=None)
    except ValueError:
        return False
