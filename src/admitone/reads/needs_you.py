"""Everything of an organiser's money that waits for a person, as one list: what, how much, since when, until when.

A source is one SELECT of the same columns. To add one, add it to `SOURCES` and its words to `_WORDS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import RowMapping, text

from admitone import accounts, payments
from admitone.plumbing.database import Reader
from admitone.reads.dispute_words import dispute_reason
from admitone.values import formats
from admitone.values.actor import Action, Actor

MOST = 200


class Kind(StrEnum):
    """What it is."""

    DISPUTE = "dispute"
    REFUND_REFUSED = "refund_refused"
    REFUND_LATE = "refund_late"
    CASE = "case"
    APPROVAL = "approval"
    ACCOUNT = "account"
    BANK_LINES = "bank_lines"
    TO_SEND = "to_send"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_ASKED = "payout_asked"
    PAYOUT_NOWHERE = "payout_nowhere"
    CREDIT_DISPUTED = "credit_disputed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits, in finished sentences. Amounts are whole minor units, None where there is none.

    `id` names the refund, case, dispute, approval or account; `until` is the last moment, where there is one.
    `is_awaited`: it ends by itself, and there is nothing to answer.
    """

    kind: Kind
    id: UUID
    title: str
    detail: str
    currency: str | None
    amount_minor: int | None
    since: datetime
    until: datetime | None
    event_id: UUID | None
    order_code: str | None
    is_awaited: bool = False


