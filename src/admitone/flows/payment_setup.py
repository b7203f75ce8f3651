"""Payment accounts are set up: added by their keys, opened under the site's own, looked at, changed, paused, closed.

Keys are checked with the provider at once, outside any transaction, and sealed before they are stored. They are never
shown, announced or logged again; what can be told apart afterwards are the last four characters of each (`hints`).
The site's own accounts (`organiser_id` None) are set up by whoever runs the site, on the command line.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from admitone import accounts, payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.payment_keys import checked_keys, moved_keys
from admitone.payments import Account, AccountStatus, Kind, Mode, Onboards
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Entry
from admitone.plumbing.limiter import Limiter, Rule
from admitone.values.actor import SYSTEM, Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id

Story = Callable[[Transaction], Awaitable[Account]]
# The sandbox bank is the site's, and needs no keys.
NOT_ADDED = frozenset({"sandbox"})
LOOKS: Final = Rule("payment_account.look", 60, 600)
"""Questions to providers, and to nodes of their choice, that one organiser's owners have us ask."""


@dataclass(frozen=True, slots=True)
class Addable:
    """A provider of which an account could be added now, with the id and the webhook address it would have."""

    kind: Kind
    mode: Mode
    account_id: UUID
    notice_url: str


class PaymentSetup:
    """Owners set up their accounts; with `organiser_id` None and the program itself as actor, the site's own."""

    def __init__(self, database: Database, clock: Clock, opened: PaymentAccounts, limiter: Limiter) -> None:
        self._database = database
        self._clock = clock
        self._opened = opened
        self._limiter = limiter

    async def addable(self, actor: Actor, organiser_id: UUID | None, mode: Mode) -> tuple[Addable, ...]:
        """Every provider of which there is no account in this mode yet. Raises `Forbidden`."""
        _permit(actor, organiser_id)
        async with self._database.reading() as reader:
            there = await payments.accounts_of(reader, organiser_id)
            counted = {
                name: await payments.count_accounts(reader, organiser_id, name, mode.value)
                for name, kind in self._opened.kinds.items()
                if name not in NOT_ADDED and not (kind.is_played and mode is Mode.LIVE)
            }
        taken = {one.provider for one in there if one.mode == mode.value}
        return tuple(
            self._addable(organiser_id, self._opened.kinds[name], mode, count)
            for name, count in counted.items()
            if name not in taken
        )

    def _addable(self, organiser_id: UUID | None, kind: Kind, mode: Mode, count: int) -> Addable:
        # The same at every look, so that a webhook address can be copied before its signing secret is known.
        whose = b"" if organiser_id is None else organiser_id.bytes
        account_id = derived_id("payment account", whose, kind.name, mode.value, str(count))
        return Addable(kind, mode, account_id, self._opened.notice_url(kind.name, account_id))

    async def add(
        self,
        actor: Actor,
        organiser_id: UUID | None,
        provider: str,
        mode: Mode,
        keys: Mapping[str, str],
        *,
        options: Mapping[str, str] | None = None,
    ) -> Account:
        """Add an account by its keys, which the provider is asked about at once.

        Raises `Forbidden`, `ProviderNotFound`, `Problems` (a sentence for each key), `BadCredentials`, `ProviderAway`,
        `AccountExists`, `TooMany`.
        """
        _permit(actor, organiser_id)
        kind = self._kind(provider)
        given = checked_keys(kind, mode, keys)
        async with self._database.reading() as reader:
            count = await payments.count_accounts(reader, organiser_id, provider, mode.value)
            there = await payments.accounts_of(reader, organiser_id)
        if any((one.provider, one.mode) == (provider, mode.value) for one in there):
            raise payments.AccountExists
        account_id = self._addable(organiser_id, kind, mode, count).account_id
        new = self._new(account_id, organiser_id, kind, mode, position=len(there) + 1)
        new = replace(new, sealed=self._opened.seal(account_id, given), options=options or {})
        await self._count_look(organiser_id)
        status = await self._look(new, given)

        async def story(tx: Transaction) -> Account:
            await payments.add_account(tx, new, actor=actor.label)
            await payments.keep_look(tx, new, status, now=self._clock.now(), actor=actor.label)
            return await payments.own_account(tx, organiser_id, account_id)

        return await self._changing(story)

    async def change_keys(
        self, actor: Actor, organiser_id: UUID | None, account_id: UUID, keys: Mapping[str, str]
    ) -> Account:
        """Put other keys of the same account in place; what is not given, and a secret left empty, stays as it is,
        unless it would be sent somewhere else than before.

        Raises as `add`, `AccountNotFound`, and `OtherAccount`.
        """
        _permit(actor, organiser_id)
        account = await self._own(organiser_id, account_id)
        if account.is_connected or account.is_set_aside:
            raise payments.AccountNotFound
        kind, mode = self._kind(account.provider), Mode(account.mode)
        secrets = {one.name for one in kind.credentials if one.is_secret}
        typed = {name: value for name, value in keys.items() if value.strip() or name not in secrets}
        given = moved_keys(kind, mode, self._opened.credentials(account), typed)
        await self._count_look(organiser_id)
        try:
            status = await self._look(account, given)
        except payments.BadCredentials as no:
            if no.data.get("reason") == "other_account":
                raise payments.OtherAccount from None
            raise
        if account.ref is not None and status.ref != account.ref:
            raise payments.OtherAccount
        sealed = self._opened.seal(account_id, given)

        async def story(tx: Transaction) -> Account:
            found = await payments.own_account(tx, organiser_id, account_id)
            now = self._clock.now()
            await payments.keep_credentials(tx, found, sealed, found.options, now=now, actor=actor.label)
            await payments.keep_look(tx, found, status, now=now, actor=actor.label)
            return await payments.own_account(tx, organiser_id, account_id)

        return await self._changing(story)

    async def look(self, actor: Actor, organiser_id: UUID | None, account_id: UUID) -> Account:
        """Ask the provider what the account may do now. Raises `AccountNotFound`, `BadCredentials`, `ProviderAway`,
        `TooMany`.
        """
        _permit(actor, organiser_id)
        account = await self._own(organiser_id, account_id)
        await self._count_look(organiser_id)
        return await self._look_again(account, actor.label)

    async def pause(self, actor: Actor, organiser_id: UUID | None, account_id: UUID) -> Account:
        """Offer it to no buyer any more; what is under way goes on. Raises `Forbidden`, `AccountNotFound`."""
        _permit(actor, organiser_id)

        async def story(tx: Transaction) -> Account:
            found = await payments.own_account(tx, organiser_id, account_id)
            await payments.pause_account(tx, found, now=self._clock.now(), actor=actor.label)
            return replace(found, state="paused")

        return await self._changing(story)

    async def resume(self, actor: Actor, organiser_id: UUID | None, account_id: UUID) -> Account:
        """Offer it again, as far as the provider lets it. Raises as `look`."""
        _permit(actor, organiser_id)
        account = await self._own(organiser_id, account_id)
        await self._count_look(organiser_id)
        status = await self._status(account)

        async def story(tx: Transaction) -> Account:
            found = await payments.own_account(tx, organiser_id, account_id)
            await payments.resume_account(tx, found, now=self._clock.now(), actor=actor.label)
            await payments.keep_look(tx, found, status, now=self._clock.now(), actor=actor.label)
            return await payments.own_account(tx, organiser_id, account_id)

        return await self._changing(story)

    async def close(self, actor: Actor, organiser_id: UUID | None, account_id: UUID) -> None:
        """Begin nothing in it any more; its keys stay for refunds. Raises `Forbidden`, `AccountNotFound`."""
        _permit(actor, organiser_id)

        async def story(tx: Transaction) -> None:
            found = await payments.own_account(tx, organiser_id, account_id)
            await payments.close_account(tx, found, now=self._clock.now(), actor=actor.label)

        await self._database.run(story)
        self._opened.forget()

    async def use_sites_own(
        self, actor: Actor, organiser_id: UUID, provider: str, mode: Mode, *, is_used: bool
    ) -> None:
        """Sell through the site's own account with this provider, or not. Raises `Forbidden`, `AccountNotFound`."""
        _permit(actor, organiser_id)
        async with self._database.reading() as reader:
            theirs = await payments.accounts_of(reader, None)
            count = await payments.count_accounts(reader, organiser_id, provider, mode.value)
            mine = await payments.accounts_of(reader, organiser_id)
        if not any((one.provider, one.mode) == (provider, mode.value) for one in theirs):
            raise payments.AccountNotFound
        no = next((one for one in mine if (one.provider, one.mode) == (provider, mode.value)), None)
        if no is not None and not no.is_set_aside:
            raise payments.AccountExists
        if no is not None and is_used:
            await self.close(actor, organiser_id, no.id)
        elif no is None and not is_used:
            kind = self._kind(provider)
            account_id = self._addable(organiser_id, kind, mode, count).account_id
            new = self._new(account_id, organiser_id, kind, mode, position=len(mine) + 1)
            new = replace(new, state="paused", options={"stands_for": "no"})
            await self._database.run(lambda tx: payments.add_account(tx, new, actor=actor.label))
            self._opened.forget()

    async def connectable(self, mode: Mode) -> tuple[str, ...]:
        """The providers under whose site's account an organiser's can be opened."""
        async with self._database.reading() as reader:
            theirs = await payments.accounts_of(reader, None)
        active = [one for one in theirs if one.mode == mode.value and one.state == "active"]
        return tuple(one.provider for one in active if self._onboards(one) is not None)

    async def connect(
        self, actor: Actor, organiser_id: UUID, provider: str, mode: Mode, *, country: str, return_url: str
    ) -> str:
        """Begin or go on opening an account under the site's own: the provider's page on which that is done.

        Raises `Forbidden`, `NotOpenedHere`, `AccountExists` (one with keys of its own), `BadCredentials`,
        `ProviderAway`.
        """
        _permit(actor, organiser_id)
        async with self._database.reading() as reader:
            theirs = await payments.accounts_of(reader, None)
            mine = await payments.accounts_of(reader, organiser_id)
            count = await payments.count_accounts(reader, organiser_id, provider, mode.value)
            organiser = await accounts.organiser(reader, organiser_id)
        site = next((one for one in theirs if (one.provider, one.mode) == (provider, mode.value)), None)
        onboards = None if site is None else self._onboards(site)
        if onboards is None:
            raise payments.NotOpenedHere
        account = next((one for one in mine if (one.provider, one.mode) == (provider, mode.value)), None)
        if account is None:
            kind = self._kind(provider)
            account_id = self._addable(organiser_id, kind, mode, count).account_id
            account = self._new(account_id, organiser_id, kind, mode, position=len(mine) + 1)
            account = replace(account, country=country.upper(), options={"opened_by": "site"})
            new = account
            await self._database.run(lambda tx: payments.add_account(tx, new, actor=actor.label))
        if not account.is_connected:
            raise payments.AccountExists
        known = account
        invited = await onboards.invite(
            known.id,
            known.ref,
            email=organiser.contact_email,
            country=known.country or country.upper(),
            return_url=return_url,
        )

        async def keep(tx: Transaction) -> None:
            found = await payments.own_account(tx, organiser_id, known.id)
            now = self._clock.now()
            await payments.keep_ref(tx, found, invited.account_ref, now=now, actor=actor.label)

        if known.ref != invited.account_ref:
            await self._database.run(keep)
            self._opened.forget()
        return invited.url

    async def provider_spoke(self, entry: Entry) -> None:
        """A provider spoke of an account: ask what it may do now."""
        fact = entry.read_as(payments.ProviderSpoke)
        await self.heard(fact.account_id, fact.provider_ref)

    async def heard(self, account_id: UUID, ref: str) -> None:
        """An account changed at its provider: `ref`, which is `account_id` or one that was opened under it."""
        async with self._database.reading() as reader:
            account = await payments.find_account(reader, account_id)
            if account is not None and account.ref != ref:
                account = await payments.connected_account(reader, account.provider, account.mode, ref)
        if account is not None and account.state != "closed":
            await self._look_again(account, SYSTEM.label)

    def hints(self, account: Account) -> Mapping[str, str]:
        """The last four characters of each secret key, the whole of what is none; by name."""
        if account.sealed is None or account.provider not in self._opened.kinds:
            return {}
        keys = self._opened.credentials(account)
        known = {one.name: one for one in self._opened.kinds[account.provider].credentials}
        return {
            name: (value if not known[name].is_secret else f"…{value[-4:]}")
            for name, value in keys.items()
            if value and name in known
        }

    def notice_url(self, account: Account) -> str:
        """Where the provider's webhooks about this account come in."""
        return self._opened.sheet(account).notice_url

    def _onboards(self, site: Account) -> Onboards | None:
        opened = self._opened.open(site)
        return None if opened is None else opened.provider.roles.onboards

    def _kind(self, provider: str) -> Kind:
        kind = self._opened.kinds.get(provider)
        if kind is None:
            raise payments.ProviderNotFound
        return kind

    def _new(
        self, account_id: UUID, organiser_id: UUID | None, kind: Kind, mode: Mode, *, position: int
    ) -> Account:
        return Account(
            id=account_id,
            organiser_id=organiser_id,
            provider=kind.name,
            mode=mode.value,
            label=kind.label,
            state="onboarding",
            ref=None,
            country=None,
            currencies=None,
            sealed=None,
            options={},
            missing=(),
            can_pay_out=False,
            position=position,
            updated_at=self._clock.now(),
        )

    async def _own(self, organiser_id: UUID | None, account_id: UUID) -> Account:
        async with self._database.reading() as reader:
            found = await payments.find_account(reader, account_id)
        if found is None or found.organiser_id != organiser_id or found.state == "closed":
            raise payments.AccountNotFound
        return found

    async def _count_look(self, organiser_id: UUID | None) -> None:
        """One more question for this organiser; whoever runs the site asks as often as they like."""
        if organiser_id is not None:
            await self._limiter.take(LOOKS, str(organiser_id))

    async def _look(self, account: Account, keys: Mapping[str, str]) -> AccountStatus:
        """Ask with keys that are not stored yet."""
        kind = self._kind(account.provider)
        status = await kind.open(self._opened.sheet(account), keys).look()
        if status.is_live != (account.mode == Mode.LIVE):
            found, wanted = ("live", "test") if status.is_live else ("test", "live")
            raise payments.KeyOfOtherMode(found=found, wanted=wanted)
        return status

    async def _status(self, account: Account) -> AccountStatus:
        async with self._database.reading() as reader:
            await self._opened.know_sites_own(reader, [account])
        opened = self._opened.open(account)
        if opened is None:
            raise payments.ProviderNotFound
        return await opened.provider.look()

    async def _look_again(self, account: Account, actor: str) -> Account:
        status = await self._status(account)

        async def story(tx: Transaction) -> Account:
            found = await payments.own_account(tx, account.organiser_id, account.id)
            await payments.keep_look(tx, found, status, now=self._clock.now(), actor=actor)
            return await payments.own_account(tx, account.organiser_id, account.id)

        return await self._changing(story)

    async def _changing(self, story: Story) -> Account:
        changed = await self._database.run(story)
        self._opened.forget()
        return changed


def _permit(actor: Actor, organiser_id: UUID | None) -> None:
    if organiser_id is not None:
        accounts.permit(actor, Action.MANAGE_PAYOUTS, organiser_id)
    elif actor.kind != "system":
        raise accounts.NotAllowed
