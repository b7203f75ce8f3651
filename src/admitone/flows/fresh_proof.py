"""A fresh proof that whoever is signed in is the person: asked before what a borrowed session must not do.

A session lasts for weeks and may be on a device that somebody else has in their hands. So a new password, a wallet that
signs in and the end of an account want the present password typed again, or a sign-in by mailed link a few minutes
ago. Signing in by a wallet's key is no such proof: what a key may do would grow by itself.
"""

from dataclasses import dataclass, field

from admitone import accounts
from admitone.accounts import Credentials, FoundSession, Passwords
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.limiter import Limiter, Rule
from admitone.values.contact import email_key


@dataclass(frozen=True, slots=True)
class Proof:
    """Who has proven themselves, and against which password (`by_password`), so that it can be held still."""

    known: Credentials = field(repr=False)
    by_password: bool

    async def hold(self, tx: Transaction) -> None:
        """The password that was typed is still theirs, until the transaction ends. Raises `WrongPassword`."""
        if self.by_password:
            assert self.known.password_hash is not None, "a password was checked against it"
            await accounts.accept_password(tx, self.known.person_id, self.known.password_hash, None)


class FreshProof:
    """`tries` bounds the work of checking, `wrong` counts wrong passwords: each of one session of a person, so that
    strangers cannot keep its owner from what they want to do.
    """

    def __init__(
        self, database: Database, passwords: Passwords, limiter: Limiter, *, tries: Rule, wrong: Rule
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._limiter = limiter
        self._tries = tries
        self._wrong = wrong

    async def check(self, session: FoundSession, password: str | None) -> Proof:
        """The proof. `password` counts for nothing when the session is fresh enough by itself.

        Raises `NotSignedIn`, `TooMany`, `WrongCurrentPassword` (field `current_password`), and `FreshSignInWanted` for
        whoever has no password.
        """
        person_id = accounts.person_id_of(session.actor)
        async with self._database.reading() as reader:
            known = await accounts.credentials_of(reader, person_id)
        if known is None:
            raise accounts.NotSignedIn
        if session.proves_address:
            return Proof(known, by_password=False)
        if known.password_hash is None:
            raise accounts.FreshSignInWanted(minutes=accounts.LINK_COUNTS_MINUTES)
        keys = (email_key(known.email), str(session.actor.session_id))
        await self._limiter.look(self._wrong, *keys)
        await self._limiter.take(self._tries, *keys)
        verdict = await self._passwords.check(password or "", known.password_hash)
        if not verdict.is_right:
            await self._limiter.take(self._wrong, *keys)
            raise accounts.WrongCurrentPassword(field="current_password")
        return Proof(known, by_password=True)
