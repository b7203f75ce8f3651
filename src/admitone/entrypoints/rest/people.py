"""People: register, and what the signed-in person may see and change about themselves."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import accounts
from admitone.accounts import FoundSession
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedInSession, WithCallers, address_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.sessions import EmailTyped, PasswordTyped
from admitone.entrypoints.rest.shapes import Body, Shown
from admitone.entrypoints.rest.sign_in_links import LinkSent

router = APIRouter(tags=["people"])
NameTyped = Annotated[str, Field(max_length=1000)]


class Registration(Body):
    """Who wants an account.

    It is made when the link that is mailed is used; a password can be set after that.
    """

    name: NameTyped
    email: EmailTyped


@router.post("/people", status_code=202)
async def register(body: Registration, request: Request, needs: Needs) -> LinkSent:
    """Mail a link that makes the account. The answer is the same if there is one already."""
    await needs.join.register(name=body.name, email=body.email, source=address_of(request))
    return LinkSent()


class PostShown(Shown):
    """An organiser this person works for, and as what: owner, manager or door."""

    organiser_id: UUID
    slug: str
    name: str
    role: str


class Me(Shown):
    """The signed-in person."""

    id: UUID
    name: str
    email: str
    has_password: bool
    created_at: datetime
    organisers: tuple[PostShown, ...]


async def _me(needs: Assembly, session: FoundSession) -> Me:
    person_id = accounts.person_id_of(session.actor)
    async with needs.database.reading() as reader:
        person = await accounts.person(reader, person_id)
        posts = await accounts.organisers_of(reader, person_id)
    return Me(
        id=person.id,
        name=person.name,
        email=person.email,
        has_password=person.has_password,
        created_at=person.created_at,
        organisers=tuple(
            PostShown(
                organiser_id=post.organiser.id,
                slug=post.organiser.slug,
                name=post.organiser.name,
                role=post.role.value,
            )
            for post in posts
        ),
    )


@router.get("/me")
async def me(session: SignedInSession, needs: Needs) -> Me:
    """Who is signed in."""
    return await _me(needs, session)


class MeChanged(Body):
    """What to change; what is left out stays.

    A new password needs the present one, unless this session began by a mailed link within the last 15 minutes;
    who has none needs that. It ends all other sessions, and removes the wallets that sign this person in.
    """

    name: NameTyped | None = None
    current_password: PasswordTyped | None = None
    new_password: PasswordTyped | None = None


class Goodbye(Body):
    """The present password, unless this session began by a mailed link within the last 15 minutes; who has none needs
    that.
    """

    current_password: PasswordTyped | None = None


@router.delete("/me", status_code=204)
@router.delete("/users/me", status_code=204)
async def delete_me(
    session: SignedInSession, needs: Needs, callers: WithCallers, body: Goodbye | None = None
) -> None:
    """Delete the account: its sessions, its wallets, its places in teams. Orders and tickets stay, but no account's."""
    await needs.account_ending.delete(session, None if body is None else body.current_password)
    callers.forget()


@router.patch("/me")
async def change_me(body: MeChanged, session: SignedInSession, needs: Needs, callers: WithCallers) -> Me:
    """Change the name, the password, or both. If the password is refused, the name has not changed either."""
    if body.name is not None:
        accounts.checked_name(body.name)
    if body.new_password is not None:
        await needs.join.change_password(
            session, current_password=body.current_password, new_password=body.new_password
        )
    if body.name is not None:
        await needs.join.change_name(session.actor, body.name)
    callers.forget()
    return await _me(needs, session)
