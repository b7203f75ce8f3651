"""Organisers: who puts events on sale and owns their money."""

from datetime import datetime
from uuid import UUID

from admitone.accounts.facts import ModeSwitched
from admitone.accounts.refusals import OrganiserNotFound
from admitone.accounts.team import store
from admitone.accounts.team.store import Organiser, Post
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.values.actor import Role


async def organiser(reader: Reader, organiser_id: UUID) -> Organiser:
    """The organiser with this id. Raises `OrganiserNotFound`."""
    found = await store.organiser(reader, organiser_id)
    if found is None:
        raise OrganiserNotFound
    return found


async def organiser_by_slug(reader: Reader, slug: str) -> Organiser:
    """The organiser with this address. Raises `OrganiserNotFound`."""
    found = await store.organiser_by_slug(reader, slug)
    if found is None:
        raise OrganiserNotFound
    return found


async def organisers_of(reader: Reader, person_id: UUID) -> list[Post]:
    """The organisers this person works for and as what, by name."""
    return await store.organisers_of(reader, person_id)


async def kept_mode(tx: Transaction, organiser_id: UUID) -> str:
    """`test` or `live`: for which money the organiser sells until this transaction ends. Raises `OrganiserNotFound`."""
    mode = await store.kept_mode(tx, organiser_id)
    if mode is None:
        raise OrganiserNotFound
    return mode


async def switch_mode(tx: Transaction, organiser_id: UUID, mode: str, *, actor: str) -> bool:
    """Sell for other money from now on, announced; False when it was so. Whoever drafts an event waits meanwhile."""
    if await lock_mode(tx, organiser_id) == mode:
        return False
    await store.write_mode(tx, organiser_id, mode)
    await announce(tx, [ModeSwitched(subject_id=organiser_id, organiser_id=organiser_id, mode=mode)], actor)
    return True


async def lock_mode(tx: Transaction, organiser_id: UUID) -> str:
    """The organiser's mode, locked to be changed. Raises `OrganiserNotFound`."""
    mode = await store.lock_mode(tx, organiser_id)
    if mode is None:
        raise OrganiserNotFound
    return mode


async def create_organiser(
    tx: Transaction,
    organiser_id: UUID,
    slug: str,
    name: str,
    contact_email: str,
    owner_id: UUID,
    now: datetime,
) -> bool:
    """Make an organiser with its first owner; False, and nothing made, when the slug is taken."""
    if not await store.insert_organiser(tx, organiser_id, slug, name, contact_email, now):
        return False
    made = await store.insert_member(tx, organiser_id, owner_id, Role.OWNER, now)
    assert made, "a new organiser has no members"
    return True
