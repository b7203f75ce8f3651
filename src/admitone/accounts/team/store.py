"""Accounts' SQL about organisers, members and invitations. Lock order: organiser, invitation, member."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from admitone.plumbing.database import Reader, Transaction
from admitone.values.actor import Role


@dataclass(frozen=True, slots=True)
class Organiser:
    """An organiser as everybody may see it; `contact_email` is shown on its events."""

    id: UUID
    slug: str
    name: str
    contact_email: str
    created_at: datetime
    payment_mode: str = "test"

    @property
    def is_test(self) -> bool:
        """What it puts on sale is sold for play money."""
        return self.payment_mode == "test"


_ORGANISER = "SELECT id, slug, name, contact_email, created_at, payment_mode FROM accounts_organiser"


async def organiser(reader: Reader, organiser_id: UUID) -> Organiser | None:
    """The organiser with this id."""
    row = (await reader.execute(text(f"{_ORGANISER} WHERE id = :id"), {"id": organiser_id})).one_or_none()
    return None if row is None else Organiser(**row._mapping)


async def organiser_by_slug(reader: Reader, slug: str) -> Organiser | None:
    """The organiser with this address."""
    row = (await reader.execute(text(f"{_ORGANISER} WHERE slug = :slug"), {"slug": slug})).one_or_none()
    return None if row is None else Organiser(**row._mapping)


@dataclass(frozen=True, slots=True)
class Post:
    """What a person is to one organiser."""

    organiser: Organiser
    role: Role


async def organisers_of(reader: Reader, person_id: UUID) -> list[Post]:
    """The organisers this person works for, by name."""
    rows = await reader.execute(
        text(
            "SELECT id, slug, name, contact_email, organiser.created_at, payment_mode, role "
            "FROM accounts_organiser AS organiser "
            "JOIN accounts_member AS member ON member.organiser_id = organiser.id "
            "WHERE person_id = :person_id ORDER BY name, id"
        ),
        {"person_id": person_id},
    )
    return [
        Post(
            Organiser(row.id, row.slug, row.name, row.contact_email, row.created_at, row.payment_mode),
            Role(row.role),
        )
        for row in rows
    ]


async def insert_organiser(
    tx: Transaction, organiser_id: UUID, slug: str, name: str, contact_email: str, now: datetime
) -> bool:
    """Make an organiser; False when the slug is taken."""
    made = await tx.execute(
        text(
            "INSERT INTO accounts_organiser (id, slug, name, contact_email, created_at) "
            "VALUES (:id, :slug, :name, :contact_email, :now) ON CONFLICT (slug) DO NOTHING"
        ),
        {"id": organiser_id, "slug": slug, "name": name, "contact_email": contact_email, "now": now},
    )
    return made.rowcount == 1


async def kept_mode(tx: Transaction, organiser_id: UUID) -> str | None:
    """The organiser's payment mode, which stays so until this transaction ends."""
    rows = await tx.execute(
        text("SELECT payment_mode FROM accounts_organiser WHERE id = :id FOR SHARE"), {"id": organiser_id}
    )
    return rows.scalar_one_or_none()


async def lock_mode(tx: Transaction, organiser_id: UUID) -> str | None:
    """The organiser's payment mode, locked to be changed."""
    rows = await tx.execute(
        text("SELECT payment_mode FROM accounts_organiser WHERE id = :id FOR NO KEY UPDATE"),
        {"id": organiser_id},
    )
    return rows.scalar_one_or_none()


async def write_mode(tx: Transaction, organiser_id: UUID, mode: str) -> None:
    """Change the payment mode."""
    await tx.execute(
        text("UPDATE accounts_organiser SET payment_mode = :mode WHERE id = :id"),
        {"id": organiser_id, "mode": mode},
    )


async def lock_team(tx: Transaction, organiser_id: UUID) -> bool:
    """Make changes of one team wait for each other; False when there is no such organiser.

    Without this two owners could remove each other at the same moment, each seeing the other still there.
    """
    rows = await tx.execute(
        text("SELECT 1 FROM accounts_organiser WHERE id = :id FOR NO KEY UPDATE"), {"id": organiser_id}
    )
    return rows.one_or_none() is not None


async def insert_member(
    tx: Transaction, organiser_id: UUID, person_id: UUID, role: Role, now: datetime
) -> bool:
    """Make the person a member; False when they are one already."""
    made = await tx.execute(
        text(
            "INSERT INTO accounts_member (organiser_id, person_id, role, created_at) "
            "VALUES (:organiser_id, :person_id, :role, :now) ON CONFLICT DO NOTHING"
        ),
        {"organiser_id": organiser_id, "person_id": person_id, "role": role.value, "now": now},
    )
    return made.rowcount == 1


async def role_of(reader: Reader, organiser_id: UUID, person_id: UUID) -> Role | None:
    """The role the person has now, or None."""
    rows = await reader.execute(
        text(
            "SELECT role FROM accounts_member WHERE organiser_id = :organiser_id AND person_id = :person_id"
        ),
        {"organiser_id": organiser_id, "person_id": person_id},
    )
    role = rows.scalar_one_or_none()
    return None if role is None else Role(role)


_REMOVE = text(
    """
    DELETE FROM accounts_member AS member
    WHERE organiser_id = :organiser_id AND person_id = :person_id
      AND (role <> 'owner' OR EXISTS (
          SELECT 1 FROM accounts_member AS other
          WHERE other.organiser_id = member.organiser_id AND other.role = 'owner'
            AND other.person_id <> member.person_id))
    """
)


