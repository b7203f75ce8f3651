"""Orders with the prices as shown, their lines, their history, and the per-person counters."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from admitone.plumbing.metadata import Base


class Order(Base):
    """pending -> paid | expired | cancelled; expired -> paid (late money, places still there); paid -> cancelled.

    `root_id` is the first of the orders this one adds to or changes: all with the same are a family. `received_minor`:
    store credit and part payments that lie ready for it; `exchanged_minor`: what exchanged tickets count towards it.
    `policy` is the refund and change policy the buyer was shown. `is_test`: sold for play money.
    """

    __tablename__ = "orders_order"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        CheckConstraint("state IN ('pending', 'paid', 'expired', 'cancelled')", name="state"),
        CheckConstraint("total_minor >= 0 AND fee_minor >= 0 AND tax_minor >= 0", name="amounts"),
        CheckConstraint("total_minor >= fee_minor + tax_minor", name="parts_fit"),
        CheckConstraint("(state = 'paid') <= (paid_at IS NOT NULL)", name="paid_has_time"),
        Index("ix_orders_order_due", "pay_until", postgresql_where="state = 'pending'"),
        Index("ix_orders_order_event_id_id", "event_id", "id"),
        Index("ix_orders_order_organiser_id_id", "organiser_id", "id"),
        Index("ix_orders_order_email_key_id", "email_key", "id"),
        CheckConstraint("received_minor >= 0", name="received"),
        CheckConstraint("exchanged_minor BETWEEN 0 AND total_minor", name="exchanged"),
        Index("ix_orders_order_root_id", "root_id", postgresql_where="root_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("inventory_hold.id"), unique=True)
    person_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accounts_person.id", ondelete="SET NULL"), index=True
    )
    email: Mapped[str]
    email_key: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[int]
    fee_minor: Mapped[int]
    tax_minor: Mapped[int]
    quote: Mapped[dict[str, object]]
    is_test: Mapped[bool] = mapped_column(server_default=true())
    root_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders_order.id"))
    received_minor: Mapped[int] = mapped_column(server_default="0")
    exchanged_minor: Mapped[int] = mapped_column(server_default="0")
    graced: Mapped[int] = mapped_column(Integer, server_default="0")
    buyer: Mapped[dict[str, object] | None]
    policy: Mapped[dict[str, object] | None]
    placed_at: Mapped[datetime]
    pay_until: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)


class OrderLine(Base):
    """One ticket type of an order, at the price the buyer was shown."""

    __tablename__ = "orders_line"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        ForeignKeyConstraint(["order_id", "event_id"], ["orders_order.id", "orders_order.event_id"]),
        ForeignKeyConstraint(
            ["ticket_type_id", "event_id"], ["events_ticket_type.id", "events_ticket_type.event_id"]
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("total_minor = unit_total_minor * quantity", name="total"),
        CheckConstraint("cardinality(attendee_names) <= quantity", name="names"),
        CheckConstraint("kind IN ('ticket', 'add_on', 'donation')", name="kind"),
        CheckConstraint("cancelled BETWEEN 0 AND quantity", name="cancelled"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    event_id: Mapped[UUID]
    ticket_type_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price_minor: Mapped[int]
    unit_fee_minor: Mapped[int]
    unit_tax_minor: Mapped[int]
    unit_total_minor: Mapped[int]
    total_minor: Mapped[int]
    attendee_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    kind: Mapped[str] = mapped_column(server_default="ticket")
    unit_list_minor: Mapped[int | None]
    unit_organiser_fee_minor: Mapped[int] = mapped_column(server_default="0")
    tax_bps: Mapped[int | None] = mapped_column(Integer)
    tax_name: Mapped[str] = mapped_column(server_default="")
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    cancelled: Mapped[int] = mapped_column(Integer, server_default="0")


class OrderChange(Base):
    """Every change of an order's state, once: `version` grows by one each time."""

    __tablename__ = "orders_change"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class Allowance(Base):
    """How many of a ticket type one buyer (normal form of the address) has in pending and paid orders."""

    __tablename__ = "orders_allowance"
    __table_args__ = (CheckConstraint("taken >= 0", name="taken"),)

    ticket_type_id: Mapped[UUID] = mapped_column(primary_key=True)
    email_key: Mapped[str] = mapped_column(primary_key=True)
    taken: Mapped[int] = mapped_column(Integer)


class Reversal(Base):
    """Something of a paid order was taken back: tickets were cancelled, money went back, or both. Never changed.

    `by_whom`: buyer or organiser; `actor` names them as the journal does. `sent_to`: the payments it came by (original)
    or store credit. Its three amounts are the sums of its units' parts, by who bears them; `exchanged_minor` of it
    counts towards the order its tickets were changed for, and does not go back.
    """

    __tablename__ = "orders_reversal"
    __table_args__ = (
        CheckConstraint("by_whom IN ('buyer', 'organiser')", name="by_whom"),
        CheckConstraint("sent_to IN ('original', 'credit')", name="sent_to"),
        CheckConstraint("organiser_minor >= 0 AND fee_minor >= 0 AND tax_minor >= 0", name="amounts"),
        CheckConstraint(
            "exchanged_minor BETWEEN 0 AND organiser_minor + fee_minor + tax_minor", name="exchanged"
        ),
        Index("ix_orders_reversal_order_id", "order_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"))
    by_whom: Mapped[str]
    actor: Mapped[str]
    note: Mapped[str]
    sent_to: Mapped[str]
    keeps_places: Mapped[bool]
    organiser_minor: Mapped[int]
    fee_minor: Mapped[int]
    tax_minor: Mapped[int]
    at: Mapped[datetime]
    exchanged_minor: Mapped[int] = mapped_column(server_default="0")


