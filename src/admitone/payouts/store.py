"""Payouts' SQL. Lock order within this slice: terms, then payouts. Everything that takes from what is available has
locked the organiser's terms; what comes back to it needs no lock.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from admitone.payouts.rows import Payout, PayoutState, Purse, Receiver, Release, Terms
from admitone.plumbing.database import Reader, Transaction

_TERMS = "organiser_id, delay_days, reserve_bps, reserve_days, minimums, is_drafting, paused_until"
_RELEASE = """id, organiser_id, event_id, currency, is_test, number, earned_minor, tax_minor, reserved_minor,
    reserve_until, reserve_ended_at, at"""
_RECEIVER = """id, organiser_id, currency, is_test, account_id, holder, hint, to_ref, sealed, made_by, made_at,
    verified_by, verified_at, replaced_at"""
_PAYOUT = """id, organiser_id, receiver_id, account_id, currency, amount_minor, is_test, state, asked_by, asked_at,
    approved_by, approved_at, provider_ref, reason, tries, next_at, ended_at"""
_OF_PURSE = "organiser_id = :organiser_id AND currency = :currency AND is_test = :is_test"


def _purse(purse: Purse) -> dict[str, Any]:
    return {"organiser_id": purse.organiser_id, "currency": purse.currency, "is_test": purse.is_test}


def _values(columns: str) -> str:
    return ", ".join(f":{name.strip()}" for name in columns.split(","))


def _payout(row: RowMapping) -> Payout:
    fields: dict[str, Any] = dict(row)
    return Payout(**{**fields, "state": PayoutState(row["state"])})


async def lock_terms(tx: Transaction, organiser_id: UUID) -> Terms:
    """The organiser's terms, made if need be, locked until the transaction ends."""
    await tx.execute(
        text("INSERT INTO payouts_terms (organiser_id) VALUES (:id) ON CONFLICT DO NOTHING"),
        {"id": organiser_id},
    )
    found = await tx.execute(
        text(f"SELECT {_TERMS} FROM payouts_terms WHERE organiser_id = :id FOR UPDATE"), {"id": organiser_id}
    )
    return Terms(**found.mappings().one())


async def terms(reader: Reader, organiser_id: UUID) -> Terms:
    """The organiser's terms."""
    found = await reader.execute(
        text(f"SELECT {_TERMS} FROM payouts_terms WHERE organiser_id = :id"), {"id": organiser_id}
    )
    row = found.mappings().one_or_none()
    return Terms(organiser_id) if row is None else Terms(**row)


async def keep_terms(tx: Transaction, kept: Terms) -> None:
    """Store locked terms."""
    await tx.execute(
        text(
            "UPDATE payouts_terms SET delay_days = :delay_days, reserve_bps = :reserve_bps, "
            "reserve_days = :reserve_days, minimums = :minimums, is_drafting = :is_drafting, "
            "paused_until = :paused_until WHERE organiser_id = :organiser_id"
        ).bindparams(bindparam("minimums", type_=JSONB)),
        {**{name: getattr(kept, name) for name in Terms.__slots__}, "minimums": dict(kept.minimums)},
    )


async def releases_of_event(reader: Reader, event_id: UUID, purse: Purse) -> list[Release]:
    """What of the event became available before, oldest first."""
    rows = await reader.execute(
        text(
            f"SELECT {_RELEASE} FROM payouts_release WHERE event_id = :event_id AND {_OF_PURSE} ORDER BY number"
        ),
        {"event_id": event_id, **_purse(purse)},
    )
    return [Release(**row) for row in rows.mappings()]


async def insert_release(tx: Transaction, release: Release) -> None:
    """Store a new one."""
    await tx.execute(
        text(f"INSERT INTO payouts_release ({_RELEASE}) VALUES ({_values(_RELEASE)})"),
        {name: getattr(release, name) for name in Release.__slots__},
    )


