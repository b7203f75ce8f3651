"""Pools of places, the holds on them, and which ticket type draws on which pool."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Pool(Base):
    """Places that can be sold once. The counters are the truth for selling; `admitone check` recounts them.

    `terms_version` is the version of the event's offer this pool was last published with: a hold asked for on an
    older offer is refused and priced anew, so nobody buys at a price that has just changed.

    `is_step`: it has no places of its own but counts what is sold at a step of a ticket type's price; its id is that
    step's. No draw names it: a hold takes from it when it was priced by the step.
    """

    __tablename__ = "inventory_pool"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        CheckConstraint("held >= 0 AND sold >= 0 AND capacity >= 0", name="not_negative"),
        CheckConstraint("held + sold <= capacity", name="never_oversold"),
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        # The counters change on every sale: keep room on the page so that the update needs no new index entry (HOT).
        {"postgresql_with": {"fillfactor": "50"}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(index=True)
    organiser_id: Mapped[UUID]
    name: Mapped[str]
    is_shared: Mapped[bool]
    capacity: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(Integer)
    sold: Mapped[int] = mapped_column(Integer)
    is_open: Mapped[bool]
    terms_version: Mapped[int] = mapped_column(Integer)
    is_step: Mapped[bool] = mapped_column(server_default=false())


class Draw(Base):
    """One unit of this ticket type takes one place from this pool."""

    __tablename__ = "inventory_draw"
    __table_args__ = (
        ForeignKeyConstraint(
            ["ticket_type_id", "event_id"], ["events_ticket_type.id", "events_ticket_type.event_id"]
        ),
        ForeignKeyConstraint(["pool_id", "event_id"], ["inventory_pool.id", "inventory_pool.event_id"]),
    )

    ticket_type_id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[UUID]


class Hold(Base):
    """Places set aside. active -> claimed (by an order) -> sold; active or claimed -> expired or released."""

    __tablename__ = "inventory_hold"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'claimed', 'sold', 'expired', 'released')", name="state"),
        CheckConstraint("(state IN ('claimed', 'sold')) <= (order_id IS NOT NULL)", name="claimed_has_order"),
        Index("ix_inventory_hold_due", "held_until", postgresql_where="state = 'active'"),
        Index("ix_inventory_hold_order_id", "order_id", unique=True, postgresql_where="order_id IS NOT NULL"),
        Index("ix_inventory_hold_event_id", "event_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    state: Mapped[str]
    terms_version: Mapped[int] = mapped_column(Integer)
    request_digest: Mapped[bytes | None]
    order_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    held_until: Mapped[datetime]
    basket: Mapped[dict[str, object] | None]


class HoldLine(Base):
    """`quantity` places of one pool, taken for one ticket type of the hold. `kept` of them have no valid ticket any
    more and are not given back to sale.
    """

    __tablename__ = "inventory_hold_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("kept BETWEEN 0 AND quantity", name="kept"),
    )

    hold_id: Mapped[UUID] = mapped_column(
        ForeignKey("inventory_hold.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_type_id: Mapped[UUID] = mapped_column(primary_key=True)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("inventory_pool.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(Integer)
    kept: Mapped[int] = mapped_column(Integer, server_default="0")