class ReversalUnit(Base):
    """What a reversal did to one unit of a line: cancelled it, gave back these parts of its price
    (`pricing.Parts`), or both. A unit is cancelled once.
    """

    __tablename__ = "orders_reversal_unit"
    __table_args__ = (
        CheckConstraint("unit > 0", name="unit"),
        CheckConstraint(
            "price_tax_minor BETWEEN 0 AND price_minor AND fees_tax_minor BETWEEN 0 AND fees_minor",
            name="taxes",
        ),
        CheckConstraint("site_on_top_minor >= 0 AND site_inside_minor >= 0", name="site"),
        Index("ix_orders_reversal_unit_order_line_id", "order_line_id", "unit"),
        Index(
            "uq_orders_reversal_unit_cancelled",
            "order_line_id",
            "unit",
            unique=True,
            postgresql_where="is_cancelled",
        ),
    )

    reversal_id: Mapped[UUID] = mapped_column(ForeignKey("orders_reversal.id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("orders_line.id"), primary_key=True)
    unit: Mapped[int] = mapped_column(Integer, primary_key=True)
    is_cancelled: Mapped[bool]
    price_minor: Mapped[int]
    price_tax_minor: Mapped[int]
    fees_minor: Mapped[int]
    fees_tax_minor: Mapped[int]
    site_on_top_minor: Mapped[int]
    site_inside_minor: Mapped[int]


class Exchange(Base):
    """Tickets of a paid order are changed for those of another order, `order_id`, which waits for the difference.

    open (while that order is pending) -> done (it is paid and the tickets are cancelled by `reversal_id`) | gone (it
    ended unpaid, and nothing happened to the tickets). `worth_minor` is what of the tickets' price had not gone back;
    `fee_minor` of it stays with the organiser, at most `fee_each_minor` a ticket.
    """

    __tablename__ = "orders_exchange"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done', 'gone')", name="state"),
        CheckConstraint("by_whom IN ('buyer', 'organiser')", name="by_whom"),
        CheckConstraint("fee_each_minor >= 0 AND fee_minor BETWEEN 0 AND worth_minor", name="amounts"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'done') = (reversal_id IS NOT NULL)", name="done"),
        UniqueConstraint("reversal_id"),
        Index("ix_orders_exchange_from_order_id", "from_order_id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), primary_key=True)
    from_order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"))
    worth_minor: Mapped[int]
    fee_minor: Mapped[int]
    fee_each_minor: Mapped[int]
    state: Mapped[str]
    by_whom: Mapped[str]
    actor: Mapped[str]
    reversal_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders_reversal.id"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ExchangeUnit(Base):
    """A unit of a line that an exchange takes, and its ticket. `is_open`: as long as the exchange is."""

    __tablename__ = "orders_exchange_unit"
    __table_args__ = (
        CheckConstraint("unit > 0", name="unit"),
        Index(
            "uq_orders_exchange_unit_open", "order_line_id", "unit", unique=True, postgresql_where="is_open"
        ),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_exchange.order_id"), primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("orders_line.id"), primary_key=True)
    unit: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_id: Mapped[UUID]
    is_open: Mapped[bool]


class BulkRun(Base):
    """Many orders of an event taken back or given something, one after another, as its organiser sees it happen.

    `kind`: cancel_event (every order that stands), cancel_tickets, goodwill (a free amount for each ticket); `wish` is
    what exactly. waiting (for a second member's yes) -> running <-> paused -> done; waiting -> declined. `after_id` is
    how far this pass over the orders has come; `estimate_minor` is the most that goes back.
    """

    __tablename__ = "orders_bulk_run"
    __table_args__ = (
        ForeignKeyConstraint(
            ["event_id", "organiser_id"],
            ["events_event.id", "events_event.organiser_id"],
            name="fk_orders_bulk_run_event_id",
        ),
        CheckConstraint("kind IN ('cancel_event', 'cancel_tickets', 'goodwill')", name="kind"),
        CheckConstraint("state IN ('waiting', 'declined', 'running', 'paused', 'done')", name="state"),
        CheckConstraint("total >= 0 AND done >= 0 AND skipped >= 0 AND failed >= 0", name="counts"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_has_time"),
        Index("ix_orders_bulk_run_event_id", "event_id", "id"),
        Index("ix_orders_bulk_run_running", "touched_at", postgresql_where="state = 'running'"),
        Index(
            "uq_orders_bulk_run_cancel_event",
            "event_id",
            unique=True,
            postgresql_where="kind = 'cancel_event'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    event_id: Mapped[UUID]
    kind: Mapped[str]
    wish: Mapped[dict[str, object]]
    currency: Mapped[str]
    estimate_minor: Mapped[int]
    state: Mapped[str]
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, server_default="0")
    skipped: Mapped[int] = mapped_column(Integer, server_default="0")
    failed: Mapped[int] = mapped_column(Integer, server_default="0")
    after_id: Mapped[UUID | None]
    actor: Mapped[str]
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class BulkItem(Base):
    """What a run did to one order, once. `reason`: why it was skipped or failed; `amount_minor` goes back."""

    __tablename__ = "orders_bulk_item"
    __table_args__ = (
        CheckConstraint("outcome IN ('done', 'skipped', 'failed')", name="outcome"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index("ix_orders_bulk_item_failed", "run_id", "order_id", postgresql_where="outcome = 'failed'"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("orders_bulk_run.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), primary_key=True)
    outcome: Mapped[str]
    amount_minor: Mapped[int]
    reversal_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    at: Mapped[datetime]
