"""Money that has not gone back and needs somebody: refused by its provider, or without an answer for a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from admitone import accounts
from admitone.orders.tables import Order
from admitone.payments import RefundState
from admitone.payments.bitcoin import WAITS_FOR_BUYER
from admitone.payments.tables import Refund
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor

# Until then a refund that is not decided is asked for by itself, and nobody has to know.
LATE_AFTER = timedelta(days=1)
MOST = 50


@dataclass(frozen=True, slots=True)
class StuckRefund:
    """A refund that waits for the organiser, in whole minor units. `is_refused`: it is not asked for any more.

    `error` is the provider's word for why.
    """

    id: UUID
    order_code: str
    event_id: UUID
    buyer: str
    currency: str
    amount_minor: int
    is_refused: bool
    error: str | None
    wanted_at: datetime


async def refunds_stuck(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    *,
    now: datetime,
    event_id: UUID | None = None,
    most: int = MOST,
) -> tuple[StuckRefund, ...]:
    """The organiser's, or one event's, longest waiting first. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    wanted = _stuck(now).where(Refund.organiser_id == organiser_id).limit(most)
    if event_id is not None:
        wanted = wanted.where(Order.event_id == event_id)
    return tuple(StuckRefund(**row._mapping) for row in await reader.execute(wanted))


async def all_refunds_stuck(reader: Reader, *, now: datetime, most: int = MOST) -> tuple[StuckRefund, ...]:
    """Those of every organiser, for whoever runs the site."""
    return tuple(StuckRefund(**row._mapping) for row in await reader.execute(_stuck(now).limit(most)))


async def count_refunds_stuck(reader: Reader, *, now: datetime) -> int:
    """How many there are, of every organiser."""
    counted = select(func.count()).select_from(_stuck(now).order_by(None).subquery())
    return int((await reader.execute(counted)).scalar_one())


def _stuck(now: datetime) -> Select[UUID, str, UUID, str, str, int, bool, str | None, datetime]:
    is_late = and_(
        Refund.state.in_((RefundState.WANTED.value, RefundState.UNKNOWN.value)),
        Refund.wanted_at <= now - LATE_AFTER,
        # Its buyer was asked by a letter where it goes: nobody else can say that.
        Refund.error.is_distinct_from(WAITS_FOR_BUYER),
    )
    return (
        select(
            Refund.id,
            Order.code.label("order_code"),
            Order.event_id,
            Order.name.label("buyer"),
            Refund.currency,
            Refund.amount_minor,
            (Refund.state == RefundState.FAILED.value).label("is_refused"),
            Refund.error,
            Refund.wanted_at,
        )
        .join(Order, Order.id == Refund.order_id)
        .where(or_(Refund.state == RefundState.FAILED.value, is_late))
        .order_by(Refund.wanted_at, Refund.id)
    )
