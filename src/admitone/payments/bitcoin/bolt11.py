"""Lightning invoices: the text a wallet pays (`lnbc1...`), read strictly and written.

Format: BOLT 11 (https://github.com/lightning/bolts/blob/master/11-payment-encoding.md), features of BOLT 9. Read:
Bech32 in one case, a known network, an amount of whole msat, one payment hash and secret, one description or its hash,
no feature we would have to know and do not, a signature that gives the payee's key. What is repeated, or says two
things, is refused: we are about to pay it. A fixed field of another length is passed over, as in the example of BOLT 11
(its text says otherwise since 2025). Written: as nodes want it, with `var_onion` and `payment_secret`.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

from coincurve import PrivateKey, PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from admitone.payments.bitcoin import bech32
from admitone.values.currencies import MSAT_PER_BTC

LENGTH_MOST: Final = 4296
"""Signs: what a QR code of the largest size holds in capitals. Longer is nobody's invoice."""
PREFIXES: Final = ("lnbc", "lntb", "lntbs", "lnbcrt")
EXPIRY_DEFAULT_SECONDS: Final = 3600
CLTV_DEFAULT_BLOCKS: Final = 18
MSAT_MOST: Final = 21_000_000 * MSAT_PER_BTC
VAR_ONION, PAYMENT_SECRET, BASIC_MPP, PAYMENT_METADATA = 8, 14, 16, 48
"""Feature bits (BOLT 9), the even one of each pair: to be understood by whoever pays."""

_KNOWN_BITS: Final = frozenset({VAR_ONION, PAYMENT_SECRET, BASIC_MPP, PAYMENT_METADATA})
_HUMAN: Final = re.compile(r"(lnbcrt|lntbs|lnbc|lntb)(?:([1-9][0-9]*)([munp]?))?")
# A tenth of a msat is 1 p: the amount times this, in tenths of a msat.
_TENTHS: Final = {"": 10 * MSAT_PER_BTC, "m": 10**9, "u": 10**6, "n": 10**3, "p": 1}
_TIME_GROUPS, _SIGNATURE_GROUPS, _HASH_GROUPS, _KEY_GROUPS = 7, 104, 52, 53
_SECONDS_MOST: Final = 10**9


class BadBolt11(ValueError):
    """The text is no invoice that may be paid. The message says why, without any of the text."""


class Field(IntEnum):
    """Types of tagged fields which we read; others are passed over, as are those of a length they must not have."""

    PAYMENT_HASH = 1
    FEATURES = 5
    EXPIRY = 6
    DESCRIPTION = 13
    SECRET = 16
    PAYEE = 19
    DESCRIPTION_HASH = 23
    CLTV = 24


_LENGTHS: Final = {
    Field.PAYMENT_HASH: _HASH_GROUPS,
    Field.SECRET: _HASH_GROUPS,
    Field.DESCRIPTION_HASH: _HASH_GROUPS,
    Field.PAYEE: _KEY_GROUPS,
}
_NUMBERS: Final = frozenset({Field.FEATURES, Field.EXPIRY, Field.CLTV})


@dataclass(frozen=True, slots=True)
class Bolt11:
    """An invoice. `prefix` is its network's (`lnbc` the main one); `amount_msat` None lets the payer choose.

    `payment_hash`, `secret` and `description_hash` are 32 bytes, `payee` is the 33 of a public key.
    """

    prefix: str
    amount_msat: int | None
    made_at: datetime
    expires_at: datetime
    payment_hash: bytes
    secret: bytes
    description: str | None
    description_hash: bytes | None
    cltv_blocks: int
    features: frozenset[int]
    payee: bytes


@dataclass(frozen=True, slots=True)
class NewBolt11:
    """An invoice to write: with a description or the hash of one. `expiry_seconds` counts from `made_at`.

    Of a description of more than 450 bytes comes an invoice that LDK 0.1 does not read (1,023 signs at most).
    """

    prefix: str
    amount_msat: int | None
    made_at: datetime
    payment_hash: bytes
    secret: bytes
    description: str | None = None
    description_hash: bytes | None = None
    expiry_seconds: int = EXPIRY_DEFAULT_SECONDS
    cltv_blocks: int = CLTV_DEFAULT_BLOCKS


