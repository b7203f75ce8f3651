"""Signing in with a Lightning wallet (LNURL-auth), and linking such a wallet to an account.

The browser asks a question and shows it as a QR code; the wallet answers it at `CALLBACK_PATH`; the browser that asked,
and no other, goes on: it is signed in if the key is somebody's. A key that is nobody's makes no person: whoever is
signed in, by a mailed link say, may link it, with a fresh proof: whoever has its wallet is in
from then on. `k1` is the capability token of the question's id as bytes, so that nothing secret is stored and nobody
can make one up.
"""

import base64
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from admitone import accounts
from admitone.accounts import FoundSession, KnownDevices, NewSession, WalletLook
from admitone.flows.fresh_proof import FreshProof
from admitone.payments.bitcoin import encode_lnurl
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.plumbing.limiter import Limiter, Rule, source_key
from admitone.plumbing.links import Links, NoSuchLink
from admitone.values.actor import Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

CALLBACK_PATH: Final = "/api/v1/lnurl-auth"
PAGE_LINK: Final = "wallet_page"
_K1_LINK: Final = "wallet_k1"
WAY: Final = "wallet"
ASKS: Final = Rule("wallet.asks", 30, 600)
ANSWERS: Final = Rule("wallet.answers", 60, 600)


@dataclass(frozen=True, slots=True)
class WalletSignedIn:
    """A session that a wallet's key began, and what the device is to keep from now on."""

    session: NewSession
    devices: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WalletPage:
    """A question as its browser sees it. `lnurl` is what the wallet reads; `is_mine`: the key that answered is linked
    to whoever is signed in.
    """

    look: WalletLook
    lnurl: str = field(repr=False)
    is_mine: bool = False


class WalletSignIn:
    """`site_url` is the site's own address without a slash at the end: the wallet makes its key for its host.

    `browser` is everywhere a secret that only the browser which asked has; `source` an internet address.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        links: Links,
        limiter: Limiter,
        devices: KnownDevices,
        proof: FreshProof,
        site_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._limiter = limiter
        self._devices = devices
        self._proof = proof
        self._site_url = site_url

    async def ask(self, browser: str, *, source: str) -> str:
        """Ask a question; the token of its page. Raises `TooMany`."""
        await self._limiter.take(ASKS, source_key(source))
        challenge_id = uuid7()
        await self._database.run(
            lambda tx: accounts.ask_a_wallet(tx, challenge_id, browser, self._clock.now())
        )
        return self._links.make(PAGE_LINK, challenge_id)

    def _lnurl(self, challenge_id: UUID) -> str:
        query = urlencode({"tag": "login", "k1": self._k1(challenge_id).hex(), "action": "login"})
        return encode_lnurl(f"{self._site_url}{CALLBACK_PATH}?{query}")

    def _k1(self, challenge_id: UUID) -> bytes:
        token = self._links.make(_K1_LINK, challenge_id)
        return base64.urlsafe_b64decode(f"{token}=")

    async def answer(self, *, tag: str, k1: str, sig: str, key: str, source: str) -> None:
        """A wallet answers. Raises `WalletSignatureWrong`, `WalletChallengeGone`, `TooMany`."""
        await self._limiter.take(ANSWERS, source_key(source))
        try:
            said = bytes.fromhex(k1)
            challenge_id = self._links.read(_K1_LINK, base64.urlsafe_b64encode(said).decode().rstrip("="))
        except (ValueError, NoSuchLink):
            # Of another site, or made up.
            raise accounts.WalletChallengeGone from None
        if tag != "login":
            raise accounts.WalletChallengeGone
        linking_key = accounts.check_wallet_signature(said, key, sig)
        await self._database.run(
            lambda tx: accounts.answer_wallet_challenge(tx, challenge_id, linking_key, self._clock.now())
        )

    async def look(self, token: str, browser: str, actor: Actor) -> WalletPage:
        """How it stands, for the browser that asked. Raises `NoSuchLink`, `WalletChallengeGone`."""
        challenge_id = self._links.read(PAGE_LINK, token)
        async with self._database.reading() as reader:
            look = await accounts.look_at_wallet_challenge(reader, challenge_id, browser, self._clock.now())
        is_mine = look.person_id is not None and look.person_id == actor.person_id
        return WalletPage(look, self._lnurl(challenge_id), is_mine)

    async def sign_in(
        self, token: str, browser: str, *, device_label: str, devices: str = ""
    ) -> WalletSignedIn:
        """Sign in whoever has linked the key that answered.

        Raises `NoSuchLink`, `WalletChallengeGone`, `WalletKeyUnknown`: of any number of uses at once, one succeeds.
        """
        challenge_id = self._links.read(PAGE_LINK, token)

        async def story(tx: Transaction) -> WalletSignedIn:
            now = self._clock.now()
            person_id = await accounts.use_wallet_challenge(tx, challenge_id, browser, now)
            person = await accounts.person(tx, person_id)
            session = await accounts.begin(tx, person_id, "wallet", device_label, now)
            fact = accounts.PersonSignedIn(subject_id=person_id, session_id=session.id, way=WAY)
            await announce(tx, [fact], Actor.person(person_id).label)
            return WalletSignedIn(session, self._devices.add(devices, person.email, now))

        return await self._database.run(story)

    async def link(
        self, token: str, browser: str, session: FoundSession, current_password: str | None = None
    ) -> None:
        """Link the key that answered to whoever is signed in and has just proven that it is them.

        Raises `NoSuchLink`, `WalletChallengeGone`, `WalletKeyTaken`, `TooManyWalletKeys` and what `FreshProof.check`
        raises; without a proof the answer is not used up.
        """
        actor = session.actor
        person_id = accounts.person_id_of(actor)
        challenge_id = self._links.read(PAGE_LINK, token)
        proof = await self._proof.check(session, current_password)

        async def story(tx: Transaction) -> None:
            linked = await accounts.link_wallet_key(tx, challenge_id, browser, person_id, self._clock.now())
            await proof.hold(tx)
            fact = accounts.WalletKeyLinked(subject_id=person_id, key_id=linked.id)
            await announce(tx, [fact], actor.label)

        await self._database.run(story)

    async def unlink(self, actor: Actor, key_id: UUID) -> None:
        """Remove a key of one's own. Raises `NotSignedIn`, `WalletKeyNotFound`."""
        person_id = accounts.person_id_of(actor)

        async def story(tx: Transaction) -> None:
            await accounts.unlink_wallet_key(tx, key_id, person_id)
            await announce(tx, [accounts.WalletKeyRemoved(subject_id=person_id, key_id=key_id)], actor.label)

        await self._database.run(story)
