"""A site's front desk for tests: joining, teams and the letters they write, on a real database."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone import accounts
from admitone.accounts import KnownDevices, Passwords
from admitone.flows.join import Join
from admitone.flows.post_office import PostOffice
from admitone.flows.team import Team
from admitone.messaging.senders.mailbox import MailboxSender
from admitone.plumbing.database import Database
from admitone.plumbing.limiter import Limiter
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock

SITE = "https://tickets.example"
SOURCE = "198.51.100.7"
DEVICE = "Firefox on Linux"
# The least Argon2id takes: what is tested is what happens, not how long it takes.
QUICK_KIB = 64


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as queued."""

    to: str
    template: str
    cause: str
    subject: str
    plain: str

    @property
    def token(self) -> str:
        """The secret in the letter's link."""
        found = re.findall(rf"{SITE}/(?:link|invitation)/([A-Za-z0-9_-]{{43}})", self.plain)
        assert len(found) == 1, self.plain
        return str(found[0])


class FrontDesk:
    """Everything a story of a person or a team needs."""

    def __init__(self, db: Database, clock: FrozenClock, passwords: Passwords) -> None:
        self.db = db
        self.clock = clock
        self.passwords = passwords
        self.limiter = Limiter()
        self.post = PostOffice(db, clock, MailboxSender(), site_name="Admit One", base_url=SITE)
        self.devices = KnownDevices(bytes(32))
        self.join = Join(db, clock, passwords, self.limiter, self.post, self.devices, site_url=SITE)
        self.team = Team(db, clock, self.limiter, self.post, site_url=SITE)

    async def letters(self) -> list[Letter]:
        """All letters, oldest first."""
        async with self.db.reading() as reader:
            rows = await reader.execute(
                text("SELECT to_email, template, cause, subject, plain FROM messaging_letter ORDER BY id")
            )
            return [Letter(*row) for row in rows]

    async def facts(self) -> list[tuple[str, UUID, str]]:
        """The journal: kind, subject and actor, oldest first."""
        async with self.db.reading() as reader:
            rows = await reader.execute(text("SELECT kind, subject_id, actor FROM journal_fact ORDER BY id"))
            return [(row.kind, row.subject_id, row.actor) for row in rows]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.db.reading() as reader:
            return int((await reader.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    async def actor(self, token: str) -> Actor | None:
        """Whom this session token stands for now."""
        async with self.db.reading() as reader:
            return await accounts.find_actor(reader, token, self.clock.now())

    async def session(self, token: str) -> accounts.FoundSession:
        """The session of this token, which must be valid."""
        async with self.db.reading() as reader:
            found = await accounts.find_session(reader, token, self.clock.now())
        assert found is not None
        return found

    async def joined(self, email: str, name: str = "Ada Obi") -> Actor:
        """Somebody who has registered and pressed the button in the letter."""
        return (await self.session(await self.joined_token(email, name))).actor

    async def joined_token(self, email: str, name: str = "Ada Obi") -> str:
        """As `joined`; the session's token."""
        await self.join.register(name=name, email=email, source=SOURCE)
        return await self.pressed((await self.letters())[-1].token)

    async def pressed(self, token: str) -> str:
        """Press the button behind a mailed link; the session's token."""
        used = await self.join.use_link(token, source=SOURCE, device_label=DEVICE)
        return used.session.token

    async def again(self, actor: Actor) -> Actor:
        """The same person with the roles they have now."""
        assert actor.person_id is not None
        async with self.db.reading() as reader:
            posts = await accounts.organisers_of(reader, actor.person_id)
        roles = tuple((post.organiser.id, post.role) for post in posts)
        return Actor.person(actor.person_id, session_id=actor.session_id, roles=roles)

    async def member(self, owner: Actor, organiser_id: UUID, email: str, role: str) -> Actor:
        """Somebody who was invited and has accepted."""
        person = await self.joined(email)
        await self.team.invite(owner, organiser_id, email=email, role=role)
        await self.team.accept(person, (await self.letters())[-1].token)
        return await self.again(person)
