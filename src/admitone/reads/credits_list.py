"""An organiser's store credit as lists show it: gift codes, refunds left with them, and what orders took of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, payments
from admitone.payments import CreditRow
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor
from admitone.values.ids import normalise_code

MOST: Final = 50
State = Literal["", "open", "used", "expired", "void"]
UseState = Literal["set_aside", "used", "returned"]


@dataclass(frozen=True, slots=True)
class CreditFilter:
    """Which credits: of one source, state and mode (empty: any), and with `text` in address or note, or of this order
    code, or with this code.
    """

    source: str = ""
    state: State = ""
    mode: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ListedCredit:
    """A credit, and the code of the order whose refund it is."""

    credit: CreditRow
    order_code: str | None


@dataclass(frozen=True, slots=True)
class CreditsPage:
    """Credits, newest first. `next` asks for those after them; None at the end."""

    rows: tuple[ListedCredit, ...]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class CreditTotal:
    """What is open in one currency and mode: on gift codes, and of refunds left as credit. Minor units."""

    currency: str
    is_test: bool
    gifts_minor: int
    refunds_minor: int


@dataclass(frozen=True, slots=True)
class ShownUse:
    """What an order took, and what came back of it."""

    order_code: str
    event_id: UUID
    amount_minor: int
    returned_minor: int
    state: UseState
    at: datetime


@dataclass(frozen=True, slots=True)
class CreditHistory:
    """A credit with its uses, newest first."""

    credit: CreditRow
    order_code: str | None
    uses: tuple[ShownUse, ...]


# A bank has taken the payment behind it, and nothing is left.
_ENDED: Final = "(c.source = 'refund' AND c.ended_minor > 0 AND c.balance_minor = 0)"
_STATES: Final = {
    "": "true",
    "void": f"(c.state = 'void' OR {_ENDED})",
    "expired": "c.state = 'open' AND c.expires_at <= clock_timestamp()",
    "open": "c.state = 'open' AND c.balance_minor > 0 AND coalesce(c.expires_at > clock_timestamp(), true)",
    "used": f"c.state = 'open' AND c.balance_minor = 0 AND NOT {_ENDED} "
    "AND coalesce(c.expires_at > clock_timestamp(), true)",
}
_LIST: Final = """
    SELECT c.id, o.code AS order_code FROM payments_credit AS c LEFT JOIN orders_order AS o ON o.id = c.order_id
    WHERE c.organiser_id = :organiser_id
        AND (CAST(:after AS uuid) IS NULL
            OR (c.created_at, c.id) < (SELECT a.created_at, a.id FROM payments_credit AS a WHERE a.id = :after))
        AND (:source = '' OR c.source = :source) AND (:mode = '' OR c.is_test = (:mode = 'test')) AND {state}
        AND (:words = '' OR strpos(lower(coalesce(c.email, '') || ' ' || c.note), :words) > 0
            OR o.code = :order_code OR c.code_digest = :digest)
    ORDER BY c.created_at DESC, c.id DESC LIMIT :most
"""
_TOTALS: Final = text(
    """
    SELECT currency, is_test, coalesce(sum(balance_minor) FILTER (WHERE source = 'gift'), 0)::bigint AS gifts,
        coalesce(sum(balance_minor) FILTER (WHERE source = 'refund'), 0)::bigint AS refunds
    FROM payments_credit WHERE organiser_id = :organiser_id AND balance_minor > 0
        AND state = 'open' AND coalesce(expires_at > clock_timestamp(), true)
    GROUP BY 1, 2 ORDER BY 2, 1
    """
)
_USES: Final = text(
    """
    SELECT o.code, o.event_id, u.amount_minor, u.returned_minor, u.state, u.set_aside_at
    FROM payments_credit_use AS u JOIN orders_order AS o ON o.id = u.order_id
    WHERE u.credit_id = :credit_id ORDER BY u.set_aside_at DESC, u.id
    """
)
_ORDER_CODE: Final = text("SELECT code FROM orders_order WHERE id = :id")


async def credits_of(
    reader: Reader, actor: Actor, organiser_id: UUID, asked: CreditFilter, after: UUID | None = None
) -> CreditsPage:
    """A page of credits. Raises `Forbidden`."""
    accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
    rows = (
        await reader.execute(
            text(_LIST.format(state=_STATES[asked.state])),
            {
                "organiser_id": organiser_id,
                "after": after,
                "source": asked.source,
                "mode": asked.mode,
                "words": asked.text.strip().lower(),
                "order_code": normalise_code(asked.text),
                "digest": payments.credit.digest_of(asked.text) or b"",
                "most": MOST + 1,
            },
        )
    ).all()
    found = await payments.credit.by_ids(reader, [row.id for row in rows])
    listed = tuple(ListedCredit(found[row.id], row.order_code) for row in rows[:MOST])
    return CreditsPage(listed, listed[-1].credit.id if len(rows) > MOST else None)


async def credit_totals(reader: Reader, actor: Actor, organiser_id: UUID) -> list[CreditTotal]:
    """What is open, by mode and currency. Raises `Forbidden`."""
    accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
    return [CreditTotal(*row) for row in await reader.execute(_TOTALS, {"organiser_id": organiser_id})]


async def uses_shown(reader: Reader, actor: Actor, organiser_id: UUID, credit_id: UUID) -> CreditHistory:
    """A credit of the organiser with its uses. Raises `Forbidden`, `CreditNotFound`."""
    accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
    credit = (await payments.credit.by_ids(reader, [credit_id])).get(credit_id)
    if credit is None or credit.organiser_id != organiser_id:
        raise payments.credit.CreditNotFound
    return await history_of(reader, credit)


async def history_of(reader: Reader, credit: CreditRow) -> CreditHistory:
    """A credit with its uses, for whoever may see it."""
    code = None
    if credit.order_id is not None:
        code = (await reader.execute(_ORDER_CODE, {"id": credit.order_id})).scalar_one()
    uses = await reader.execute(_USES, {"credit_id": credit.id})
    return CreditHistory(credit, code, tuple(ShownUse(*row) for row in uses))
