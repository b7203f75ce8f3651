"""The team of an organiser: who is in it, who is invited; for its owners."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import accounts
from admitone.accounts import Invitation, Member, Organiser
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn, WithCallers
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.view import InviteRow, MemberRow, TeamView
from admitone.entrypoints.pages.organiser.whose import organiser_nav, whose_of
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.pages.views import Options
from admitone.values import formats
from admitone.values.actor import Action, Actor, Role
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False)
TEAM = "/organiser/{slug}/team"
ROLES: Options = (
    (Role.DOOR.value, "Door staff: lets people in"),
    (Role.MANAGER.value, "Manager: events, orders, refunds"),
    (Role.OWNER.value, "Owner: everything, also the team and the money"),
)
_SHORT = {Role.OWNER: "Owner", Role.MANAGER: "Manager", Role.DOOR: "Door staff"}
_ZONE = "UTC"


@router.get(TEAM)
async def show(slug: str, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """The team."""
    organiser = await _organiser(needs, actor, slug)
    return await page(request, await _view(needs, actor, organiser))


async def _organiser(needs: Assembly, actor: Actor, slug: str) -> Organiser:
    async with needs.database.reading() as reader:
        organiser = await accounts.organiser_by_slug(reader, slug)
    accounts.permit(actor, Action.MANAGE_MEMBERS, organiser.id)
    return organiser


async def _view(
    needs: Assembly,
    actor: Actor,
    organiser: Organiser,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> TeamView:
    async with needs.database.reading() as reader:
        members = await accounts.members(reader, organiser.id)
        invitations = await accounts.open_invitations(reader, organiser.id, needs.clock.now())
        whose = await whose_of(reader, actor, organiser)
    owners = sum(member.role is Role.OWNER for member in members)
    team_url = links.team(organiser.slug)
    return TeamView(
        nav=organiser_nav(whose),
        members=tuple(_member(member, actor, owners, team_url) for member in members),
        invites=tuple(_invite(one, team_url) for one in invitations),
        roles=ROLES,
        short_roles=tuple((role.value, words) for role, words in _SHORT.items()),
        invite_url=team_url,
        values=values or {},
        errors=errors or {},
    )


def _member(member: Member, actor: Actor, owners: int, team_url: str) -> MemberRow:
    is_you = member.person_id == actor.person_id
    stays = is_you or (member.role is Role.OWNER and owners == 1)
    return MemberRow(
        name=member.name,
        email=member.email,
        role=member.role.value,
        role_words=_SHORT[member.role],
        is_you=is_you,
        role_url="" if stays else f"{team_url}/members/{member.person_id}/role",
        remove_url="" if stays else f"{team_url}/members/{member.person_id}/remove",
    )


def _invite(invitation: Invitation, team_url: str) -> InviteRow:
    return InviteRow(
        email=invitation.email,
        role_words=_SHORT[invitation.role],
        sent_words=f"open until {formats.stamp(invitation.valid_until, _ZONE)} UTC",
        withdraw_url=f"{team_url}/invitations/{invitation.id}/withdraw",
    )


@router.post(TEAM)
async def invite(slug: str, request: Request, form: checked_form, actor: SignedIn, needs: Needs) -> Response:
    """Mail an invitation."""
    organiser = await _organiser(needs, actor, slug)
    email = text_of(form, "email")
    try:
        await needs.team.invite(actor, organiser.id, email=email, role=text_of(form, "role"))
    except Refusal as refusal:
        view = await _view(needs, actor, organiser, values=values_of(form), errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.team(slug), Notice(f"We have sent an invitation to {email.strip()}."))


@router.post(TEAM + "/members/{person_id}/role")
async def change_role(
    slug: str,
    person_id: UUID,
    request: Request,
    form: checked_form,
    actor: SignedIn,
    needs: Needs,
    callers: WithCallers,
) -> Response:
    """Give a member another role."""
    organiser = await _organiser(needs, actor, slug)
    notice = Notice("The role is changed.")
    try:
        await needs.team.change_role(actor, organiser.id, person_id, role=text_of(form, "role"))
    except (NotFound, accounts.BadRole, accounts.LastOwner) as refusal:
        notice = Notice(refusal.sentence, "warn")
    callers.forget()
    return go_to(request, links.team(slug), notice)


@router.post(TEAM + "/members/{person_id}/remove")
async def remove(
    slug: str,
    person_id: UUID,
    request: Request,
    _form: checked_form,
    actor: SignedIn,
    needs: Needs,
    callers: WithCallers,
) -> Response:
    """Remove a member."""
    organiser = await _organiser(needs, actor, slug)
    notice = Notice("They are no longer in the team.")
    try:
        await needs.team.remove_member(actor, organiser.id, person_id)
    except (NotFound, accounts.LastOwner) as refusal:
        notice = Notice(refusal.sentence, "warn")
    callers.forget()
    return go_to(request, links.team(slug), notice)


@router.post(TEAM + "/invitations/{invitation_id}/withdraw")
async def withdraw(
    slug: str, invitation_id: UUID, request: Request, _form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Take an invitation back."""
    organiser = await _organiser(needs, actor, slug)
    notice = Notice("The invitation is taken back.")
    try:
        await needs.team.withdraw(actor, organiser.id, invitation_id)
    except NotFound as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.team(slug), notice)
