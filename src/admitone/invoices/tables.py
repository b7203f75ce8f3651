"""Documents that are never changed, the counters that number them without a gap, and who the sellers are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class InvoiceDocument(Base):
    """An invoice, a credit note, a receipt or a receipt of a refund as it was issued. Never changed: a credit note
    takes an invoice back, a receipt of a refund a receipt.

    `content` is all that the document says but its number; `year` is that of the date on it. `cause` is unique, so the
    same sale or refund makes one document however often it is asked for.
    """

    __tablename__ = "invoices_document"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'credit_note', 'receipt', 'refund_receipt')", name="kind"),
        CheckConstraint(
            "(kind IN ('credit_note', 'refund_receipt')) = (cancels_id IS NOT NULL)",
            name="credit_note_cancels",
        ),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("net_minor >= 0 AND tax_minor >= 0", name="amounts"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross"),
        UniqueConstraint("organiser_id", "kind", "year", "is_test", "number"),
        UniqueConstraint("organiser_id", "number_text"),
        Index("ix_invoices_document_order_id", "order_id"),
        Index("ix_invoices_document_cancels_id", "cancels_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(unique=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    kind: Mapped[str]
    series: Mapped[str]
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int]
    number_text: Mapped[str]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments_refund.id"))
    cancels_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices_document.id"))
    issued_at: Mapped[datetime]
    currency: Mapped[str]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    gross_minor: Mapped[int]
    content: Mapped[dict[str, object]]
    is_test: Mapped[bool] = mapped_column(Boolean)


class Counter(Base):
    """The last number given. Its row is locked until the documents it numbers are committed: a rollback gives the
    numbers back, so there is never a gap.
    """

    __tablename__ = "invoices_counter"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number"),)

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    is_test: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    last_number: Mapped[int]


class SellerRow(Base):
    """Who an organiser is on its invoices, as it wrote last; documents keep a copy of their own."""

    __tablename__ = "invoices_seller"

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    legal_name: Mapped[str]
    address_lines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    country: Mapped[str | None]
    vat_id: Mapped[str | None]
    tax_number: Mapped[str | None]
    iban: Mapped[str | None]
    email: Mapped[str | None]
    footer: Mapped[str]
    prefix: Mapped[str]
    is_small_business: Mapped[bool] = mapped_column(Boolean)