def decode(written: str) -> Bolt11:
    """What the invoice says. Raises `BadBolt11`; whether it is for us, and still in time, is for the caller to see."""
    if len(written) > LENGTH_MOST:
        raise BadBolt11("too long")
    try:
        human, groups, form = bech32.decode(written)
    except bech32.NotBech32 as bad:
        raise BadBolt11(str(bad)) from None
    if form is not bech32.Form.BECH32:
        raise BadBolt11("the checksum does not fit")
    if len(groups) < _TIME_GROUPS + _SIGNATURE_GROUPS:
        raise BadBolt11("too short")
    prefix, amount_msat = _read_human(human)
    signed, signature = groups[:-_SIGNATURE_GROUPS], groups[-_SIGNATURE_GROUPS:]
    fields = _read_fields(signed[_TIME_GROUPS:])
    features = _read_features(fields.get(Field.FEATURES, []))
    made_at = datetime.fromtimestamp(_number(signed[:_TIME_GROUPS]), UTC)
    expiry_seconds = _number(fields[Field.EXPIRY]) if Field.EXPIRY in fields else EXPIRY_DEFAULT_SECONDS
    if Field.PAYMENT_HASH not in fields or Field.SECRET not in fields:
        raise BadBolt11("no payment hash, or no payment secret")
    if (Field.DESCRIPTION in fields) == (Field.DESCRIPTION_HASH in fields):
        raise BadBolt11("neither a description nor its hash, or both")
    return Bolt11(
        prefix=prefix,
        amount_msat=amount_msat,
        made_at=made_at,
        expires_at=made_at + timedelta(seconds=min(expiry_seconds, _SECONDS_MOST)),
        payment_hash=_bytes_of(fields[Field.PAYMENT_HASH]),
        secret=_bytes_of(fields[Field.SECRET]),
        description=_read_words(fields[Field.DESCRIPTION]) if Field.DESCRIPTION in fields else None,
        description_hash=_bytes_of(fields[Field.DESCRIPTION_HASH])
        if Field.DESCRIPTION_HASH in fields
        else None,
        cltv_blocks=_number(fields[Field.CLTV]) if Field.CLTV in fields else CLTV_DEFAULT_BLOCKS,
        features=features,
        payee=_payee(_digest(human, signed), bech32.to_bytes(signature), fields.get(Field.PAYEE)),
    )


def encode(new: NewBolt11, key: bytes) -> str:
    """The invoice, signed with this secp256k1 key (32 bytes). The same again gives the same text (RFC 6979)."""
    assert new.prefix in PREFIXES, "a network we know"
    assert (new.description is None) != (new.description_hash is None), "a description or its hash"
    assert len(new.payment_hash) == len(new.secret) == 32, "a hash and a secret are 32 bytes"
    assert new.expiry_seconds > 0 < new.cltv_blocks, "it can be paid for a while"
    words = new.description
    about = (
        _field(Field.DESCRIPTION, bech32.to_groups(words.encode()))
        if words is not None
        else _field(Field.DESCRIPTION_HASH, bech32.to_groups(new.description_hash or b""))
    )
    signed = [
        *_groups(int(new.made_at.timestamp()), _TIME_GROUPS),
        *_field(Field.PAYMENT_HASH, bech32.to_groups(new.payment_hash)),
        *_field(Field.SECRET, bech32.to_groups(new.secret)),
        *about,
        *_field(Field.EXPIRY, _groups(new.expiry_seconds)),
        *_field(Field.CLTV, _groups(new.cltv_blocks)),
        *_field(Field.FEATURES, _groups(1 << VAR_ONION | 1 << PAYMENT_SECRET)),
    ]
    human = new.prefix + _amount_text(new.amount_msat)
    signature = PrivateKey(key).sign_recoverable(_digest(human, signed), hasher=None)
    return bech32.encode(human, [*signed, *bech32.to_groups(signature)])


