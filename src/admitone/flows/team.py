"""Organisers and their teams: begin one, invite, accept, take back, change a role, remove, leave.

A team always keeps an owner, however many people leave it in the same moment: changes of one team wait for
each other. An invitation's token is in its letter and in nobody's journal.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from admitone import accounts, events
from admitone.accounts import Invitation, Organiser
from admitone.flows.letter_desk import LetterDesk
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.plumbing.limiter import Limiter, Rule
from admitone.values.actor import Action, Actor, Role
from admitone.values.clock import Clock
from admitone.values.contact import valid_email
from admitone.values.ids import uuid7

INVITATION_PATH = "/invitation/"
SLUG_TRIES = 5
ROLE_WORDS = {Role.OWNER: "an owner", Role.MANAGER: "a manager", Role.DOOR: "door staff"}


class TeamRules(NamedTuple):
    """How often an organiser may invite, and a person begin an organiser."""

    invite: Rule = Rule("invite.organiser", 50, 86_400)
    create: Rule = Rule("create_organiser.person", 10, 86_400)


@dataclass(frozen=True, slots=True)
class Offered:
    """What an invitation offers, for the page behind it."""

    invitation: Invitation
    organiser: Organiser
    inviter_name: str


class Team:
    """The stories of a team. `site_url` is the site's own address without a slash at the end."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        limiter: Limiter,
        letters: LetterDesk,
        *,
        site_url: str,
        rules: TeamRules | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._limiter = limiter
        self._letters = letters
        self._site_url = site_url.rstrip("/")
        self._rules = rules or TeamRules()

    async def create_organiser(
        self,
        actor: Actor,
        *,
        name: str,
        slug: str | None = None,
        contact_email: str | None = None,
        organiser_id: UUID | None = None,
    ) -> Organiser:
        """Begin an organiser, owned by the person who asks. Without a slug one is made of the name.

        `contact_email` is the person's own unless given. With the same `organiser_id` again, the one made
        before is returned. Raises `NotSignedIn`, `NameMissing`, `NameTooLong`,
        `BadSlug`, `BadEmail`, `SlugTaken` (a slug that was asked for), `TooMany`.
        """
        person_id = accounts.person_id_of(actor)
        checked = accounts.checked_name(name, most=accounts.ORGANISER_NAME_MOST)
        wanted = accounts.checked_slug(slug) if slug else None
        contact = valid_email(contact_email, field="contact_email") if contact_email else None
        await self._limiter.take(self._rules.create, str(person_id))

        async def story(tx: Transaction) -> Organiser:
            address = contact or (await accounts.person(tx, person_id)).email
            new_id = organiser_id or uuid7()
            tried = wanted or _slug_of(checked)
            for _ in range(1 if wanted else SLUG_TRIES):
                now = self._clock.now()
                if await accounts.create_organiser(tx, new_id, tried, checked, address, person_id, now):
                    fact = accounts.OrganiserCreated(
                        subject_id=new_id, organiser_id=new_id, owner_id=person_id
                    )
                    await announce(tx, [fact], actor.label)
                    return Organiser(new_id, tried, checked, address, now)
                posts = await accounts.organisers_of(tx, person_id)
                made = next((post.organiser for post in posts if post.organiser.id == organiser_id), None)
                if made is not None:
                    return made
                tried = events.other_slug(_slug_of(checked))
            assert wanted is not None, "five random slugs in a row were taken"
            raise accounts.SlugTaken(field="slug")

        return await self._db.run(story)

    async def invite(self, actor: Actor, organiser_id: UUID, *, email: str, role: str) -> datetime:
        """Mail an invitation; until when it can be accepted. Earlier ones to the same address stop working.

        Raises `NotAllowed`, `BadEmail`, `BadRole`, `AlreadyMember`, `TooMany`.
        """
        accounts.permit(actor, Action.MANAGE_MEMBERS, organiser_id)
        inviter_id = accounts.person_id_of(actor)
        address = valid_email(email)
        offered = accounts.checked_role(role)
        await self._limiter.take(self._rules.invite, str(organiser_id))

        async def story(tx: Transaction) -> datetime:
            new = await accounts.invite(tx, organiser_id, address, offered, inviter_id, self._clock.now())
            organiser = await accounts.organiser(tx, organiser_id)
            inviter = await accounts.person(tx, inviter_id)
            await self._letters.queue(
                tx,
                cause=f"invitation:{new.id}",
                template="invitation",
                to=address,
                organiser_id=organiser_id,
                context={
                    "inviter_name": inviter.name,
                    "organiser_name": organiser.name,
                    "role_name": ROLE_WORDS[offered],
                    "link_url": f"{self._site_url}{INVITATION_PATH}{new.token}",
                    "valid_until_text": until_words(new.valid_until),
                },
            )
            fact = accounts.MemberInvited(subject_id=new.id, organiser_id=organiser_id, role=offered.value)
            await announce(tx, [fact], actor.label)
            return new.valid_until

        return await self._db.run(story)

    async def withdraw(self, actor: Actor, organiser_id: UUID, invitation_id: UUID) -> None:
        """Take an open invitation back. Raises `NotAllowed`, `InvitationNotFound`."""
        accounts.permit(actor, Action.MANAGE_MEMBERS, organiser_id)

        async def story(tx: Transaction) -> None:
            await accounts.withdraw(tx, organiser_id, invitation_id)
            fact = accounts.InvitationWithdrawn(subject_id=invitation_id, organiser_id=organiser_id)
            await announce(tx, [fact], actor.label)

        await self._db.run(story)

    async def look_at_invitation(self, token: str) -> Offered:
        """What the invitation offers; changes nothing. Raises `InvitationNotFound`, `InvitationGone`."""
        async with self._db.reading() as reader:
            found = await accounts.look_at_invitation(reader, token, self._clock.now())
            inviter = await accounts.person(reader, found.invited_by)
            return Offered(found, await accounts.organiser(reader, found.organiser_id), inviter.name)

    async def address_of(self, actor: Actor) -> str:
        """The address somebody is signed in with; empty for a guest."""
        if actor.person_id is None:
            return ""
        async with self._db.reading() as reader:
            return (await accounts.person(reader, actor.person_id)).email

    async def accept(self, actor: Actor, token: str) -> Organiser:
        """Join the team the invitation is for; its organiser.

        The signed-in person's address must be the invited one. Raises `NotSignedIn`, `InvitationNotFound`,
        `InvitationGone`, `InvitationForAnother`, `AlreadyMember`.
        """
        person_id = accounts.person_id_of(actor)

        async def story(tx: Transaction) -> Organiser:
            taken = await accounts.accept(tx, token, person_id, self._clock.now())
            fact = accounts.MemberJoined(
                subject_id=person_id, organiser_id=taken.organiser_id, role=taken.role.value
            )
            await announce(tx, [fact], actor.label)
            return await accounts.organiser(tx, taken.organiser_id)

        return await self._db.run(story)

    async def change_role(self, actor: Actor, organiser_id: UUID, person_id: UUID, *, role: str) -> None:
        """Give a member another role; nothing happens when it is the one they have.

        Raises `NotAllowed`, `BadRole`, `MemberNotFound`, `LastOwner`.
        """
        accounts.permit(actor, Action.MANAGE_MEMBERS, organiser_id)
        changer_id, wanted = accounts.person_id_of(actor), accounts.checked_role(role)

        async def story(tx: Transaction) -> None:
            before = await accounts.change_role(tx, organiser_id, person_id, wanted, changer_id)
            if before is wanted:
                return
            fact = accounts.MemberRoleChanged(
                subject_id=person_id,
                organiser_id=organiser_id,
                role=wanted.value,
                role_before=before.value,
            )
            await announce(tx, [fact], actor.label)

        await self._db.run(story)

    async def remove_member(self, actor: Actor, organiser_id: UUID, person_id: UUID) -> None:
        """Remove a member, or leave. Anybody may leave; removing others needs `MANAGE_MEMBERS`.

        Raises `NotAllowed`, `MemberNotFound`, `LastOwner`.
        """
        remover_id = accounts.person_id_of(actor)
        if remover_id != person_id:
            accounts.permit(actor, Action.MANAGE_MEMBERS, organiser_id)

        async def story(tx: Transaction) -> None:
            role = await accounts.remove_member(tx, organiser_id, person_id, remover_id)
            fact = accounts.MemberRemoved(subject_id=person_id, organiser_id=organiser_id, role=role.value)
            await announce(tx, [fact], actor.label)

        await self._db.run(story)


def until_words(moment: datetime) -> str:
    """Until when an invitation is open: `8 March 2027, 12:00 UTC`; the organiser may be anywhere."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _slug_of(name: str) -> str:
    # An organiser's name needs no longer address than an event's title, and may not be a page of ours.
    slug = events.slug_of(name)
    try:
        return accounts.checked_slug(slug)
    except accounts.BadSlug:
        return events.other_slug(slug)
