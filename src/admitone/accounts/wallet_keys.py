"""Signing in with a Lightning wallet (LNURL-auth, LUD-04): a question that one browser asks, a key that answers it.

A question is answered once, within ten minutes, by whoever signs its `k1`; only the browser that asked may use the
answer, once, within half an hour. A key belongs to one person. A key nobody has makes no person: it is linked by
somebody who is signed in. Source: https://github.com/lnurl/luds/blob/luds/04.md
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import coincurve

from admitone.accounts import wallet_key_store as store
from admitone.accounts.refusals import (
    TooManyWalletKeys,
    WalletChallengeGone,
    WalletKeyNotFound,
    WalletKeyTaken,
    WalletKeyUnknown,
    WalletSignatureWrong,
)
from admitone.accounts.tokens import hash_of
from admitone.accounts.wallet_key_store import WalletKey
from admitone.plumbing.database import Reader, Transaction
from admitone.values.ids import uuid7

WALLET_ASK_MINUTES: Final = 10
WALLET_USE_MINUTES: Final = 30
"""Long enough to sign in by a mailed link first, which works for 20."""

WALLET_KEYS_MOST: Final = 10
_KEY_BYTES: Final = 33
_SIGNATURE_MOST: Final = 72
_K1_BYTES: Final = 32


class WalletState(StrEnum):
    """Where a question stands. `KNOWN`: its key signs somebody in; `UNKNOWN`: nobody has the key yet."""

    WAITING = "waiting"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WalletLook:
    """Where a question stands, and whose key answered it, if it is somebody's."""

    state: WalletState
    person_id: UUID | None = None


async def ask_a_wallet(tx: Transaction, challenge_id: UUID, browser: str, now: datetime) -> None:
    """Ask. `browser` is a secret that only the browser which asks keeps."""
    until = now + timedelta(minutes=WALLET_ASK_MINUTES)
    await store.insert_challenge(tx, challenge_id, hash_of(browser), now, until)


def check_wallet_signature(k1: bytes, key_hex: str, signature_hex: str) -> bytes:
    """The key (33 bytes) if this is its signature of `k1`: DER over secp256k1, as LUD-04 wants it.

    Raises `WalletSignatureWrong`.
    """
    try:
        key, signature = bytes.fromhex(key_hex), bytes.fromhex(signature_hex)
        is_right = (
            len(k1) == _K1_BYTES
            and len(key) == _KEY_BYTES
            and len(signature) <= _SIGNATURE_MOST
            and coincurve.PublicKey(key).verify(signature, k1, hasher=None)
        )
    except ValueError:
        is_right = False
    if not is_right:
        raise WalletSignatureWrong
    return key


async def answer_wallet_challenge(tx: Transaction, challenge_id: UUID, key: bytes, now: datetime) -> None:
    """This key has signed the question. Raises `WalletChallengeGone` for one that was answered or is too old."""
    if not await store.answer(tx, challenge_id, key, now, now + timedelta(minutes=WALLET_USE_MINUTES)):
        raise WalletChallengeGone


async def look_at_wallet_challenge(
    reader: Reader, challenge_id: UUID, browser: str, now: datetime
) -> WalletLook:
    """Where the question stands, for the browser that asked. Raises `WalletChallengeGone` for every other."""
    row = await store.challenge(reader, challenge_id)
    if (
        row is None
        or row.used_at is not None
        or row.valid_until <= now
        or row.browser_hash != hash_of(browser)
    ):
        raise WalletChallengeGone
    if row.linking_key is None:
        return WalletLook(WalletState.WAITING)
    known = await store.key(reader, row.linking_key)
    return (
        WalletLook(WalletState.UNKNOWN) if known is None else WalletLook(WalletState.KNOWN, known.person_id)
    )


async def use_wallet_challenge(tx: Transaction, challenge_id: UUID, browser: str, now: datetime) -> UUID:
    """Use the answer up; whom its key signs in. Raises `WalletChallengeGone`, `WalletKeyUnknown`."""
    key = await store.use(tx, challenge_id, hash_of(browser), now)
    if key is None:
        raise WalletChallengeGone
    known = await store.touch_key(tx, key, now)
    if known is None:
        raise WalletKeyUnknown
    return known.person_id


async def link_wallet_key(
    tx: Transaction, challenge_id: UUID, browser: str, person_id: UUID, now: datetime
) -> WalletKey:
    """Use the answer up and link its key to this person; linking their own key again changes nothing.

    Raises `WalletChallengeGone`, `WalletKeyTaken` when it is somebody else's, `TooManyWalletKeys`.
    """
    linking_key = await store.use(tx, challenge_id, hash_of(browser), now)
    if linking_key is None:
        raise WalletChallengeGone
    await store.lock_person(tx, person_id)
    mine = await store.keys_of(tx, person_id)
    if len(mine) >= WALLET_KEYS_MOST and all(one.linking_key != linking_key for one in mine):
        raise TooManyWalletKeys(most=WALLET_KEYS_MOST)
    await store.insert_key(tx, uuid7(), linking_key, person_id, now)
    linked = await store.key(tx, linking_key)
    assert linked is not None, "it was just linked, or was there"
    if linked.person_id != person_id:
        raise WalletKeyTaken
    return linked


async def wallet_keys_of(reader: Reader, person_id: UUID) -> list[WalletKey]:
    """The person's keys, the first linked first."""
    return await store.keys_of(reader, person_id)


async def unlink_wallet_key(tx: Transaction, key_id: UUID, person_id: UUID) -> None:
    """This key signs the person in no more. Raises `WalletKeyNotFound`."""
    if not await store.delete_key(tx, key_id, person_id):
        raise WalletKeyNotFound


async def unlink_all_wallet_keys(tx: Transaction, person_id: UUID) -> int:
    """No key signs the person in any more; how many there were. Whoever links one waits until this has ended."""
    await store.lock_person(tx, person_id)
    return await store.delete_keys(tx, person_id)
