"""Invitations to a team: mailed to an address, good for one use by that address, for 7 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from admitone.accounts import store as people_store
from admitone.accounts.refusals import (
    AlreadyMember,
    InvitationForAnother,
    InvitationGone,
    InvitationNotFound,
    NotAllowed,
    NotSignedIn,
    OrganiserNotFound,
)
from admitone.accounts.team import store
from admitone.accounts.team.store import Invitation
from admitone.accounts.tokens import hash_of, new_token
from admitone.plumbing.database import Reader, Transaction
from admitone.values.actor import Role
from admitone.values.contact import email_key
from admitone.values.ids import uuid7

LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation that is about to be mailed. `token` is in the letter and nowhere else."""

    id: UUID
    token: str
    valid_until: datetime

    def __repr__(self) -> str:
        return f"NewInvitation(id={self.id!r})"


async def invite(
    tx: Transaction, organiser_id: UUID, email: str, role: Role, inviter_id: UUID, now: datetime
) -> NewInvitation:
    """Keep a new invitation to this address (as `valid_email` returns it); earlier ones to it stop working.

    Raises `AlreadyMember`, and `NotAllowed` when the inviter is no owner at this moment.
    """
    if not await store.lock_team(tx, organiser_id):
        raise OrganiserNotFound
    if await store.role_of(tx, organiser_id, inviter_id) is not Role.OWNER:
        raise NotAllowed
    key = email_key(email)
    known = await people_store.person_by_email(tx, key)
    if known is not None and await store.role_of(tx, organiser_id, known.id) is not None:
        raise AlreadyMember(field="email")
    await store.withdraw_for(tx, organiser_id, key)
    new = NewInvitation(uuid7(), new_token(), now + LASTS)
    row = Invitation(new.id, organiser_id, email, key, role, inviter_id, new.valid_until, None)
    await store.insert_invitation(tx, row, hash_of(new.token), now)
    return new


async def open_invitations(reader: Reader, organiser_id: UUID, now: datetime) -> list[Invitation]:
    """The invitations that can still be accepted, oldest first."""
    return await store.open_invitations(reader, organiser_id, now)


async def look_at_invitation(reader: Reader, token: str, now: datetime) -> Invitation:
    """What the invitation offers, without accepting it. Raises `InvitationNotFound`, `InvitationGone`."""
    found = await store.invitation(reader, hash_of(token))
    if found is None:
        raise InvitationNotFound
    if found.used_at is not None or found.valid_until <= now:
        raise InvitationGone
    return found


async def accept(tx: Transaction, token: str, person_id: UUID, now: datetime) -> Invitation:
    """Make the person a member as the invitation says.

    Raises `InvitationNotFound`, `InvitationGone`, `InvitationForAnother`, `AlreadyMember` (the invitation
    stays open).
    """
    found = await look_at_invitation(tx, token, now)
    who = await people_store.person(tx, person_id)
    if who is None:
        raise NotSignedIn
    if who.email_key != found.email_key:
        raise InvitationForAnother
    await store.lock_team(tx, found.organiser_id)
    if not await store.use_invitation(tx, hash_of(token), who.email_key, now):
        raise InvitationGone
    if not await store.insert_member(tx, found.organiser_id, person_id, found.role, now):
        raise AlreadyMember
    return found


async def withdraw(tx: Transaction, organiser_id: UUID, invitation_id: UUID) -> None:
    """Take an open invitation back. Raises `InvitationNotFound`."""
    if not await store.withdraw(tx, organiser_id, invitation_id):
        raise InvitationNotFound
