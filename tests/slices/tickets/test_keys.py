"""Signing keys: made once, kept sealed, replaced without a gap."""

import asyncio
import secrets

import pytest
from sqlalchemy import text

from admitone import tickets
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import SealBroken, Sealer
from admitone.plumbing.signing import KeyRing
from tests.support.door import count, put_house, put_tickets


def a_sealer() -> Sealer:
    """A sealer with a master key of its own."""
    return Sealer({1: secrets.token_bytes(32)}, active=1)


async def ring_of(db: Database, sealer: Sealer) -> KeyRing:
    """The ring as a process starting now loads it."""
    async with db.reading() as reader:
        return await tickets.load_ring(reader, sealer)


async def test_processes_that_start_together_all_have_the_same_first_key(db: Database) -> None:
    sealer = a_sealer()
    await asyncio.gather(*(db.run(lambda tx: tickets.ensure_key(tx, sealer)) for _ in range(6)))
    assert await count(db, "tickets_signing_key") == 1
    ring = await ring_of(db, sealer)
    assert ring.active == 1
    await db.run(lambda tx: tickets.ensure_key(tx, sealer))
    assert (await ring_of(db, sealer)).raw_private_keys() == ring.raw_private_keys()


async def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda tx: tickets.ensure_key(tx, sealer))
    before = await ring_of(db, sealer)
    house = await put_house(db)
    [old] = await put_tickets(db, house, before)
    assert await db.run(lambda tx: tickets.rotate(tx, sealer)) == 2
    after = await ring_of(db, sealer)
    assert (after.active, sorted(after.public_keys())) == (2, [1, 2])
    [new] = await put_tickets(db, house, after)
    assert (old.key_id, new.key_id) == (1, 2)
    assert tickets.code_of(old, after) == tickets.code_of(old, before)
    assert tickets.verify(tickets.parse(tickets.code_of(old, after)), after.public_keys())


async def test_rotations_at_the_same_moment_make_a_key_each(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda tx: tickets.ensure_key(tx, sealer))
    made = await asyncio.gather(*(db.run(lambda tx: tickets.rotate(tx, sealer)) for _ in range(4)))
    assert sorted(made) == [2, 3, 4, 5]
    assert (await ring_of(db, sealer)).active == 5


async def test_a_copy_of_the_database_has_no_private_key(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda tx: tickets.ensure_key(tx, sealer))
    ring = await ring_of(db, sealer)
    async with db.reading() as reader:
        row = (await reader.execute(text("SELECT k::text FROM tickets_signing_key AS k"))).scalar_one()
    assert ring.raw_private_keys()[1].hex() not in row
    assert ring.raw_public_keys()[1].hex() in row
    with pytest.raises(SealBroken):
        await ring_of(db, a_sealer())


async def test_a_sealed_key_moved_to_another_row_does_not_open(db: Database) -> None:
    sealer = a_sealer()
    await db.run(lambda tx: tickets.ensure_key(tx, sealer))
    await db.run(lambda tx: tickets.rotate(tx, sealer))
    async with db.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE tickets_signing_key SET sealed_private = "
                "(SELECT sealed_private FROM tickets_signing_key WHERE id = 1) WHERE id = 2"
            )
        )
    with pytest.raises(SealBroken):
        await ring_of(db, sealer)
