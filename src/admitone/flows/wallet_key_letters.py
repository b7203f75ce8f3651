"""Whoever owns an account hears that a wallet signs in to it from now on, or no more: they may not have done it."""

from uuid import UUID

from admitone import accounts
from admitone.accounts import WalletKeyLinked, WalletKeyRemoved, WalletKeysEnd, WalletKeysRemoved
from admitone.flows.post_office import PostOffice
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.values import formats

_CAUSES = {
    WalletKeysEnd.NEW_PASSWORD: "Your password was set or changed, which removes every linked wallet.",
    WalletKeysEnd.SIGNED_OUT: "This was asked for when signing out everywhere.",
}
_BY_HAND = "This was done on your account page."


class WalletKeyLetters:
    """`account_url` is the address of the page on which everybody sees and removes their own wallets."""

    def __init__(self, database: Database, post: PostOffice, account_url: str) -> None:
        self._database = database
        self._post = post
        self._account_url = account_url

    async def tell_linked(self, entry: Entry) -> None:
        """The reaction to `WalletKeyLinked`: one letter for each key."""
        fact = entry.read_as(WalletKeyLinked)
        person = await self._reader(fact.subject_id)
        if person is None:
            return
        email, names = person
        context = {"wallet_name": names.get(fact.key_id, "A Lightning wallet")}
        await self._tell(entry, email, f"wallet_linked:{fact.key_id}", "wallet_linked", context)

    async def tell_removed(self, entry: Entry) -> None:
        """The reaction to `WalletKeyRemoved` and to `WalletKeysRemoved`: one letter for each fact."""
        keys, cause = 1, _BY_HAND
        if entry.kind == WalletKeysRemoved.kind:
            fact = entry.read_as(WalletKeysRemoved)
            keys, cause = fact.keys, _CAUSES[WalletKeysEnd(fact.why)]
        else:
            entry.read_as(WalletKeyRemoved)
        person = await self._reader(entry.subject_id)
        if person is None:
            return
        context = {"wallets_text": "1 wallet" if keys == 1 else f"{keys} wallets", "cause_text": cause}
        await self._tell(entry, person[0], f"wallet_removed:{entry.id}", "wallet_removed", context)

    async def _reader(self, person_id: UUID) -> tuple[str, dict[UUID, str]] | None:
        """Where they read letters, and what their wallets are called; None when their account is gone."""
        async with self._database.reading() as reader:
            try:
                person = await accounts.person(reader, person_id)
            except accounts.NotSignedIn:
                return None
            keys = await accounts.wallet_keys_of(reader, person_id)
        return person.email, {one.id: f"Wallet {one.name}" for one in keys}

    async def _tell(
        self, entry: Entry, email: str, cause: str, template: str, context: dict[str, str]
    ) -> None:
        when_text = f"{formats.long_day_time(entry.at, 'UTC')} UTC"

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=cause,
                template=template,
                to=email,
                organiser_id=None,
                context={**context, "when_text": when_text, "account_url": self._account_url},
            )
            await hit("reaction.before_commit")

        await self._database.run(story)