# Each answers: kind, id, word, name, currency, minor, since, until, event_id, order_code. `word` and `name` are the
# source's own: what its sentences need.
SOURCES = MappingProxyType(
    {
        Kind.DISPUTE: """
    SELECT 'dispute' AS kind, d.id, d.reason AS word, o.name, d.currency, d.amount_minor AS minor, d.opened_at AS since,
        d.answer_by AS until, o.event_id, o.code AS order_code
    FROM payments_dispute d JOIN orders_order o ON o.id = d.order_id
    WHERE d.organiser_id = :organiser_id AND d.state = 'open'
    """,
        Kind.REFUND_REFUSED: """
    SELECT CASE WHEN r.state = 'failed' THEN 'refund_refused' ELSE 'refund_late' END, r.id, coalesce(r.error, ''),
        o.name, r.currency, r.amount_minor, r.wanted_at, NULL::timestamptz, o.event_id, o.code
    FROM moment, payments_refund r JOIN orders_order o ON o.id = r.order_id
    WHERE r.organiser_id = :organiser_id AND (r.state = 'failed'
        OR (r.state IN ('wanted', 'unknown') AND r.wanted_at <= moment.now - interval '1 day'
            -- Its buyer was asked where it goes, by a letter: the organiser cannot say it for them.
            AND r.error IS DISTINCT FROM 'waits_for_buyer'))
    """,
        Kind.CASE: """
    SELECT 'case', c.id, c.detail, a.label, c.currency, c.amount_minor, c.opened_at,
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM payments_case c JOIN payments_account a ON a.id = c.account_id
    WHERE c.organiser_id = :organiser_id AND c.closed_at IS NULL
    """,
        Kind.APPROVAL: """
    SELECT 'approval', id, words, '', currency, amount_minor, asked_at, expires_at, NULL::uuid, NULL::text
    FROM moment, accounts_approval
    WHERE organiser_id = :organiser_id AND state = 'waiting' AND expires_at > moment.now
    """,
        Kind.ACCOUNT: """
    SELECT 'account', id, array_to_string(missing, ', '), label, NULL::text, NULL::bigint, updated_at,
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM payments_account WHERE organiser_id = :organiser_id AND state <> 'closed' AND cardinality(missing) > 0
    """,
        Kind.BANK_LINES: """
    SELECT 'bank_lines', organiser_id, count(*)::text, '', currency, sum(amount_minor)::bigint,
        min(booked_on)::timestamptz, NULL::timestamptz, NULL::uuid, NULL::text
    FROM statements_line WHERE organiser_id = :organiser_id AND state = 'open' AND amount_minor > 0
    GROUP BY organiser_id, currency
    """,
        Kind.TO_SEND: """
    SELECT 'to_send', s.account_id, count(*)::text, '', s.currency, sum(s.amount_minor)::bigint, min(s.asked_at),
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM payments_sending s JOIN payments_account a ON a.id = s.account_id
    WHERE a.organiser_id = :organiser_id AND s.sent_at IS NULL GROUP BY s.account_id, s.currency
    """,
        Kind.PAYOUT_FAILED: """
    SELECT 'payout_failed', p.id, coalesce(p.reason, ''), '', p.currency, p.amount_minor, p.ended_at,
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM payouts_payout p WHERE p.organiser_id = :organiser_id AND p.state = 'failed' AND NOT EXISTS (
        SELECT FROM payouts_payout later WHERE later.organiser_id = p.organiser_id AND later.currency = p.currency
            AND later.is_test = p.is_test AND later.asked_at > p.asked_at
    )
    """,
        Kind.PAYOUT_ASKED: """
    SELECT 'payout_asked', p.id, p.asked_by, r.holder || ', ' || r.hint, p.currency, p.amount_minor, p.asked_at,
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM payouts_payout p JOIN payouts_receiver r ON r.id = p.receiver_id
    WHERE p.organiser_id = :organiser_id AND p.state = 'asked'
    """,
        # Tickets that live on store credit whose payment a bank wants back, or has taken, as long as they can be
        # cancelled in time. Tickets changed for others live on the same money.
        Kind.CREDIT_DISPUTED: """
    SELECT 'credit_disputed', o.id, spent.word, o.name, o.currency, spent.minor, spent.since,
        NULL::timestamptz, o.event_id, o.code
    FROM moment, (
        SELECT used.order_id, sum(used.amount_minor - used.returned_minor)::bigint AS minor,
            min(disputed.since) AS since, CASE WHEN bool_or(disputed.is_lost) THEN 'lost' ELSE 'open' END AS word
        FROM (
            SELECT part.credit_id, min(d.opened_at) AS since, bool_or(d.state <> 'lost') AS is_open,
                bool_or(d.state = 'lost') AS is_lost
            FROM payments_dispute AS d JOIN payments_credit_part AS part USING (attempt_id)
            WHERE d.organiser_id = :organiser_id AND d.state <> 'won' GROUP BY part.credit_id
        ) AS disputed JOIN payments_credit AS c ON c.id = disputed.credit_id
        JOIN payments_credit_use AS used ON used.credit_id = c.id
        WHERE (disputed.is_open OR c.ended_minor < c.taken_minor) AND used.state = 'used'
            AND used.returned_minor < used.amount_minor GROUP BY used.order_id
    ) AS spent JOIN orders_order AS payer ON payer.id = spent.order_id
    JOIN orders_order AS o ON o.id = payer.id OR o.root_id = coalesce(payer.root_id, payer.id) AND EXISTS (
        SELECT FROM orders_exchange AS x WHERE x.order_id = o.id AND x.state = 'done'
    )
    JOIN events_event AS e ON e.id = o.event_id
    WHERE o.state = 'paid' AND e.starts_at > moment.now
    """,
        # Real money that has been available for a day, and nobody said where it goes.
        Kind.PAYOUT_NOWHERE: """
    SELECT 'payout_nowhere', a.organiser_id, '', '', a.currency, b.credits_minor - b.debits_minor, release.at,
        NULL::timestamptz, NULL::uuid, NULL::text
    FROM moment, ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    JOIN LATERAL (SELECT max(r.at) AS at FROM payouts_release r WHERE r.organiser_id = a.organiser_id
        AND r.currency = a.currency AND r.is_test = a.is_test) release ON true
    WHERE a.organiser_id = :organiser_id AND NOT a.is_test AND split_part(a.name, ':', 1) = 'organiser'
        AND split_part(a.name, ':', 3) = 'available' AND b.credits_minor > b.debits_minor
        AND release.at <= moment.now - interval '1 day' AND NOT EXISTS (
            SELECT FROM payouts_receiver r WHERE r.organiser_id = a.organiser_id AND r.currency = a.currency
                AND NOT r.is_test AND r.replaced_at IS NULL
        )
    """,
    }
)
_MOMENT = "WITH moment AS (SELECT coalesce(CAST(:now AS timestamptz), clock_timestamp()) AS now) "
_ALL = " UNION ALL ".join(SOURCES.values())
# What has a last moment comes first, then what waits longest.
_LIST = text(f"{_MOMENT} SELECT * FROM ({_ALL}) AS waiting ORDER BY until NULLS LAST, since, id LIMIT :most")  # noqa: S608
_COUNT = text(f"{_MOMENT} SELECT count(*) FROM ({_ALL}) AS waiting")  # noqa: S608


async def needs_you(
    reader: Reader, actor: Actor, organiser_id: UUID, *, now: datetime, most: int = MOST
) -> tuple[Waiting, ...]:
    """What has a last moment first, then longest waiting first. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    rows = await reader.execute(_LIST, {"organiser_id": organiser_id, "now": now, "most": most})
    return tuple(_waiting(row) for row in rows.mappings())


async def count_needs(reader: Reader, organiser_id: UUID, *, now: datetime | None = None) -> int:
    """How many there are, by the database's clock when no moment is given."""
    return int((await reader.execute(_COUNT, {"organiser_id": organiser_id, "now": now})).scalar_one())