def _read_human(human: str) -> tuple[str, int | None]:
    found = _HUMAN.fullmatch(human)
    if found is None:
        raise BadBolt11("an unknown network or amount")
    prefix, digits, multiplier = found.groups()
    if digits is None:
        return prefix, None
    if len(digits) > 20:
        raise BadBolt11("more than there is")
    msat, tenths = divmod(int(digits) * _TENTHS[multiplier], 10)
    if tenths:
        raise BadBolt11("an amount of less than a whole msat")
    if msat > MSAT_MOST:
        raise BadBolt11("more than there is")
    return prefix, msat


def _amount_text(amount_msat: int | None) -> str:
    if amount_msat is None:
        return ""
    assert 0 < amount_msat <= MSAT_MOST, "an amount there is"
    multiplier = next(one for one, tenths in _TENTHS.items() if amount_msat * 10 % tenths == 0)
    return f"{amount_msat * 10 // _TENTHS[multiplier]}{multiplier}"


def _read_fields(groups: Sequence[int]) -> dict[Field, list[int]]:
    known, fields, at = frozenset(Field), {}, 0
    while at < len(groups):
        if len(groups) - at < 3:
            raise BadBolt11("it breaks off")
        kind, length = groups[at], groups[at + 1] * 32 + groups[at + 2]
        data = list(groups[at + 3 : at + 3 + length])
        if len(data) < length:
            raise BadBolt11("it breaks off")
        at += 3 + length
        if kind not in known or _LENGTHS.get(Field(kind), length) != length:
            continue
        if Field(kind) in fields:
            raise BadBolt11("it says one thing twice")
        if Field(kind) in _NUMBERS and data[:1] == [0]:
            raise BadBolt11("a number with a zero before it")
        fields[Field(kind)] = data
    return fields


def _read_features(groups: Sequence[int]) -> frozenset[int]:
    number = _number(groups)
    bits = frozenset(at for at in range(number.bit_length()) if number >> at & 1)
    if unknown := sorted(bit for bit in bits if bit % 2 == 0 and bit not in _KNOWN_BITS):
        raise BadBolt11(f"it needs feature {unknown[0]}, which is unknown here")
    if bits & {BASIC_MPP, BASIC_MPP + 1} and not bits & {PAYMENT_SECRET, PAYMENT_SECRET + 1}:
        raise BadBolt11("payment in parts without a payment secret")
    return bits


def _read_words(groups: Sequence[int]) -> str:
    try:
        return _bytes_of(groups).decode()
    except UnicodeDecodeError:
        raise BadBolt11("a description that is not text") from None


def _payee(digest: bytes, signature: bytes, named: Sequence[int] | None) -> bytes:
    """The key that signed. Where the invoice names one, only that is asked for (BOLT 11), and S has to be low."""
    if named is not None:
        numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"))
        key = _bytes_of(named)
        try:
            is_right = PublicKey(key).verify(encode_dss_signature(*numbers), digest, hasher=None)
        except ValueError:
            is_right = False
        if not is_right:
            raise BadBolt11("the signature is not the payee's")
        return key
    try:
        return PublicKey.from_signature_and_message(signature, digest, hasher=None).format()
    except ValueError:
        raise BadBolt11("the signature is not right") from None


def _digest(human: str, signed: Sequence[int]) -> bytes:
    bits = len(signed) * 5
    # Zeros fill up the last byte.
    number = _number(signed) << (-bits % 8)
    return hashlib.sha256(human.encode() + number.to_bytes((bits + 7) // 8, "big")).digest()


def _field(kind: Field, data: Sequence[int]) -> list[int]:
    assert len(data) < 1024, "a field has at most 1023 groups of 5 bits"
    return [kind, *divmod(len(data), 32), *data]


def _number(groups: Iterable[int]) -> int:
    number = 0
    for group in groups:
        number = number << 5 | group
    return number


def _groups(number: int, length: int | None = None) -> list[int]:
    """A number as 5-bit groups, as few as it needs (at least one) or exactly `length`."""
    wanted = length or max(1, -(-number.bit_length() // 5))
    assert number >> (5 * wanted) == 0, "it fits"
    return [number >> (5 * at) & 31 for at in reversed(range(wanted))]


def _bytes_of(groups: Sequence[int]) -> bytes:
    try:
        return bech32.to_bytes(groups)
    except bech32.NotBech32 as bad:
        raise BadBolt11(str(bad)) from None
