"""What came to addresses on Bitcoin's chain, what the network took back, what was sent."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class BitcoinCredit(Base):
    """An output of a transaction that pays an address we gave to the buyer of `attempt_id`.

    `state`: it waits for a block, is mined, or is gone (what it spends was spent otherwise). `depth` is how many
    confirmations make it final. `is_late`: the rate it was asked at does not hold for it, as it was seen, or mined, too
    late; `late_price` is that of when it was mined. `given_to` is the attempt it settles, with
    others that came beside the first where it is one of those.
    """

    __tablename__ = "payments_bitcoin_credit"
    __table_args__ = (
        CheckConstraint("state IN ('waits', 'mined', 'gone')", name="state"),
        CheckConstraint("amount_msat > 0", name="amount"),
        CheckConstraint(
            "(state = 'mined') = (block_hash IS NOT NULL) AND (block_hash IS NULL) = (height IS NULL)",
            name="block",
        ),
        CheckConstraint("(final_at IS NULL) = (worth_minor IS NULL)", name="worth"),
        CheckConstraint("given_to IS NULL OR final_at IS NOT NULL", name="given"),
        Index("ix_payments_bitcoin_credit_attempt_id", "attempt_id"),
        Index(
            "ix_payments_bitcoin_credit_given_to",
            "given_to",
            postgresql_where=text("given_to IS NOT NULL"),
        ),
        Index("ix_payments_bitcoin_credit_change_no", "account_id", "change_no"),
        Index(
            "ix_payments_bitcoin_credit_open",
            "account_id",
            postgresql_where=text("deep_at IS NULL AND state <> 'gone'"),
        ),
        Index(
            "ix_payments_bitcoin_credit_found",
            "account_id",
            postgresql_where=text("final_at IS NOT NULL AND given_to IS NULL"),
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"), primary_key=True)
    txid: Mapped[str] = mapped_column(primary_key=True)
    vout: Mapped[int] = mapped_column(Integer, primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_bitcoin_request.attempt_id"))
    address: Mapped[str]
    amount_msat: Mapped[int]
    depth: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    block_hash: Mapped[str | None]
    height: Mapped[int | None] = mapped_column(Integer)
    seen_at: Mapped[datetime]
    is_late: Mapped[bool]
    late_price: Mapped[Decimal | None] = mapped_column(Numeric)
    worth_minor: Mapped[int | None]
    final_at: Mapped[datetime | None]
    deep_at: Mapped[datetime | None]
    given_to: Mapped[UUID | None]
    change_no: Mapped[int]


class BitcoinUndone(Base):
    """A credit that had been final and is not any more, since the chain has other blocks; `ref` names its dispute."""

    __tablename__ = "payments_bitcoin_undone"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'won', 'lost')", name="state"),
        ForeignKeyConstraint(
            ["account_id", "txid", "vout"],
            [
                "payments_bitcoin_credit.account_id",
                "payments_bitcoin_credit.txid",
                "payments_bitcoin_credit.vout",
            ],
            name="fk_payments_bitcoin_undone_credit",
        ),
        Index(
            "uq_payments_bitcoin_undone_open",
            "account_id",
            "txid",
            "vout",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_payments_bitcoin_undone_change_no", "account_id", "change_no"),
    )

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    txid: Mapped[str]
    vout: Mapped[int] = mapped_column(Integer)
    state: Mapped[str]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    change_no: Mapped[int]


class BitcoinOutgoing(Base):
    """A transaction of ours, named by `key` and where it goes: signed, kept here, and then sent, as often as needed.

    `height`: of the chain when it was last sent with another fee. `coins`: the outpoints set aside for it there.
    `earlier_txids`: those in whose place it came, oldest first; one of them may have been mined all the same.
    """

    __tablename__ = "payments_bitcoin_outgoing"
    __table_args__ = (
        CheckConstraint("amount_msat > 0", name="amount"),
        CheckConstraint(
            "(txid IS NULL) = (raw IS NULL) AND (raw IS NULL) = (signed_at IS NULL)"
            " AND (sent_at IS NULL OR raw IS NOT NULL)",
            name="signed",
        ),
    )

    key: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    address: Mapped[str] = mapped_column(primary_key=True)
    amount_msat: Mapped[int]
    txid: Mapped[str | None]
    raw: Mapped[str | None]
    fee_msat: Mapped[int | None]
    height: Mapped[int | None] = mapped_column(Integer)
    coins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    earlier_txids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    wanted_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