_CHANGE_ROLE = text(
    """
    UPDATE accounts_member AS member SET role = :role
    WHERE organiser_id = :organiser_id AND person_id = :person_id
      AND (role <> 'owner' OR :role = 'owner' OR EXISTS (
          SELECT 1 FROM accounts_member AS other
          WHERE other.organiser_id = member.organiser_id AND other.role = 'owner'
            AND other.person_id <> member.person_id))
    """
)


async def change_role(tx: Transaction, organiser_id: UUID, person_id: UUID, role: Role) -> bool:
    """Give a member another role unless that leaves no owner. The team must be locked by the caller."""
    values = {"organiser_id": organiser_id, "person_id": person_id, "role": role.value}
    return (await tx.execute(_CHANGE_ROLE, values)).rowcount == 1


async def remove_member(tx: Transaction, organiser_id: UUID, person_id: UUID) -> bool:
    """Remove a member unless that leaves no owner. The team must be locked by the caller."""
    gone = await tx.execute(_REMOVE, {"organiser_id": organiser_id, "person_id": person_id})
    return gone.rowcount == 1


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a team."""

    person_id: UUID
    name: str
    email: str
    role: Role
    created_at: datetime


async def members(reader: Reader, organiser_id: UUID) -> list[Member]:
    """The team: owners first, then by when they came."""
    rows = await reader.execute(
        text(
            "SELECT person_id, name, email, role, member.created_at FROM accounts_member AS member "
            "JOIN accounts_person AS person ON person.id = member.person_id "
            "WHERE organiser_id = :organiser_id "
            "ORDER BY array_position(ARRAY['owner', 'manager', 'door'], role), member.created_at, person_id"
        ),
        {"organiser_id": organiser_id},
    )
    return [Member(row.person_id, row.name, row.email, Role(row.role), row.created_at) for row in rows]


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as stored, without its token."""

    id: UUID
    organiser_id: UUID
    email: str
    email_key: str
    role: Role
    invited_by: UUID
    valid_until: datetime
    used_at: datetime | None


_INVITATION = (
    "SELECT id, organiser_id, email, email_key, role, invited_by, valid_until, used_at "
    "FROM accounts_invitation"
)


def _invitation(row: Row[Any]) -> Invitation:
    found = dict(row._mapping)
    return Invitation(**{**found, "role": Role(found["role"])})


async def insert_invitation(
    tx: Transaction, invitation: Invitation, token_hash: bytes, now: datetime
) -> None:
    """Keep an invitation that is about to be mailed."""
    await tx.execute(
        text(
            "INSERT INTO accounts_invitation "
            "(id, token_hash, organiser_id, email, email_key, role, invited_by, created_at, valid_until) "
            "VALUES "
            "(:id, :token_hash, :organiser_id, :email, :email_key, :role, :invited_by, :now, :valid_until)"
        ),
        {
            "id": invitation.id,
            "token_hash": token_hash,
            "organiser_id": invitation.organiser_id,
            "email": invitation.email,
            "email_key": invitation.email_key,
            "role": invitation.role.value,
            "invited_by": invitation.invited_by,
            "now": now,
            "valid_until": invitation.valid_until,
        },
    )


async def invitation(reader: Reader, token_hash: bytes) -> Invitation | None:
    """The invitation with this token, used or not."""
    rows = await reader.execute(
        text(f"{_INVITATION} WHERE token_hash = :token_hash"), {"token_hash": token_hash}
    )
    row = rows.one_or_none()
    return None if row is None else _invitation(row)


async def open_invitations(reader: Reader, organiser_id: UUID, now: datetime) -> list[Invitation]:
    """The invitations that can still be accepted, oldest first."""
    rows = await reader.execute(
        text(
            f"{_INVITATION} WHERE organiser_id = :organiser_id AND used_at IS NULL AND valid_until > :now "
            "ORDER BY created_at, id"
        ),
        {"organiser_id": organiser_id, "now": now},
    )
    return [_invitation(row) for row in rows]


async def use_invitation(tx: Transaction, token_hash: bytes, email_key: str, now: datetime) -> bool:
    """Use the invitation up; False when it cannot be used (again) by this address."""
    changed = await tx.execute(
        text(
            "UPDATE accounts_invitation SET used_at = :now WHERE token_hash = :token_hash "
            "AND email_key = :email_key AND used_at IS NULL AND valid_until > :now"
        ),
        {"token_hash": token_hash, "email_key": email_key, "now": now},
    )
    return changed.rowcount == 1


async def withdraw(tx: Transaction, organiser_id: UUID, invitation_id: UUID) -> bool:
    """Delete an invitation nobody has accepted; False when there is none."""
    gone = await tx.execute(
        text(
            "DELETE FROM accounts_invitation "
            "WHERE id = :id AND organiser_id = :organiser_id AND used_at IS NULL"
        ),
        {"id": invitation_id, "organiser_id": organiser_id},
    )
    return gone.rowcount == 1


async def withdraw_for(tx: Transaction, organiser_id: UUID, email_key: str) -> int:
    """Delete what was sent to this address before, so that only the newest invitation works."""
    gone = await tx.execute(
        text(
            "DELETE FROM accounts_invitation "
            "WHERE organiser_id = :organiser_id AND email_key = :email_key AND used_at IS NULL"
        ),
        {"organiser_id": organiser_id, "email_key": email_key},
    )
    return gone.rowcount


async def withdraw_by(tx: Transaction, organiser_id: UUID, person_id: UUID) -> int:
    """Delete what this person has sent: somebody removed must not come back through a second address."""
    gone = await tx.execute(
        text(
            "DELETE FROM accounts_invitation "
            "WHERE organiser_id = :organiser_id AND invited_by = :person_id AND used_at IS NULL"
        ),
        {"organiser_id": organiser_id, "person_id": person_id},
    )
    return gone.rowcount
