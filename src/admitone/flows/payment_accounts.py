"""Payment accounts as flows use them: opened with their keys, kept in memory for a moment.

An account read may be two seconds old. That is safe: a closed or paused one still answers about the payments made
into it, and what is offered is only a list to choose from.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from admitone import payments
from admitone.payments import SANDBOX_ACCOUNT, Account, AccountSheet, Kind, Mode, OpenAccount
from admitone.plumbing.database import Database, Reader
from admitone.plumbing.sealing import Sealer
from admitone.plumbing.shared_look import SharedLook
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
K = TypeVar("K")
V = TypeVar("V")
KEEP = timedelta(seconds=2)
MOST = 2000


class PaymentAccounts:
    """`kinds` are the providers this site knows, by name; `site_url` is where their webhooks come in."""

    def __init__(
        self, database: Database, clock: Clock, sealer: Sealer, kinds: Mapping[str, Kind], site_url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._kinds = kinds
        self._site_url = site_url
        self._direct: OrderedDict[UUID, bool] = OrderedDict()
        # With whose keys: those of the site's own account, for accounts that were opened under it.
        self._opened: OrderedDict[UUID, tuple[datetime, OpenAccount, Account]] = OrderedDict()
        self._sites_own: dict[tuple[str, str], Account] = {}
        self._for_sale: OrderedDict[tuple[UUID, bool], tuple[datetime, tuple[OpenAccount, ...]]] = (
            OrderedDict()
        )
        self._finding: SharedLook[UUID, OpenAccount | None] = SharedLook()
        self._finding_for_sale: SharedLook[tuple[UUID, bool], tuple[OpenAccount, ...]] = SharedLook()
        self._forgotten = 0

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The providers this site knows, by name."""
        return self._kinds

    @property
    def redirect_origins(self) -> tuple[str, ...]:
        """Every place beside this site that a buyer may be sent to in order to pay, each once, sorted."""
        return tuple(sorted({origin for kind in self._kinds.values() for origin in kind.redirect_origins}))

    def open(self, account: Account) -> OpenAccount | None:
        """The account with its keys; None when its provider is not known here (any more), and when it has none.

        One that was opened under the site's own must have been read here, or `know_sites_own` been called.
        """
        holder = self._holder(account)
        known = self._opened.get(account.id)
        if known is not None and known[1].account == account and known[2] == holder:
            return known[1]
        kind = self._kinds.get(account.provider)
        if kind is None or holder is None or account.is_set_aside:
            return None
        opened = OpenAccount(account, kind.open(self.sheet(account), self.credentials(holder)))
        _remember(self._direct, account.id, account.organiser_id is not None)
        _remember(self._opened, account.id, (self._clock.now(), opened, holder))
        return opened

    def _holder(self, account: Account) -> Account | None:
        """The account whose keys act for this one."""
        return self._sites_own.get((account.provider, account.mode)) if account.is_connected else account

    async def know_sites_own(self, reader: Reader, accounts: Sequence[Account]) -> None:
        """Read the site's own accounts if one of these was opened under them."""
        if any(one.is_connected for one in accounts):
            own = await payments.accounts_of(reader, None)
            self._sites_own = {(one.provider, one.mode): one for one in own}

    def sheet(self, account: Account) -> AccountSheet:
        """The account as an adapter is told of it."""
        return AccountSheet(
            id=account.id,
            organiser_id=account.organiser_id,
            provider=account.provider,
            mode=Mode(account.mode),
            ref=account.ref,
            country=account.country,
            notice_url=self.notice_url(account.provider, account.id),
            options=self._options(account),
        )

    def _options(self, account: Account) -> Mapping[str, str]:
        holder = self._holder(account)
        if holder is None or holder.id == account.id:
            return account.options
        return {**account.options, "sites_own": str(holder.id)}

    def notice_url(self, provider: str, account_id: UUID) -> str:
        """Where the provider's webhooks about this account come in."""
        path = "" if account_id == SANDBOX_ACCOUNT else f"/{account_id}"
        return f"{self._site_url}/webhooks/{provider}{path}"

    def seal(self, account_id: UUID, credentials: Mapping[str, str]) -> bytes:
        """The keys as they are stored: they open for this account only."""
        return self._sealer.seal(json.dumps(dict(credentials)).encode(), _context(account_id))

    def credentials(self, account: Account) -> dict[str, str]:
        """The account's keys."""
        if account.sealed is None:
            return {}
        opened: dict[str, str] = json.loads(self._sealer.open_(account.sealed, _context(account.id)))
        return opened

    async def find(self, account_id: UUID) -> OpenAccount | None:
        """The account with this id, at most two seconds old; None when there is none or its provider is unknown."""
        known = self._opened.get(account_id)
        if known is not None and self._clock.now() - known[0] < KEEP:
            return known[1]
        return await self._finding.at(account_id, lambda: self._find(account_id))

    async def _find(self, account_id: UUID) -> OpenAccount | None:
        begun = self._forgotten
        async with self._database.reading() as reader:
            account = await payments.find_account(reader, account_id)
            if account is None:
                return None
            await self.know_sites_own(reader, [account])
        opened, holder = self.open(account), self._holder(account)
        if begun != self._forgotten:
            self._opened.pop(account_id, None)
        elif opened is not None and holder is not None:
            _remember(self._opened, account_id, (self._clock.now(), opened, holder))
        return opened

    async def is_direct(self, account_id: UUID) -> bool:
        """The account is an organiser's own: what is paid into it is theirs at once. That never changes."""
        known = self._direct.get(account_id)
        if known is None:
            async with self._database.reading() as reader:
                account = await payments.find_account(reader, account_id)
            assert account is not None, "an attempt names an account that is there"
            known = account.organiser_id is not None
            _remember(self._direct, account_id, known)
        return known

    async def for_sale(self, organiser_id: UUID, *, is_test: bool) -> tuple[OpenAccount, ...]:
        """The accounts an organiser's buyers may pay into, at most two seconds old."""
        known = self._known_for_sale(organiser_id, is_test)
        if known is not None:
            return known
        return await self._finding_for_sale.at(
            (organiser_id, is_test), lambda: self._find_for_sale(organiser_id, is_test)
        )

    async def _find_for_sale(self, organiser_id: UUID, is_test: bool) -> tuple[OpenAccount, ...]:
        async with self._database.reading() as reader:
            return await self._read_for_sale(reader, organiser_id, is_test)

    async def for_sale_in(
        self, reader: Reader, organiser_id: UUID, *, is_test: bool
    ) -> tuple[OpenAccount, ...]:
        """`for_sale`, on a connection of the caller's."""
        known = self._known_for_sale(organiser_id, is_test)
        return known if known is not None else await self._read_for_sale(reader, organiser_id, is_test)

    def _known_for_sale(self, organiser_id: UUID, is_test: bool) -> tuple[OpenAccount, ...] | None:
        known = self._for_sale.get((organiser_id, is_test))
        return known[1] if known is not None and self._clock.now() - known[0] < KEEP else None

    async def _read_for_sale(
        self, reader: Reader, organiser_id: UUID, is_test: bool
    ) -> tuple[OpenAccount, ...]:
        begun = self._forgotten
        accounts = await payments.accounts_for_sale(reader, organiser_id, is_test=is_test)
        await self.know_sites_own(reader, accounts)
        opened = tuple(found for one in accounts if (found := self.open(one)) is not None)
        if begun != self._forgotten:
            for one in accounts:
                self._opened.pop(one.id, None)
        else:
            _remember(self._for_sale, (organiser_id, is_test), (self._clock.now(), opened))
        return opened

    async def in_use(self) -> Sequence[OpenAccount]:
        """Every account in which something may still happen, read anew."""
        async with self._database.reading() as reader:
            accounts = await payments.accounts_in_use(reader)
            await self.know_sites_own(reader, accounts)
        return [found for one in accounts if (found := self.open(one)) is not None]

    def forget(self) -> None:
        """Something about accounts changed: read them anew."""
        self._opened.clear()
        self._for_sale.clear()
        # What was asked before now may be answered with what was true before now, and is not remembered.
        self._finding.forget()
        self._finding_for_sale.forget()
        self._forgotten += 1


def _context(account_id: UUID) -> bytes:
    return b"payments_account/" + account_id.bytes


def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST:
        kept.popitem(last=False)