async def reserves_due(reader: Reader, now: datetime, most: int) -> list[Release]:
    """Releases whose reserve is kept no longer."""
    rows = await reader.execute(
        text(
            f"SELECT {_RELEASE} FROM payouts_release WHERE reserve_until <= :now AND reserve_ended_at IS NULL "
            "ORDER BY reserve_until, id LIMIT :most"
        ),
        {"now": now, "most": most},
    )
    return [Release(**row) for row in rows.mappings()]


async def end_reserve(tx: Transaction, release_id: UUID, now: datetime) -> bool:
    """Its reserve is kept no longer; False when it was not any more."""
    done = await tx.execute(
        text(
            "UPDATE payouts_release SET reserve_ended_at = :now WHERE id = :id AND reserve_ended_at IS NULL"
        ),
        {"id": release_id, "now": now},
    )
    return done.rowcount == 1


async def replace_receiver(tx: Transaction, receiver: Receiver) -> bool:
    """Put it in the place of the one before, under locked terms; whether there was one."""
    before = await tx.execute(
        text(f"UPDATE payouts_receiver SET replaced_at = :now WHERE {_OF_PURSE} AND replaced_at IS NULL"),
        {
            "now": receiver.made_at,
            **_purse(Purse(receiver.organiser_id, receiver.currency, receiver.is_test)),
        },
    )
    await tx.execute(
        text(f"INSERT INTO payouts_receiver ({_RECEIVER}) VALUES ({_values(_RECEIVER)})"),
        {name: getattr(receiver, name) for name in Receiver.__slots__},
    )
    return before.rowcount > 0


async def verify_receiver(tx: Transaction, receiver_id: UUID, by: str, now: datetime) -> Receiver | None:
    """A person looked at it; None when there is no such current one."""
    done = await tx.execute(
        text(
            "UPDATE payouts_receiver SET verified_by = coalesce(verified_by, :by), "
            "verified_at = coalesce(verified_at, :now) "
            f"WHERE id = :id AND replaced_at IS NULL RETURNING {_RECEIVER}"
        ),
        {"id": receiver_id, "by": by, "now": now},
    )
    row = done.mappings().one_or_none()
    return None if row is None else Receiver(**row)


async def receivers(reader: Reader, organiser_id: UUID) -> list[Receiver]:
    """Where the organiser's money goes now."""
    rows = await reader.execute(
        text(
            f"SELECT {_RECEIVER} FROM payouts_receiver WHERE organiser_id = :id AND replaced_at IS NULL "
            "ORDER BY is_test, currency"
        ),
        {"id": organiser_id},
    )
    return [Receiver(**row) for row in rows.mappings()]


async def receiver(reader: Reader, receiver_id: UUID) -> Receiver | None:
    """The receiver with this id, a replaced one too."""
    rows = await reader.execute(
        text(f"SELECT {_RECEIVER} FROM payouts_receiver WHERE id = :id"), {"id": receiver_id}
    )
    row = rows.mappings().one_or_none()
    return None if row is None else Receiver(**row)


async def unverified(reader: Reader, most: int) -> list[Receiver]:
    """Receivers somebody has to look at, of all organisers."""
    rows = await reader.execute(
        text(
            f"SELECT {_RECEIVER} FROM payouts_receiver WHERE verified_at IS NULL AND replaced_at IS NULL "
            "ORDER BY made_at LIMIT :most"
        ),
        {"most": most},
    )
    return [Receiver(**row) for row in rows.mappings()]


async def insert_payout(tx: Transaction, payout: Payout) -> None:
    """Store a new one."""
    await tx.execute(
        text(f"INSERT INTO payouts_payout ({_PAYOUT}) VALUES ({_values(_PAYOUT)})"),
        {name: getattr(payout, name) for name in Payout.__slots__},
    )


