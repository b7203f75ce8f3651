"""The books of the play network. Another world in spirit: no other slice reads or joins these."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class PlayInvoice(Base):
    """An invoice of a play node; of the play payer where `node_id` is zero. `change_no` grows with every change."""

    __tablename__ = "play_bitcoin_invoice"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'held', 'paid', 'cancelled')", name="state"),
        CheckConstraint("amount_msat > 0", name="amount"),
        Index("ix_play_bitcoin_invoice_change_no", "node_id", "change_no"),
    )

    payment_hash: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[UUID]
    bolt11: Mapped[str]
    amount_msat: Mapped[int]
    is_hold: Mapped[bool]
    preimage: Mapped[bytes | None]
    state: Mapped[str]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    change_no: Mapped[int]


class PlaySent(Base):
    """A payment that a play node made to the play payer's invoice."""

    __tablename__ = "play_bitcoin_sent"
    __table_args__ = (Index("ix_play_bitcoin_sent_node_id", "node_id"),)

    payment_hash: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[UUID]
    amount_msat: Mapped[int]
    preimage: Mapped[bytes]
    sent_at: Mapped[datetime]


class PlayBlock(Base):
    """A block of the play chain. `is_orphan`: the chain has other blocks instead."""

    __tablename__ = "play_bitcoin_block"
    __table_args__ = (
        Index("uq_play_bitcoin_block_height", "height", unique=True, postgresql_where=text("NOT is_orphan")),
    )

    block_hash: Mapped[str] = mapped_column(primary_key=True)
    height: Mapped[int] = mapped_column(Integer)
    is_orphan: Mapped[bool]
    mined_at: Mapped[datetime]


class PlayAddress(Base):
    """An address on the play chain; the play payer's where `node_id` is zero."""

    __tablename__ = "play_bitcoin_address"
    __table_args__ = (Index("uq_play_bitcoin_address_label", "node_id", "label", unique=True),)

    address: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[UUID]
    label: Mapped[str]


class PlayTransaction(Base):
    """A transaction on the play chain that pays one address. `block_hash` None: it is in no block.

    `was_in`: the orphaned block it was in last. `lost_at`: the height of the chain when what it spends was spent
    otherwise, so it is in no block and never will be. `key` is the idempotency key of one that a node sent.
    """

    __tablename__ = "play_bitcoin_transaction"
    __table_args__ = (
        CheckConstraint("amount_sat > 0", name="amount"),
        CheckConstraint("block_hash IS NULL OR lost_at IS NULL", name="lost"),
        Index("ix_play_bitcoin_transaction_address", "address"),
        Index("uq_play_bitcoin_transaction_key", "key", unique=True),
    )

    txid: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    amount_sat: Mapped[int]
    block_hash: Mapped[str | None]
    was_in: Mapped[str | None]
    lost_at: Mapped[int | None] = mapped_column(Integer)
    key: Mapped[UUID | None]
    from_id: Mapped[UUID]
    created_at: Mapped[datetime]
