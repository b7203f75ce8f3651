"""Becoming known: register, ask for a mailed link, use it, sign in and out, change one's name and password.

Nothing here answers whether an address has an account. Asking for a link does the same work for every
address: one link, one letter, in words that depend on what was asked for and on nothing else; whether a
person comes of it is decided when the link is used, by somebody who has read the letter. A link's token
is in the letter and in nobody's journal.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from admitone import accounts
from admitone.accounts import FoundSession, KnownDevices, NewSession, Passwords, Purpose, UsableLink
from admitone.flows.fresh_proof import FreshProof
from admitone.flows.letter_desk import LetterDesk
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Fact, announce
from admitone.plumbing.limiter import Limiter, Rule, source_key
from admitone.values.actor import Actor
from admitone.values.clock import Clock
from admitone.values.contact import email_key, valid_email
from admitone.values.ids import derived_id
from admitone.values.refusals import Problems, Refusal

LINK_PATH = "/link/"
PASSWORD = "password"  # noqa: S105 - a way of signing in, not a secret
LINK = "link"
_LETTERS: Final = {
    Purpose.SIGN_IN: "sign_in_link",
    Purpose.REGISTER: "register_link",
    Purpose.FIND_TICKETS: "find_tickets_link",
}


class JoinRules(NamedTuple):
    """How often, per source (an internet address) and per account (an e-mail address).

    A known device has counts of its own for an account, beside the one all strangers share, so that strangers who use
    theirs up do not lock the owner out.

    Wrong passwords are counted apart from right ones: a dozen gates that share one network, or one account, sign in
    within minutes of each other. The wider limits on all tries bound the work of checking, and those that are under
    way when the last allowed one turns out wrong.
    """

    sign_in_source: Rule = Rule("sign_in.source", 60, 300)
    sign_in_account: Rule = Rule("sign_in.account", 30, 300)
    sign_in_device: Rule = Rule("sign_in.device", 30, 300)
    wrong_source: Rule = Rule("wrong_password.source", 10, 300)
    wrong_account: Rule = Rule("wrong_password.account", 10, 300)
    wrong_device: Rule = Rule("wrong_password.device", 10, 300)
    link_source: Rule = Rule("link.source", 30, 3600)
    link_account: Rule = Rule("link.account", 5, 3600)
    link_device: Rule = Rule("link.device", 5, 3600)
    register_source: Rule = Rule("register.source", 30, 3600)
    register_account: Rule = Rule("register.account", 5, 3600)
    find_tickets_source: Rule = Rule("find_tickets.source", 30, 3600)
    find_tickets_account: Rule = Rule("find_tickets.account", 5, 3600)
    find_tickets_device: Rule = Rule("find_tickets.device", 5, 3600)
    use_link_source: Rule = Rule("use_link.source", 60, 3600)


@dataclass(frozen=True, slots=True)
class UsedLink:
    """What came of a link: the session it began, what it was asked for, and whether its person is new.

    `devices` is what the device is to keep from now on: see `accounts.KnownDevices`.
    """

    purpose: Purpose
    session: NewSession
    is_new: bool
    devices: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsedPassword:
    """What came of a right password: a session, and what the device is to keep from now on."""

    session: NewSession
    devices: str = field(repr=False)


class _Count(NamedTuple):
    """Where a try is counted besides its source."""

    rule: Rule
    keys: tuple[str, ...]


class Join:
    """The stories of one person. `site_url` is the site's own address without a slash at the end; links begin
    with it.

    `source` is everywhere the internet address a request came from, and `device_label` what the person will
    recognise their device by. `devices` is what the device has kept of earlier sign-ins, nothing if it has not.
    Every public method may raise `TooMany`.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        passwords: Passwords,
        limiter: Limiter,
        letters: LetterDesk,
        devices: KnownDevices,
        *,
        site_url: str,
        rules: JoinRules | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._limiter = limiter
        self._letters = letters
        self._devices = devices
        self._site_url = site_url.rstrip("/")
        self._rules = rules or JoinRules()
        self.proof = FreshProof(
            db, passwords, limiter, tries=self._rules.sign_in_device, wrong=self._rules.wrong_device
        )

    async def register(self, *, name: str, email: str, source: str, form_key: str = "") -> None:
        """Mail a link that confirms the address and makes the account. Raises `Problems`.

        A form sent twice (`form_key`) is one letter.

        An address that has an account is mailed a link too: using it signs its owner in, under the name they
        have.
        """
        problems: list[Refusal] = []
        checked = address = ""
        try:
            checked = accounts.checked_name(name)
        except Refusal as refusal:
            problems.append(refusal)
        try:
            address = valid_email(email)
        except Refusal as refusal:
            problems.append(refusal)
        if problems:
            raise Problems(*problems)
        strangers = _Count(self._rules.register_account, (email_key(address),))
        await self._take(self._rules.register_source, source, strangers)
        await self._mail_link(Purpose.REGISTER, address, checked, form_key)

    async def ask_link(self, *, email: str, source: str, devices: str = "") -> None:
        """Mail a link that signs in. Raises `BadEmail`; says nothing about whether there is an account."""
        address = valid_email(email)
        count = self._count(self._rules.link_account, self._rules.link_device, address, devices)
        await self._take(self._rules.link_source, source, count)
        await self._mail_link(Purpose.SIGN_IN, address, None)

    async def find_tickets(self, *, email: str, source: str, devices: str = "") -> None:
        """Mail a link to the tickets bought with this address.

        Raises `BadEmail`; says nothing about whether any were.
        """
        address = valid_email(email)
        rules = self._rules
        count = self._count(rules.find_tickets_account, rules.find_tickets_device, address, devices)
        await self._take(rules.find_tickets_source, source, count)
        await self._mail_link(Purpose.FIND_TICKETS, address, None)

    async def _mail_link(self, purpose: Purpose, address: str, name: str | None, form_key: str = "") -> None:
        async def story(tx: Transaction) -> None:
            link = await accounts.make_link(tx, purpose, address, name, self._clock.now())
            about = derived_id("mailed link", link.token_hash)
            await self._letters.queue(
                tx,
                cause=f"link:{derived_id('form', form_key) if form_key else about}",
                template=_LETTERS[purpose],
                to=address,
                organiser_id=None,
                context={
                    "link_url": f"{self._site_url}{LINK_PATH}{link.token}",
                    "valid_minutes": accounts.LINK_MINUTES,
                },
            )
            await announce(tx, [accounts.LinkMailed(subject_id=about, purpose=purpose.value)], "guest")

        await self._db.run(story)

    async def look_at_link(self, token: str) -> UsableLink:
        """What the link would do; changes nothing. Raises `LinkNotFound`, `LinkUsed`, `LinkExpired`."""
        async with self._db.reading() as reader:
            return await accounts.look_at_link(reader, token, self._clock.now())

    async def use_link(self, token: str, *, source: str, device_label: str, devices: str = "") -> UsedLink:
        """Sign in by a mailed link; whoever has no account yet has one then.

        Raises `LinkNotFound`, `LinkUsed`, `LinkExpired`: of any number of uses at once, one succeeds.
        """
        await self._limiter.take(self._rules.use_link_source, source_key(source))

        async def story(tx: Transaction) -> UsedLink:
            now = self._clock.now()
            link = await accounts.use_link(tx, token, now)
            person_id, is_new = await accounts.arrive(tx, link.email, link.name, now)
            session = await accounts.begin(tx, person_id, "link", device_label, now)
            facts: list[Fact] = [accounts.PersonRegistered(subject_id=person_id)] if is_new else []
            facts.append(accounts.PersonSignedIn(subject_id=person_id, session_id=session.id, way=LINK))
            await announce(tx, facts, Actor.person(person_id).label)
            return UsedLink(link.purpose, session, is_new, self._devices.add(devices, link.email, now))

        return await self._db.run(story)

    async def sign_in(
        self, *, email: str, password: str, source: str, device_label: str, devices: str = ""
    ) -> UsedPassword:
        """Sign in with a password. Raises `WrongPassword`, the same for an address nobody has."""
        rules = self._rules
        wrong = self._count(rules.wrong_account, rules.wrong_device, email, devices)
        await self._limiter.look(rules.wrong_source, source_key(source))
        await self._limiter.look(wrong.rule, *wrong.keys)
        tries = self._count(rules.sign_in_account, rules.sign_in_device, email, devices)
        await self._take(rules.sign_in_source, source, tries)
        async with self._db.reading() as reader:
            known = await accounts.credentials(reader, email)
        stored = None if known is None else known.password_hash
        verdict = await self._passwords.check(password, stored)
        if known is None or stored is None or not verdict.is_right:
            await self._take(rules.wrong_source, source, wrong)
            raise accounts.WrongPassword
        person_id, checked_hash = known.person_id, stored

        async def story(tx: Transaction) -> UsedPassword:
            now = self._clock.now()
            await accounts.accept_password(tx, person_id, checked_hash, verdict.new_hash)
            session = await accounts.begin(tx, person_id, "password", device_label, now)
            fact = accounts.PersonSignedIn(subject_id=person_id, session_id=session.id, way=PASSWORD)
            await announce(tx, [fact], Actor.person(person_id).label)
            return UsedPassword(session, self._devices.add(devices, email, now))

        return await self._db.run(story)

    def _count(self, strangers: Rule, known: Rule, email: str, devices: str) -> _Count:
        """A device on which the owner of the address has signed in counts by itself; all others count together."""
        device_id = self._devices.find(devices, email, self._clock.now())
        if device_id is None:
            return _Count(strangers, (email_key(email),))
        return _Count(known, (email_key(email), device_id))

    async def _take(self, per_source: Rule, source: str, count: _Count) -> None:
        # The source is counted first: one that is over its limit cannot use up anybody's account.
        await self._limiter.take(per_source, source_key(source))
        await self._limiter.take(count.rule, *count.keys)

    async def sign_out(self, actor: Actor) -> None:
        """End this session. Signing out twice, or as a guest, changes nothing."""
        if actor.person_id is None or actor.session_id is None:
            return
        person_id, session_id = actor.person_id, actor.session_id

        async def story(tx: Transaction) -> None:
            if await accounts.end(tx, session_id, person_id):
                fact = accounts.PersonSignedOut(subject_id=person_id, session_id=session_id)
                await announce(tx, [fact], actor.label)

        await self._db.run(story)

    async def sign_out_everywhere(self, actor: Actor, *, remove_wallets: bool = False) -> int:
        """End all sessions of this person, this one too; how many there were. Raises `NotSignedIn`.

        `remove_wallets`: no linked wallet signs them in any more either.
        """
        person_id = accounts.person_id_of(actor)

        async def story(tx: Transaction) -> int:
            if remove_wallets:
                await _remove_wallets(tx, person_id, accounts.WalletKeysEnd.SIGNED_OUT, actor)
            ended = await accounts.end_all(tx, person_id)
            fact = accounts.PersonSignedOutEverywhere(subject_id=person_id, sessions=ended)
            await announce(tx, [fact], actor.label)
            return ended

        return await self._db.run(story)

    async def change_name(self, actor: Actor, name: str) -> str:
        """Give oneself another name; the name as it is kept.

        Raises `NotSignedIn`, `NameMissing`, `NameTooLong`.
        """
        person_id = accounts.person_id_of(actor)
        checked = accounts.checked_name(name)

        async def story(tx: Transaction) -> None:
            await accounts.rename(tx, person_id, checked)
            await announce(tx, [accounts.PersonRenamed(subject_id=person_id)], actor.label)

        await self._db.run(story)
        return checked

    async def change_password(
        self, session: FoundSession, *, current_password: str | None, new_password: str
    ) -> int:
        """Set or replace one's password, end all other sessions and remove all wallets that sign in; how many
        sessions ended.

        Whoever changes a password may do so because somebody else was in, by whatever way. The present password is
        needed, unless this session began by a mailed link within the last 15 minutes: that is how a forgotten one
        is replaced, and the first one set. Raises what `FreshProof.check` and `accounts.checked_password` raise
        (fields `current_password` and `new_password`).
        """
        actor = session.actor
        known = (await self.proof.check(session, current_password)).known
        checked = accounts.checked_password(new_password, known.email, field="new_password")
        new_hash = await self._passwords.hash(checked)
        return await self._db.run(
            lambda tx: self._replace(tx, actor, known.person_id, known.password_hash, new_hash)
        )

    async def _replace(
        self, tx: Transaction, actor: Actor, person_id: UUID, checked_hash: str | None, new_hash: str
    ) -> int:
        await accounts.set_password(tx, person_id, checked_hash, new_hash)
        # The keys before the sessions: a sign-in by one of them is over then, and its session among those that end.
        await _remove_wallets(tx, person_id, accounts.WalletKeysEnd.NEW_PASSWORD, actor)
        ended = await accounts.end_all(tx, person_id, except_id=actor.session_id)
        fact = accounts.PasswordChanged(subject_id=person_id, sessions_ended=ended)
        await announce(tx, [fact], actor.label)
        return ended


async def _remove_wallets(
    tx: Transaction, person_id: UUID, why: accounts.WalletKeysEnd, actor: Actor
) -> None:
    keys = await accounts.unlink_all_wallet_keys(tx, person_id)
    if keys:
        fact = accounts.WalletKeysRemoved(subject_id=person_id, keys=keys, why=why.value)
        await announce(tx, [fact], actor.label)
