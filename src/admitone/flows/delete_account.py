"""A person deletes their account: at once, by themselves, with a fresh proof that it is them.

Gone are the person, their sessions, the wallets linked and connected, their places in teams. What they bought stays in
its organiser's books, with the name and address that were given for it, and names no account any more; its links and
tickets work as before. The journal names people by an id that is nobody's then.
"""

from admitone import accounts
from admitone.accounts import FoundSession
from admitone.flows.fresh_proof import FreshProof
from admitone.flows.letter_desk import LetterDesk
from admitone.flows.wallet_connections import WalletConnections
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.values import formats
from admitone.values.clock import Clock


class AccountEnding:
    """`find_url` is the address of the page that finds tickets by the address they were bought with."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        proof: FreshProof,
        connections: WalletConnections,
        letters: LetterDesk,
        find_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._proof = proof
        self._connections = connections
        self._letters = letters
        self._find_url = find_url

    async def delete(self, session: FoundSession, current_password: str | None = None) -> None:
        """Delete the account of whoever is signed in, and mail the last letter about it.

        Raises what `FreshProof.check` raises, `OnlyOwnerStays`, `OperatorStays`.
        """
        actor = session.actor
        person_id = accounts.person_id_of(actor)
        proof = await self._proof.check(session, current_password)

        async def story(tx: Transaction) -> None:
            facts = await self._connections.forget(tx, person_id)
            await proof.hold(tx)
            email, more = await accounts.leave_for_good(tx, person_id)
            # In this transaction, as nobody knows the address after it.
            await self._letters.queue(
                tx,
                cause=f"account_deleted:{person_id}",
                template="account_deleted",
                to=email,
                organiser_id=None,
                context={
                    "when_text": f"{formats.long_day_time(self._clock.now(), 'UTC')} UTC",
                    "find_url": self._find_url,
                },
            )
            await announce(tx, [*facts, *more], actor.label)

        await self._database.run(story)
