"""Payment accounts: an organiser's with a provider, or the site's own. Keys are sealed before they come here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.payments import account_store
from admitone.payments.account_status import AccountStatus
from admitone.payments.account_store import Account
from admitone.payments.facts import AccountChanged
from admitone.payments.refusals import AccountExists, AccountNotFound
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce

WATCHED_ON: Final = timedelta(days=14)
"""So long an account is watched on after it was closed: as long as the network may remember a payment."""


async def accounts_for_sale(reader: Reader, organiser_id: UUID, *, is_test: bool) -> Sequence[Account]:
    """The accounts an organiser's buyers may pay into: the organiser's own first, then the site's."""
    return await account_store.for_sale(reader, organiser_id, "test" if is_test else "live")


async def find_account(reader: Reader, account_id: UUID) -> Account | None:
    """The account with this id."""
    return await account_store.read(reader, account_id)


async def accounts_of(reader: Reader, organiser_id: UUID | None) -> Sequence[Account]:
    """An organiser's accounts that are not closed (the site's own for None)."""
    return await account_store.of_organiser(reader, organiser_id)


async def accounts_in_use(reader: Reader) -> Sequence[Account]:
    """Every account in which something may still happen."""
    return await account_store.in_use(reader)


async def connected_account(reader: Reader, provider: str, mode: str, ref: str) -> Account | None:
    """The account that was opened under the site's own and that the provider knows by this reference."""
    return await account_store.connected(reader, provider, mode, ref)


async def accounts_to_watch(reader: Reader, providers: Sequence[str], now: datetime) -> list[UUID]:
    """The accounts with these providers in which something may happen at any moment: those that are not closed, and
    closed ones for two weeks and as long as something is open in them.
    """
    return await account_store.to_watch(reader, providers, now - WATCHED_ON)


async def closed_accounts(reader: Reader, providers: Sequence[str]) -> list[UUID]:
    """The closed accounts with these providers, into which money may come all the same."""
    return await account_store.closed(reader, providers)


async def count_accounts(reader: Reader, organiser_id: UUID | None, provider: str, mode: str) -> int:
    """How many accounts of this provider and mode there have ever been, closed ones too."""
    return await account_store.count(reader, organiser_id, provider, mode)


async def own_account(tx: Transaction, organiser_id: UUID | None, account_id: UUID) -> Account:
    """The organiser's account (the site's own for None), locked. Raises `AccountNotFound`, also for another's."""
    account = await account_store.lock(tx, account_id)
    if account is None or account.organiser_id != organiser_id or account.state == "closed":
        raise AccountNotFound
    return account


async def add_account(tx: Transaction, account: Account, *, actor: str) -> None:
    """Store a new account, announced. Raises `AccountExists` while one of this provider and mode is not closed."""
    if not await account_store.insert(tx, account):
        raise AccountExists
    await announce(tx, [_changed(account, "added")], actor)


async def keep_look(
    tx: Transaction, account: Account, status: AccountStatus, *, now: datetime, actor: str
) -> None:
    """Keep what the provider says of the account now, announced."""
    await account_store.keep_look(tx, account.id, status, status.label or account.label, now)
    await announce(tx, [_changed(account, "looked_at")], actor)


async def keep_ref(tx: Transaction, account: Account, ref: str, *, now: datetime, actor: str) -> None:
    """Keep what the provider calls the account it has opened, announced."""
    await account_store.keep_ref(tx, account.id, ref, now)
    await announce(tx, [_changed(account, "invited")], actor)


async def keep_credentials(
    tx: Transaction, account: Account, sealed: bytes, options: Mapping[str, str], *, now: datetime, actor: str
) -> None:
    """Put other keys in place of the account's, announced without them."""
    await account_store.keep_credentials(tx, account.id, sealed, options, now)
    await announce(tx, [_changed(account, "keys_changed")], actor)


async def pause_account(tx: Transaction, account: Account, *, now: datetime, actor: str) -> bool:
    """Buyers are not offered it any more; what is under way goes on."""
    return await _move(tx, account, ["active", "onboarding"], "paused", now, actor)


async def resume_account(tx: Transaction, account: Account, *, now: datetime, actor: str) -> bool:
    """Buyers are offered it again."""
    return await _move(tx, account, ["paused"], "active", now, actor)


async def close_account(tx: Transaction, account: Account, *, now: datetime, actor: str) -> bool:
    """Nothing new begins in it. Its keys are kept for refunds of what was paid into it."""
    return await _move(tx, account, ["active", "onboarding", "paused"], "closed", now, actor)


async def _move(
    tx: Transaction, account: Account, from_states: Sequence[str], to_state: str, now: datetime, actor: str
) -> bool:
    moved = await account_store.move(tx, account.id, from_states, to_state, now)
    if moved:
        await announce(tx, [_changed(account, to_state)], actor)
    return moved


def _changed(account: Account, what: str) -> AccountChanged:
    return AccountChanged(
        subject_id=account.id,
        organiser_id=account.organiser_id,
        provider=account.provider,
        mode=account.mode,
        what=what,
    )
