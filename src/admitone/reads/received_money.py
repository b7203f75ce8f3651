"""Money that people see: orders a transfer may be for, what became of lines, who pays at the door, what goes back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone import accounts, statements
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor

CANDIDATES_MOST = 20_000
SHOWN_MOST = 200


@dataclass(frozen=True, slots=True)
class ImportedStatement:
    """A file that was read. `lines_known`: lines an earlier file had."""

    id: UUID
    file_name: str
    kind: str
    account: str
    lines_new: int
    lines_known: int
    rows_skipped: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class SettledLine:
    """A line that was matched, and what became of its money: `settled_as` tickets, part or refund, None so far.

    `refunded_minor` of it goes back; `state` is the line's.
    """

    line: statements.Line
    order_code: str | None
    event_id: UUID | None
    order_state: str | None
    settled_as: str | None
    refund_reason: str | None
    refunded_minor: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class UnpaidOrder:
    """An order whose buyer pays at the door. `due_minor`: whole minor units still to be paid."""

    order_id: UUID
    code: str
    name: str
    currency: str
    due_minor: int
    tickets: int


@dataclass(frozen=True, slots=True)
class ToSend:
    """Money that people have to send back. `iban` None: nobody knows where to, it is handed over at the door, or the
    buyer typed it: then it is `sealed`, and `iban_end` are its last four characters.
    """

    refund_id: UUID
    provider: str
    account_id: UUID
    event_id: UUID
    order_code: str
    buyer: str
    email: str
    reason: str
    currency: str
    amount_minor: int
    holder: str | None
    iban: str | None
    bic: str | None
    sealed: bytes | None
    iban_end: str | None
    asked_at: datetime

    @property
    def knows_receiver(self) -> bool:
        """It is known where it goes."""
        return self.iban is not None or self.sealed is not None


_CANDIDATES = text(
    """
    SELECT placed.id AS order_id, placed.code, placed.currency, placed.name AS buyer_name, placed.email,
           placed.placed_at,
           CASE WHEN placed.state IN ('pending', 'expired')
                THEN greatest(placed.total_minor - placed.received_minor - placed.exchanged_minor, 0)
                ELSE 0 END AS expected_minor,
           placed.state = 'expired' AS is_late
    FROM orders_order AS placed
    WHERE placed.organiser_id = :organiser_id AND (placed.state = 'pending' OR placed.placed_at >= :since)
      AND EXISTS (SELECT FROM payments_attempt AS attempt
                  WHERE attempt.order_id = placed.id AND attempt.provider = 'bank')
    ORDER BY placed.id DESC LIMIT :most
    """
)


async def transfer_candidates(
    reader: Reader, organiser_id: UUID, since: datetime
) -> list[statements.Candidate]:
    """Orders a transfer may be for: those whose buyer chose one and that wait, or were placed since then.

    Of one that is paid or cancelled nothing is expected; its code is known all the same.
    """
    rows = await reader.execute(
        _CANDIDATES, {"organiser_id": organiser_id, "since": since, "most": CANDIDATES_MOST}
    )
    return [statements.Candidate(**row) for row in rows.mappings()]


_STATEMENTS = text(
    """
    SELECT id, file_name, kind, account, lines_new, lines_known, rows_skipped, imported_at
    FROM statements_statement WHERE organiser_id = :organiser_id ORDER BY id DESC LIMIT :most
    """
)


async def imported_statements(
    reader: Reader, actor: Actor, organiser_id: UUID, most: int = 20
) -> list[ImportedStatement]:
    """The files read last, newest first. Raises `Forbidden`."""
    accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
    rows = await reader.execute(_STATEMENTS, {"organiser_id": organiser_id, "most": most})
    return [ImportedStatement(**row) for row in rows.mappings()]


_DEALT_WITH = text(
    """
    SELECT line.id, placed.code, placed.event_id, placed.state, attempt.settled_as, last.at,
           (SELECT min(refund.reason) FROM payments_refund AS refund WHERE refund.attempt_id = attempt.id) AS reason,
           coalesce((SELECT sum(refund.amount_minor) FROM payments_refund AS refund
                     WHERE refund.attempt_id = attempt.id), 0)::bigint AS refunded_minor
    FROM statements_line AS line
    JOIN statements_change AS last ON last.line_id = line.id AND last.version = line.version
    LEFT JOIN orders_order AS placed ON placed.id = line.order_id
    LEFT JOIN payments_attempt AS attempt ON attempt.id = line.attempt_id
    WHERE line.organiser_id = :organiser_id AND line.state <> 'open'
    ORDER BY last.at DESC, line.id LIMIT :most
    """
)


async def settled_lines(
    reader: Reader, actor: Actor, organiser_id: UUID, most: int = 50
) -> list[SettledLine]:
    """Lines that were matched, put aside or sent back, newest decision first. Raises `Forbidden`."""
    accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
    rows = (await reader.execute(_DEALT_WITH, {"organiser_id": organiser_id, "most": most})).all()
    lines = await statements.read_lines(reader, organiser_id, [row.id for row in rows])
    return [
        SettledLine(
            line=lines[row.id],
            order_code=row.code,
            event_id=row.event_id,
            order_state=row.state,
            settled_as=row.settled_as,
            refund_reason=row.reason,
            refunded_minor=row.refunded_minor,
            decided_at=row.at,
        )
        for row in rows
    ]


_UNPAID = text(
    """
    SELECT placed.id AS order_id, placed.code, placed.name, placed.currency,
           greatest(placed.total_minor - placed.received_minor - placed.exchanged_minor, 0) AS due_minor,
           (SELECT coalesce(sum(line.quantity), 0) FROM orders_line AS line
            WHERE line.order_id = placed.id AND line.kind <> 'donation')::bigint AS tickets
    FROM orders_order AS placed
    WHERE placed.event_id = :event_id AND placed.organiser_id = :organiser_id AND placed.state = 'pending'
      AND EXISTS (SELECT FROM payments_attempt AS attempt WHERE attempt.order_id = placed.id
                  AND attempt.provider = 'door' AND attempt.state IN ('prompted', 'unknown', 'opened'))
      AND (:is_all OR placed.name ILIKE :part OR placed.code LIKE CAST(:code AS text))
    ORDER BY lower(placed.name) COLLATE "C", placed.id LIMIT :most
    """
)


async def unpaid_at_door(
    reader: Reader, actor: Actor, organiser_id: UUID, event_id: UUID, *, question: str = "", code: str = ""
) -> list[UnpaidOrder]:
    """Orders of the event to be paid at the door, by name: whose buyer's name has `question` in it or whose code begins
    with `code`. Raises `Forbidden`.
    """
    accounts.permit(actor, Action.RECEIVE_MONEY, organiser_id)
    params = {
        "event_id": event_id,
        "organiser_id": organiser_id,
        "is_all": not question,
        "part": f"%{_literal(question)}%",
        "code": f"{_literal(code)}%" if code else None,
        "most": SHOWN_MOST,
    }
    return [UnpaidOrder(**row) for row in (await reader.execute(_UNPAID, params)).mappings()]


_TO_SEND = """
    SELECT sending.refund_id, account.provider, sending.account_id, placed.event_id, placed.code AS order_code,
           placed.name AS buyer, placed.email, refund.reason, sending.currency, sending.amount_minor, sending.holder,
           sending.iban, sending.bic, sending.sealed, sending.iban_end, sending.asked_at
    FROM payments_sending AS sending
    JOIN payments_refund AS refund ON refund.id = sending.refund_id
    JOIN payments_account AS account ON account.id = sending.account_id
    JOIN orders_order AS placed ON placed.id = refund.order_id
    WHERE refund.organiser_id = :organiser_id AND sending.sent_at IS NULL AND {also}
    ORDER BY sending.asked_at, sending.refund_id LIMIT :most
"""
_ALL_TO_SEND = text(_TO_SEND.format(also="true"))
_THESE_TO_SEND = text(_TO_SEND.format(also="sending.refund_id = ANY(:ids)")).bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)


async def money_to_send(reader: Reader, actor: Actor, organiser_id: UUID) -> list[ToSend]:
    """What the organiser's people have to send back, longest waiting first. Raises `Forbidden`."""
    accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
    rows = await reader.execute(_ALL_TO_SEND, {"organiser_id": organiser_id, "most": SHOWN_MOST})
    return [ToSend(**row) for row in rows.mappings()]


async def these_to_send(reader: Reader, organiser_id: UUID, refund_ids: Collection[UUID]) -> list[ToSend]:
    """Those of the list with these ids."""
    params = {"organiser_id": organiser_id, "ids": list(refund_ids), "most": 5_000}
    return [ToSend(**row) for row in (await reader.execute(_THESE_TO_SEND, params)).mappings()]


def _literal(asked: str) -> str:
    return asked.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
