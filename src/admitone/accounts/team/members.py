"""Members: the people who work for an organiser. There is always an owner among them."""

from datetime import datetime
from uuid import UUID

from admitone.accounts.refusals import LastOwner, MemberNotFound, NotAllowed, OrganiserNotFound
from admitone.accounts.team import store
from admitone.accounts.team.store import Member
from admitone.plumbing.database import Reader, Transaction
from admitone.values.actor import Role


async def members(reader: Reader, organiser_id: UUID) -> list[Member]:
    """The team: owners first, then by when they came."""
    return await store.members(reader, organiser_id)


async def change_role(
    tx: Transaction, organiser_id: UUID, person_id: UUID, role: Role, changer_id: UUID
) -> Role:
    """Give a member another role; the one they had.

    The changer must be an owner at this moment. What somebody who is no owner any more has invited is taken
    back, as it is when they are removed. Raises `NotAllowed`, `MemberNotFound`, `LastOwner`.
    """
    if not await store.lock_team(tx, organiser_id):
        raise OrganiserNotFound
    if await store.role_of(tx, organiser_id, changer_id) is not Role.OWNER:
        raise NotAllowed
    before = await store.role_of(tx, organiser_id, person_id)
    if before is None:
        raise MemberNotFound
    if not await store.change_role(tx, organiser_id, person_id, role):
        raise LastOwner
    if before is Role.OWNER and role is not Role.OWNER:
        await store.withdraw_by(tx, organiser_id, person_id)
    return before


async def remove_member(tx: Transaction, organiser_id: UUID, person_id: UUID, remover_id: UUID) -> Role:
    """Remove a member, or leave (`person_id` and `remover_id` the same); the role they had.

    The remover must be an owner at this moment, not only when the request came in: of two owners who remove
    each other one is first, and the other is then no owner any more. What the removed person has invited is
    taken back. Raises `NotAllowed`, `MemberNotFound`, `LastOwner`.
    """
    if not await store.lock_team(tx, organiser_id):
        raise OrganiserNotFound
    if remover_id != person_id and await store.role_of(tx, organiser_id, remover_id) is not Role.OWNER:
        raise NotAllowed
    role = await store.role_of(tx, organiser_id, person_id)
    if role is None:
        raise MemberNotFound
    if not await store.remove_member(tx, organiser_id, person_id):
        raise LastOwner
    await store.withdraw_by(tx, organiser_id, person_id)
    return role


async def add_member(tx: Transaction, organiser_id: UUID, person_id: UUID, role: Role, now: datetime) -> bool:
    """Make a person a member without an invitation (the demo's people); False when they are one already."""
    return await store.insert_member(tx, organiser_id, person_id, role, now)