def _waiting(row: RowMapping) -> Waiting:
    kind = Kind(row["kind"])
    minor = None if row["minor"] is None else int(row["minor"])
    amount = "" if minor is None else formats.money(minor, row["currency"])
    title, detail = _WORDS[kind](amount, row)
    return Waiting(
        kind=kind,
        id=row["id"],
        title=title,
        detail=detail,
        currency=row["currency"],
        amount_minor=minor,
        since=row["since"],
        until=row["until"],
        event_id=row["event_id"],
        order_code=row["order_code"],
        is_awaited=kind is Kind.DISPUTE and row["word"] == payments.UNDONE,
    )


def _dispute(amount: str, row: RowMapping) -> tuple[str, str]:
    if row["word"] == payments.UNDONE:
        return (
            f"{amount} of {row['name']} waits for the Bitcoin network",
            f"Order {row['order_code']}. {dispute_reason(row['word'])} Most such payments are confirmed again within "
            "the hour. We look for it by ourselves; until then its tickets let nobody in.",
        )
    return (
        f"{row['name']}'s bank wants {amount} back",
        f"Order {row['order_code']}. {dispute_reason(row['word'])} Without an answer in time the bank keeps the money.",
    )


def _refused(amount: str, row: RowMapping) -> tuple[str, str]:
    return (
        f"{amount} could not go back to {row['name']}",
        f"Order {row['order_code']}{_because(row)}. The payment provider said no for good.",
    )


def _late(amount: str, row: RowMapping) -> tuple[str, str]:
    return (
        f"{amount} has been on its way back to {row['name']} for more than a day",
        f"Order {row['order_code']}{_because(row)}. We go on asking by ourselves.",
    )


def _because(row: RowMapping) -> str:
    return f": {row['word'].replace('_', ' ')}" if row["word"] else ""


def _case(amount: str, row: RowMapping) -> tuple[str, str]:
    return (
        f"{row['name']}: the books do not agree" + (f" about {amount}" if amount else ""),
        row["word"],
    )


def _approval(amount: str, row: RowMapping) -> tuple[str, str]:
    return (f"{amount} waits for a second person's yes", row["word"])


def _account(_amount: str, row: RowMapping) -> tuple[str, str]:
    return (
        f"{row['name']} still wants to know something of you",
        f"Without it, payments may be held back: {row['word'].replace('_', ' ').replace('.', ', ')}.",
    )


def _bank_lines(amount: str, row: RowMapping) -> tuple[str, str]:
    lines = formats.count(int(row["word"]), "transfer", "transfers")
    return (f"{lines} without an order ({amount})", "Choose the orders they are for, or set them aside.")


def _to_send(amount: str, row: RowMapping) -> tuple[str, str]:
    refunds = formats.count(int(row["word"]), "refund", "refunds")
    return (f"{refunds} to send by bank transfer ({amount})", "Send the money, then say that it was sent.")


def _payout_failed(amount: str, row: RowMapping) -> tuple[str, str]:
    why = f": {row['word'].replace('_', ' ')}" if row["word"] else ""
    return (
        f"{amount} could not be paid out to you",
        f"The money is yours and available again{why}. Check where payouts go, then ask again.",
    )


def _payout_asked(amount: str, row: RowMapping) -> tuple[str, str]:
    how = "Drafted by itself" if row["word"] == "system" else "Asked for by a member of your team"
    return (f"A payout of {amount} waits for a yes", f"{how}, to {row['name']}.")


def _payout_nowhere(amount: str, _row: RowMapping) -> tuple[str, str]:
    return (f"{amount} could be paid out to you", "Nobody has said yet where payouts in this currency go.")


def _credit_disputed(amount: str, row: RowMapping) -> tuple[str, str]:
    bank = "has taken back" if row["word"] == "lost" else "wants back"
    return (
        f"{row['name']} paid {amount} with store credit whose money a bank {bank}",
        f"Order {row['order_code']}. Its tickets are still valid. Cancel it if you do not want to let them in.",
    )


_WORDS: dict[Kind, Callable[[str, RowMapping], tuple[str, str]]] = {
    Kind.DISPUTE: _dispute,
    Kind.REFUND_REFUSED: _refused,
    Kind.REFUND_LATE: _late,
    Kind.CASE: _case,
    Kind.APPROVAL: _approval,
    Kind.ACCOUNT: _account,
    Kind.BANK_LINES: _bank_lines,
    Kind.TO_SEND: _to_send,
    Kind.PAYOUT_FAILED: _payout_failed,
    Kind.PAYOUT_ASKED: _payout_asked,
    Kind.PAYOUT_NOWHERE: _payout_nowhere,
    Kind.CREDIT_DISPUTED: _credit_disputed,
}
