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
from admitone.payments import Account, AccountSheet, Kind, Mode, OpenAccount
from admitone.plumbing.database import Database, Reader
from admitone.plumbing.sealing import Sealer
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
        self._opened: OrderedDict[UUID, tuple[datetime, OpenAccount]] = OrderedDict()
        self._for_sale: OrderedDict[tuple[UUID, bool], tuple[datetime, tuple[OpenAccount, ...]]] = (
            OrderedDict()
        )

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """The providers this site knows, by name."""
        return self._kinds

    @property
    def redirect_origins(self) -> tuple[str, ...]:
        """Every place beside this site that a buyer may be sent to in order to pay, each once, sorted."""
        return tuple(sorted({origin for kind in self._kinds.values() for origin in kind.redirect_origins}))

    def open(self, account: Account) -> OpenAccount | None:
        """The account with its keys; None when its provider is not known here (any more)."""
        known = self._opened.get(account.id)
        if known is not None and known[1].account == account:
            return known[1]
        kind = self._kinds.get(account.provider)
        if kind is None:
            return None
        opened = OpenAccount(account, kind.open(self.sheet(account), self.credentials(account)))
        _remember(self._opened, account.id, (self._clock.now(), opened))
        return opened

    def sheet(self, account: Account) -> AccountSheet:
        """The account as an adapter is told of it."""
        is_named = account.organiser_id is not None or account.provider != "sandbox"
        path = f"/{account.id}" if is_named else ""
        return AccountSheet(
            id=account.id,
            organiser_id=account.organiser_id,
            provider=account.provider,
            mode=Mode(account.mode),
            ref=account.ref,
            country=account.country,
            notice_url=f"{self._site_url}/webhooks/{account.provider}{path}",
            options=account.options,
        )

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
        async with self._database.reading() as reader:
            account = await payments.find_account(reader, account_id)
        if account is None:
            return None
        opened = self.open(account)
        if opened is not None:
            _remember(self._opened, account_id, (self._clock.now(), opened))
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
        accounts = await payments.accounts_for_sale(reader, organiser_id, is_test=is_test)
        opened = tuple(found for one in accounts if (found := self.open(one)) is not None)
        _remember(self._for_sale, (organiser_id, is_test), (self._clock.now(), opened))
        return opened

    async def in_use(self) -> Sequence[OpenAccount]:
        """Every account in which something may still happen, read anew."""
        async with self._database.reading() as reader:
            accounts = await payments.accounts_in_use(reader)
        return [found for one in accounts if (found := self.open(one)) is not None]

    def forget(self) -> None:
        """Something about accounts changed: read them anew."""
        self._opened.clear()
        self._for_sale.clear()


def _context(account_id: UUID) -> bytes:
    return b"payments_account/" + account_id.bytes


def _remember(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST:
        kept.popitem(last=False)
