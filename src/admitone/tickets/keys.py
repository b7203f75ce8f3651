"""The keys that sign codes: kept sealed, given out as a ring.

The newest key that is not retired signs; retired keys still verify what they signed, so tickets that were
sold before a rotation stay good. Key ids are one byte and never used twice.

Every process has one live ring and a keeper that reads the keys again every few seconds, so that a rotation needs
no restart, and at once when a ticket of ours names a key that came later. Codes presented at a door cause no reading,
whatever key they name: a ticket's current code is known by its digest, not by its signature.
"""

import asyncio
from collections.abc import Iterable

import structlog

from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.sealing import Sealer
from admitone.plumbing.signing import KeyRing, LiveRing
from admitone.tickets import store

log = structlog.get_logger(__name__)
KEEP_UP_SECONDS = 5.0

FIRST_KEY = 1
LAST_KEY = 255


def _context(key_id: int) -> bytes:
    return b"tickets/signing_key/%d" % key_id


async def ensure_key(tx: Transaction, sealer: Sealer) -> None:
    """Make key 1 if there is no key yet. Of processes that start together one makes it and all use it."""
    if not await store.keys(tx):
        await _make(tx, sealer, FIRST_KEY)


async def rotate(tx: Transaction, sealer: Sealer) -> int:
    """Make a new key, which signs from now on, and retire the others; the new key's id.

    Other processes sign with the retired key for `KEEP_UP_SECONDS` more: still good.
    """
    await store.lock_keys(tx)
    newest = max(key.id for key in await store.keys(tx))
    assert newest < LAST_KEY, "a key id is one byte"
    await store.retire_keys(tx)
    await _make(tx, sealer, newest + 1)
    return newest + 1


async def _make(tx: Transaction, sealer: Sealer, key_id: int) -> None:
    fresh = KeyRing.generate(key_id)
    sealed = sealer.seal(fresh.raw_private_keys()[key_id], _context(key_id))
    await store.insert_key(tx, key_id, fresh.raw_public_keys()[key_id], sealed)


async def load_ring(reader: Reader, sealer: Sealer) -> KeyRing:
    """Every key there is, the newest active.

    Raises `SealBroken` when the master key is not the one they were sealed with.

    `ensure_key` must have run.
    """
    rows = await store.keys(reader)
    private = {row.id: sealer.open_(row.sealed_private, _context(row.id)) for row in rows}
    ring = KeyRing.from_raw(private, max(row.id for row in rows if not row.is_retired))
    assert ring.raw_public_keys() == {row.id: row.public for row in rows}, (
        "both halves of each key belong together"
    )
    return ring


class KeyKeeper:
    """Keeps one process's ring as the database has it."""

    def __init__(self, database: Database, sealer: Sealer, ring: KeyRing) -> None:
        self.ring = LiveRing.from_raw(ring.raw_private_keys(), ring.active)
        self._database = database
        self._sealer = sealer
        self._reading = asyncio.Lock()

    async def know(self, key_ids: Iterable[int]) -> None:
        """Have the keys that these tickets of ours name, also those made a moment ago.

        `key_ids` come from the tickets table, never from a code somebody shows: so they are there, and one reading is
        enough for everybody who asks meanwhile.
        """
        wanted = set(key_ids)
        if wanted <= self.ring.public_keys().keys():
            return
        async with self._reading:
            if not wanted <= self.ring.public_keys().keys():
                await self._read()

    async def keep_up(self) -> int:
        """Read the keys again; 1 when they have changed. For whoever calls every `KEEP_UP_SECONDS`."""
        async with self._reading:
            return int(await self._read())

    async def _read(self) -> bool:
        async with self._database.reading() as reader:
            rows = await store.keys(reader)
            active = max(row.id for row in rows if not row.is_retired)
            if active == self.ring.active and {row.id for row in rows} == self.ring.public_keys().keys():
                return False
            newer = await load_ring(reader, self._sealer)
        self.ring.adopt(newer)
        log.info("signing_keys.changed", active=newer.active, keys=len(rows))
        return True
