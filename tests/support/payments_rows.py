"""What payments' tests need around an attempt: an organiser with an event, and orders for it."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from admitone.payments import (
    Applied,
    Attempt,
    NewAttempt,
    Outcome,
    SettledAs,
    Status,
    apply_many,
    open_many,
    read,
)
from admitone.plumbing.database import Database
from admitone.values.ids import short_code, uuid7

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

_ORGANISER = """
    INSERT INTO accounts_organiser (id, slug, name, contact_email, created_at)
    VALUES (:organiser_id, :slug, 'Mill Lane', 'hello@mill.example', :now)
"""
_EVENT = """
    INSERT INTO events_event (id, organiser_id, slug, title, summary, description_md, category, accent,
        poster_style, state, currency, zone, starts_at, ends_at, fee_bps, fee_fixed_minor, fee_paid_by,
        tax_bps, tax_mode, tax_name, refund_text, search_text, terms_version, created_at, updated_at)
    VALUES (:event_id, :organiser_id, :slug, 'Jazz', '', '', 'music', 'ultra', 'rings',
        'draft', 'EUR', 'Europe/Berlin', :now, CAST(:now AS timestamptz) + interval '2 hours', 0, 0, 'buyer',
        0, 'included', '', '', '', 1, :now, :now)
"""
_HOLD = """
    INSERT INTO inventory_hold (id, event_id, organiser_id, state, terms_version, order_id,
        created_at, held_until)
    VALUES (:hold_id, :event_id, :organiser_id, 'claimed', 1, :order_id, :now, :now)
"""
_ORDER = """
    INSERT INTO orders_order (id, code, event_id, organiser_id, hold_id, email, email_key, name, state,
        currency, total_minor, fee_minor, tax_minor, quote, placed_at, pay_until, version)
    VALUES (:order_id, :code, :event_id, :organiser_id, :hold_id, 'ada@example.org', 'ada@example.org', 'Ada',
        'pending', 'EUR', 2500, 0, 0, '{}', :now, :now, 1)
"""


async def put_order(database: Database) -> tuple[UUID, UUID]:
    """An order of an organiser of its own; (order id, organiser id)."""
    ids = {name: uuid7() for name in ("organiser_id", "event_id", "hold_id", "order_id")}
    async with database.transaction() as tx:
        for statement in (_ORGANISER, _EVENT, _HOLD, _ORDER):
            names = {"slug": short_code().lower(), "code": short_code(), "now": START}
            wanted = {name: value for name, value in (ids | names).items() if f":{name}" in statement}
            await tx.execute(text(statement), wanted)
    return ids["order_id"], ids["organiser_id"]


def new_attempt(order: tuple[UUID, UUID], *, method: str = "card", amount_minor: int = 2500) -> NewAttempt:
    """A try to pay for this order at the sandbox bank, in EUR."""
    return NewAttempt(uuid7(), order[0], order[1], "sandbox", method, "EUR", amount_minor)


async def open_one(database: Database, wanted: NewAttempt) -> Attempt:
    """Open it; fails the test when it is refused."""
    opened = await database.run(lambda tx: open_many(tx, [wanted], now=START, actor="guest"))
    assert isinstance(opened[0], Attempt), opened
    return opened[0]


def paid(ref: str, amount_minor: int = 2500, currency: str = "EUR") -> Status:
    """The provider says that this much has arrived."""
    return Status(ref, Outcome.PAID, paid_minor=amount_minor, currency=currency)


async def paid_attempt(database: Database, amount_minor: int = 2500) -> Attempt:
    """An attempt that is paid and has become tickets."""
    attempt = await open_one(database, new_attempt(await put_order(database), amount_minor=amount_minor))
    news = Applied(attempt.id, paid(f"ref-{attempt.id}", amount_minor), SettledAs.TICKETS)
    await database.run(lambda tx: apply_many(tx, [news], now=START))
    return await look(database, attempt.id)


async def look(database: Database, attempt_id: UUID) -> Attempt:
    """The attempt as it is now."""
    async with database.reading() as reader:
        return await read(reader, attempt_id)


async def facts(database: Database, kind: str) -> list[dict[str, object]]:
    """The bodies of all facts of this kind, in the order they were written."""
    async with database.reading() as reader:
        rows = await reader.execute(
            text("SELECT body FROM journal_fact WHERE kind = :kind ORDER BY id"), {"kind": kind}
        )
        return list(rows.scalars())
