"""Quotes, requests and cursors."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class BitcoinQuote(Base):
    """What one bitcoin costs for one order, frozen. Never changed; when it has ended, the next is another row.

    One that ends as it begins is what a late payment over Lightning counts at.
    """

    __tablename__ = "payments_bitcoin_quote"
    __table_args__ = (
        CheckConstraint("price > 0", name="price"),
        Index("ix_payments_bitcoin_quote_order_id", "order_id", "currency", "quoted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    currency: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric)
    sources: Mapped[dict[str, object]]
    quoted_at: Mapped[datetime]
    until: Mapped[datetime]


class BitcoinRequest(Base):
    """An attempt on a Bitcoin rail as its node knows it: an invoice (`payment_hash`, `bolt11`) or an `address`.

    `amount_minor` of `currency` is asked as `amount_msat`, at the quote's price. `is_hold`: what comes is held.
    """

    __tablename__ = "payments_bitcoin_request"
    __table_args__ = (
        CheckConstraint("rail IN ('lightning', 'onchain')", name="rail"),
        CheckConstraint("amount_msat > 0 AND amount_minor > 0", name="amount"),
        CheckConstraint("(rail = 'lightning') = (payment_hash IS NOT NULL)", name="hash"),
        CheckConstraint("(rail = 'onchain') = (address IS NOT NULL)", name="address"),
        Index("uq_payments_bitcoin_request_hash", "account_id", "payment_hash", unique=True),
        Index("uq_payments_bitcoin_request_address", "account_id", "address", unique=True),
        Index("ix_payments_bitcoin_request_order_id", "order_id"),
        Index(
            "ix_payments_bitcoin_request_payment_hash",
            "payment_hash",
            postgresql_where="payment_hash IS NOT NULL",
        ),
        Index("ix_payments_bitcoin_request_address", "address", postgresql_where="address IS NOT NULL"),
    )

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    order_id: Mapped[UUID]
    quote_id: Mapped[UUID] = mapped_column(ForeignKey("payments_bitcoin_quote.id"))
    rail: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    amount_msat: Mapped[int]
    payment_hash: Mapped[str | None]
    bolt11: Mapped[str | None]
    address: Mapped[str | None]
    is_hold: Mapped[bool]
    expires_at: Mapped[datetime]
    given_up_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class BitcoinCursor(Base):
    """Up to where an account's node or chain was watched: `name` says of what, `value` is the node's own word."""

    __tablename__ = "payments_bitcoin_cursor"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    moved_at: Mapped[datetime]


class BitcoinSending(Base):
    """Bitcoin that goes back, one for each refund; `state` as in `sending_store.SendingState`.

    `destination` is an invoice (then `payment_hash` is its) or an address, `named_as` how the buyer wrote it; `round`
    counts how often they were asked. Whoever sends has it until `busy_until`. `proof` is a paid invoice's preimage.
    """

    __tablename__ = "payments_bitcoin_sending"
    __table_args__ = (
        CheckConstraint("rail IN ('lightning', 'onchain')", name="rail"),
        CheckConstraint("network IN ('mainnet', 'testnet', 'signet', 'regtest')", name="network"),
        CheckConstraint("state IN ('waits', 'named', 'sending', 'unknown', 'sent', 'failed')", name="state"),
        CheckConstraint(
            "amount_minor > 0 AND amount_msat >= 0 AND fee_most_msat >= 0 AND round > 0", name="amount"
        ),
        CheckConstraint("state IN ('waits', 'failed') OR destination IS NOT NULL", name="named"),
        CheckConstraint(
            "(payment_hash IS NOT NULL) = (destination IS NOT NULL AND rail = 'lightning')", name="hash"
        ),
        CheckConstraint(
            "state NOT IN ('sending', 'unknown', 'sent') OR sending_at IS NOT NULL", name="begun"
        ),
        CheckConstraint("(state = 'sent') = (sent_ref IS NOT NULL AND ended_at IS NOT NULL)", name="sent"),
        Index("ix_payments_bitcoin_sending_attempt_id", "attempt_id"),
        Index("uq_payments_bitcoin_sending_hash", "payment_hash", unique=True),
    )

    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    rail: Mapped[str]
    network: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    amount_msat: Mapped[int]
    fee_most_msat: Mapped[int]
    state: Mapped[str]
    round: Mapped[int] = mapped_column(Integer)
    destination: Mapped[str | None]
    payment_hash: Mapped[str | None]
    named_as: Mapped[str | None]
    send_until: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    sent_ref: Mapped[str | None]
    proof: Mapped[bytes | None]
    fee_msat: Mapped[int | None]
    reason: Mapped[str | None]
    asked_at: Mapped[datetime]
    named_at: Mapped[datetime | None]
    sending_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
