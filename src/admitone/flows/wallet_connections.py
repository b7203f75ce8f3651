"""A person connects their wallet (Nostr Wallet Connect): what they pasted is checked, the wallet asked what it lets us
do, and only then is the text sealed and kept. It is never shown again; people see what the wallet said of itself.
"""

from typing import Final
from uuid import UUID

from admitone import accounts
from admitone.payments import nwc
from admitone.payments.nwc import Connection as Connection
from admitone.payments.nwc import ConnectionUri, Look
from admitone.payments.nwc import NotConnected as NotConnected
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Fact, announce
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.sealing import Sealer
from admitone.values.actor import Actor
from admitone.values.clock import Clock

CONNECTS: Final = Rule("wallet_connection.connect", 10, 600)
"""Texts that one person has us try: each asks a relay of their choice."""
LOOKS: Final = Rule("wallet_connection.look", 20, 600)


class WalletConnections:
    """`loopback`: a relay on this very machine is fine (development)."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        connected: nwc.ConnectedWallets,
        limiter: Limiter,
        *,
        loopback: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._connected = connected
        self._limiter = limiter
        self._loopback = loopback

    async def connect(self, actor: Actor, typed: str, connection_id: UUID) -> Connection:
        """Connect this wallet in place of the one before. The same id again gives what it made.

        Raises `NotSignedIn`, `TooMany`, what is wrong with the text (`payments.nwc.refusals`), `ConnectedWalletAway`,
        `ConnectedWalletRefused`, `RelayNotPublic`, `CannotPay`.
        """
        person_id = accounts.person_id_of(actor)
        known = await self.current(actor)
        if known is not None and known.id == connection_id:
            return known
        uri = nwc.read_uri(typed, loopback=self._loopback)
        await self._limiter.take(CONNECTS, str(person_id))
        look = await self._connected.look(uri)
        if not look.can_pay:
            raise nwc.CannotPay(field="uri")
        sealed = self._sealer.seal(uri.text.encode(), _context(connection_id))

        async def story(tx: Transaction) -> None:
            now = self._clock.now()
            await nwc.lock_person(tx, person_id)
            facts = await self._end(tx, person_id)
            await nwc.insert(tx, connection_id, person_id, sealed, uri.relay_host, look, now)
            facts.append(nwc.WalletConnected(subject_id=connection_id, person_id=person_id))
            await announce(tx, facts, actor.label)

        await self._database.run(story)
        made = await self.current(actor)
        assert made is not None, "it was just stored"
        return made

    async def current(self, actor: Actor) -> Connection | None:
        """The wallet this person has connected. Raises `NotSignedIn`."""
        async with self._database.reading() as reader:
            return await nwc.of_person(reader, accounts.person_id_of(actor))

    async def look_again(self, actor: Actor) -> Connection:
        """What the wallet says of itself now: what is left of the budget. Raises `NotConnected` and as `connect`."""
        known = await self.current(actor)
        if known is None:
            raise nwc.NotConnected
        await self._limiter.take(LOOKS, str(accounts.person_id_of(actor)))
        look: Look = await self._connected.look(self.open(known))
        now = self._clock.now()
        await self._database.run(lambda tx: nwc.keep_look(tx, known.id, look, now))
        return await self.current(actor) or known

    async def disconnect(self, actor: Actor) -> bool:
        """The wallet is asked for nothing any more, and what opens it is erased; False when there was none."""
        person_id = accounts.person_id_of(actor)

        async def story(tx: Transaction) -> bool:
            await nwc.lock_person(tx, person_id)
            facts = await self._end(tx, person_id)
            await announce(tx, facts, actor.label)
            return bool(facts)

        return await self._database.run(story)

    async def forget(self, tx: Transaction, person_id: UUID) -> list[Fact]:
        """As `disconnect`, for an account that is being deleted: nothing names its person any more."""
        await nwc.lock_person(tx, person_id)
        facts = await self._end(tx, person_id)
        await nwc.forget_person(tx, person_id)
        return facts

    async def _end(self, tx: Transaction, person_id: UUID) -> list[Fact]:
        ended = await nwc.end(tx, person_id, self._clock.now())
        return [] if ended is None else [nwc.WalletDisconnected(subject_id=ended, person_id=person_id)]

    def open(self, connection: Connection) -> ConnectionUri:
        """What the connection is asked with. It is opened where a wallet is asked, and kept nowhere."""
        assert connection.sealed is not None, "a connection that has ended opens for nobody"
        text = self._sealer.open_(connection.sealed, _context(connection.id)).decode()
        return nwc.read_uri(text, loopback=self._loopback)


def _context(connection_id: UUID) -> bytes:
    return b"payments_wallet_connection/" + connection_id.bytes