async def payout(reader: Reader, payout_id: UUID) -> Payout | None:
    """The payout with this id."""
    rows = await reader.execute(
        text(f"SELECT {_PAYOUT} FROM payouts_payout WHERE id = :id"), {"id": payout_id}
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _payout(row)


async def lock_payout(tx: Transaction, payout_id: UUID) -> Payout | None:
    """The payout with this id, locked until the transaction ends."""
    rows = await tx.execute(
        text(f"SELECT {_PAYOUT} FROM payouts_payout WHERE id = :id FOR UPDATE"), {"id": payout_id}
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _payout(row)


async def open_payout(reader: Reader, purse: Purse) -> Payout | None:
    """The one that is asked for or on its way."""
    rows = await reader.execute(
        text(f"SELECT {_PAYOUT} FROM payouts_payout WHERE {_OF_PURSE} AND state IN ('asked', 'sending')"),
        _purse(purse),
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _payout(row)


async def payouts_of(reader: Reader, organiser_id: UUID, *, is_test: bool, most: int) -> list[Payout]:
    """The organiser's payouts, newest first."""
    rows = await reader.execute(
        text(
            f"SELECT {_PAYOUT} FROM payouts_payout WHERE organiser_id = :id AND is_test = :is_test "
            "ORDER BY asked_at DESC, id DESC LIMIT :most"
        ),
        {"id": organiser_id, "is_test": is_test, "most": most},
    )
    return [_payout(row) for row in rows.mappings()]


async def to_transfer(reader: Reader, most: int) -> list[Payout]:
    """Payouts of all organisers that a person has to send from the site's bank account, oldest first."""
    rows = await reader.execute(
        text(
            f"SELECT {_PAYOUT} FROM payouts_payout WHERE state = 'sending' AND account_id IS NULL AND NOT is_test "
            "ORDER BY asked_at, id LIMIT :most"
        ),
        {"most": most},
    )
    return [_payout(row) for row in rows.mappings()]


async def move_payout(tx: Transaction, moved: Payout) -> None:
    """Store a locked payout's new state."""
    await tx.execute(
        text(
            "UPDATE payouts_payout SET state = :state, approved_by = :approved_by, approved_at = :approved_at, "
            "provider_ref = :provider_ref, reason = :reason, next_at = :next_at, ended_at = :ended_at, "
            "asked_by = :asked_by WHERE id = :id"
        ),
        {name: getattr(moved, name) for name in Payout.__slots__},
    )


async def claim_due(tx: Transaction, now: datetime, again_at: datetime) -> Payout | None:
    """A payout whose provider is to be asked now, counted as tried; nobody else asks until `again_at`."""
    rows = await tx.execute(
        text(
            f"""
            WITH due AS (
                SELECT id AS due_id FROM payouts_payout
                WHERE state = 'sending' AND account_id IS NOT NULL AND next_at <= :now
                ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            UPDATE payouts_payout SET tries = tries + 1, next_at = :again_at FROM due WHERE id = due_id
            RETURNING {_PAYOUT}
            """
        ),
        {"now": now, "again_at": again_at},
    )
    row = rows.mappings().one_or_none()
    return None if row is None else _payout(row)


async def done_since(
    reader: Reader, account_id: UUID, since: datetime, after: UUID, most: int
) -> list[Payout]:
    """Payouts from this account that have arrived since then, by id, after this one."""
    rows = await reader.execute(
        text(
            f"SELECT {_PAYOUT} FROM payouts_payout WHERE account_id = :account_id AND state = 'done' "
            "AND ended_at >= :since AND id > :after ORDER BY id LIMIT :most"
        ),
        {"account_id": account_id, "since": since, "after": after, "most": most},
    )
    return [_payout(row) for row in rows.mappings()]


async def by_refs(reader: Reader, account_id: UUID, refs: Collection[str]) -> dict[str, UUID] | None:
    """Payouts from this account by what the provider calls them; None while one is on its way whose name there is not
    known.
    """
    rows = await reader.execute(
        text(
            "SELECT provider_ref, id FROM payouts_payout WHERE account_id = :account_id "
            "AND (provider_ref = ANY(:refs) OR (provider_ref IS NULL AND state = 'sending'))"
        ).bindparams(bindparam("refs", type_=ARRAY(Text))),
        {"account_id": account_id, "refs": list(refs)},
    )
    found = {row.provider_ref: row.id for row in rows}
    return None if None in found else found
