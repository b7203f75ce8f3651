"""Organisers and their teams: begin one, see it, invite, change a role, remove, accept."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import accounts
from admitone.accounts import Organiser
from admitone.entrypoints.callers import SignedIn, WithCallers
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.people import NameTyped
from admitone.entrypoints.rest.sessions import EmailTyped
from admitone.entrypoints.rest.shapes import Body, Shown
from admitone.values.actor import Action

router = APIRouter(tags=["organisers"])


class NewOrganiser(Body):
    """An organiser to begin.

    Without `slug` one is made of the name; without `contact_email` it is the person's own.
    """

    name: NameTyped
    slug: Annotated[str, Field(max_length=100)] | None = None
    contact_email: EmailTyped | None = None


class OrganiserShown(Shown):
    """An organiser."""

    id: UUID
    slug: str
    name: str
    contact_email: str
    created_at: datetime


def organiser_shown(organiser: Organiser) -> OrganiserShown:
    """The organiser as the API shows it."""
    return OrganiserShown(
        id=organiser.id,
        slug=organiser.slug,
        name=organiser.name,
        contact_email=organiser.contact_email,
        created_at=organiser.created_at,
    )


@router.post("/organisers", status_code=201)
async def create(body: NewOrganiser, actor: SignedIn, needs: Needs, callers: WithCallers) -> OrganiserShown:
    """Begin an organiser and own it."""
    made = await needs.team.create_organiser(
        actor, name=body.name, slug=body.slug, contact_email=body.contact_email
    )
    callers.forget()
    return organiser_shown(made)


@router.get("/organisers/{organiser_id}")
async def read(organiser_id: UUID, actor: SignedIn, needs: Needs) -> OrganiserShown:
    """An organiser one works for."""
    accounts.permit(actor, Action.SEE_EVENTS, organiser_id)
    async with needs.database.reading() as reader:
        return organiser_shown(await accounts.organiser(reader, organiser_id))


class MemberShown(Shown):
    """Somebody in the team. `role` is owner, manager or door."""

    person_id: UUID
    name: str
    email: str
    role: str
    created_at: datetime


class InvitationShown(Shown):
    """An invitation that can still be accepted."""

    id: UUID
    email: str
    role: str
    valid_until: datetime


class TeamShown(Shown):
    """The team and who was invited to it."""

    members: tuple[MemberShown, ...]
    invitations: tuple[InvitationShown, ...]


@router.get("/organisers/{organiser_id}/members")
async def team(organiser_id: UUID, actor: SignedIn, needs: Needs) -> TeamShown:
    """The team. For owners."""
    accounts.permit(actor, Action.MANAGE_MEMBERS, organiser_id)
    async with needs.database.reading() as reader:
        members = await accounts.members(reader, organiser_id)
        invitations = await accounts.open_invitations(reader, organiser_id, needs.clock.now())
    return TeamShown(
        members=tuple(
            MemberShown(
                person_id=member.person_id,
                name=member.name,
                email=member.email,
                role=member.role.value,
                created_at=member.created_at,
            )
            for member in members
        ),
        invitations=tuple(
            InvitationShown(id=one.id, email=one.email, role=one.role.value, valid_until=one.valid_until)
            for one in invitations
        ),
    )


class Invite(Body):
    """Whom to invite, and as what: owner, manager or door."""

    email: EmailTyped
    role: Annotated[str, Field(max_length=20)]


class Invited(Shown):
    """Until when the invitation can be accepted."""

    valid_until: datetime


@router.post("/organisers/{organiser_id}/members", status_code=202)
async def invite(organiser_id: UUID, body: Invite, actor: SignedIn, needs: Needs) -> Invited:
    """Mail an invitation. An earlier one to the same address stops working."""
    until = await needs.team.invite(actor, organiser_id, email=body.email, role=body.role)
    return Invited(valid_until=until)


class RoleChange(Body):
    """The role to have: owner, manager or door."""

    role: Annotated[str, Field(max_length=20)]


@router.patch("/organisers/{organiser_id}/members/{person_id}", status_code=204)
async def change_role(
    organiser_id: UUID, person_id: UUID, body: RoleChange, actor: SignedIn, needs: Needs, callers: WithCallers
) -> None:
    """Give a member another role. The last owner stays one."""
    await needs.team.change_role(actor, organiser_id, person_id, role=body.role)
    callers.forget()


@router.delete("/organisers/{organiser_id}/members/{person_id}", status_code=204)
async def remove_member(
    organiser_id: UUID, person_id: UUID, actor: SignedIn, needs: Needs, callers: WithCallers
) -> None:
    """Remove a member, or leave. The last owner stays."""
    await needs.team.remove_member(actor, organiser_id, person_id)
    callers.forget()


@router.delete("/organisers/{organiser_id}/invitations/{invitation_id}", status_code=204)
async def withdraw(organiser_id: UUID, invitation_id: UUID, actor: SignedIn, needs: Needs) -> None:
    """Take an open invitation back."""
    await needs.team.withdraw(actor, organiser_id, invitation_id)


class InvitationUse(Body):
    """The last part of the invitation's address."""

    token: Annotated[str, Field(max_length=64)]


@router.post("/invitations/use")
async def accept(body: InvitationUse, actor: SignedIn, needs: Needs, callers: WithCallers) -> OrganiserShown:
    """Join the team. The signed-in person's address has to be the invited one."""
    joined = await needs.team.accept(actor, body.token)
    callers.forget()
    return organiser_shown(joined)
