"""People, organisers, members, sessions, mailed links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Person(Base):
    """`email` is as typed (letters go there); `email_key` is its normal form (sign-in compares that).

    `is_operator`: one of those who run the site; said by the command line only.
    """

    __tablename__ = "accounts_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    is_operator: Mapped[bool] = mapped_column(server_default=text("false"))


class Session(Base):
    """A sign-in. Only the SHA-256 of its token is kept, so a copy of this table signs nobody in."""

    __tablename__ = "accounts_session"
    __table_args__ = (CheckConstraint("way IN ('password', 'link', 'wallet')", name="way"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_person.id", ondelete="CASCADE"), index=True)
    way: Mapped[str]
    device_label: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    valid_until: Mapped[datetime]


class MailedLink(Base):
    """A one-use link sent to an address: sign in, or confirm an address. GET shows a button, POST uses it."""

    __tablename__ = "accounts_mailed_link"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'register', 'find_tickets')", name="purpose"),
        Index("ix_accounts_mailed_link_email_key_created_at", "email_key", "created_at"),
    )

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str]
    name: Mapped[str | None]
    created_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WalletChallenge(Base):
    """A question for a wallet (LNURL-auth), asked by one browser: its `k1` is made from the id and kept nowhere.

    `browser_hash` is the SHA-256 of what that browser keeps; `linking_key` the key that signed.
    """

    __tablename__ = "accounts_wallet_challenge"
    __table_args__ = (
        CheckConstraint("(linking_key IS NULL) = (answered_at IS NULL)", name="answered"),
        CheckConstraint("used_at IS NULL OR answered_at IS NOT NULL", name="used"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]
    linking_key: Mapped[bytes | None]
    asked_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class WalletKey(Base):
    """A key of a wallet that signs its person in: a compressed secp256k1 key, another one for each site."""

    __tablename__ = "accounts_wallet_key"
    __table_args__ = (CheckConstraint("octet_length(linking_key) = 33", name="compressed"),)

    linking_key: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_person.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Organiser(Base):
    """Who puts events on sale and owns their money. `payment_mode`: sold for play money or for real money."""

    __tablename__ = "accounts_organiser"
    __table_args__ = (CheckConstraint("payment_mode IN ('test', 'live')", name="payment_mode"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    contact_email: Mapped[str]
    payment_mode: Mapped[str] = mapped_column(server_default="test")
    created_at: Mapped[datetime]


class Member(Base):
    """A person's role in an organiser."""

    __tablename__ = "accounts_member"
    __table_args__ = (CheckConstraint("role IN ('owner', 'manager', 'door')", name="role"),)

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts_person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]
    created_at: Mapped[datetime]


class Invitation(Base):
    """An invitation to become a member, mailed to an address."""

    __tablename__ = "accounts_invitation"
    __table_args__ = (CheckConstraint("role IN ('owner', 'manager', 'door')", name="role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), index=True)
    email: Mapped[str]
    email_key: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("accounts_person.id"))
    created_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApprovalLimit(Base):
    """Above which amount (minor units of `currency`) an organiser wants a second member's yes; None is never."""

    __tablename__ = "accounts_approval_limit"
    __table_args__ = (CheckConstraint("refund_minor >= 0 AND payout_minor >= 0", name="amounts"),)

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    refund_minor: Mapped[int | None]
    payout_minor: Mapped[int | None]


class Approval(Base):
    """Something a member asked for that waits for another's yes. waiting -> approved -> done; waiting -> declined.

    `intent` is what exactly was asked for, `words` says it to people, `subject` names what it is about: one question
    about one thing at a time. Whoever asked may take it back, but never says yes.
    """

    __tablename__ = "accounts_approval"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'approved', 'declined', 'done')", name="state"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided",
        ),
        CheckConstraint("state = 'declined' OR decided_by <> asked_by", name="four_eyes"),
        Index("ix_accounts_approval_organiser_id", "organiser_id", "id"),
        Index(
            "uq_accounts_approval_subject",
            "organiser_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where="state IN ('waiting', 'approved')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    words: Mapped[str]
    intent: Mapped[dict[str, object]]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    state: Mapped[str]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class GivenAlone(Base):
    """What a member (`actor`, as the journal names them) gave back with nobody else's yes, in minor units of
    `currency`, of play money or real. Rows are only added.
    """

    __tablename__ = "accounts_given_alone"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_accounts_given_alone_organiser_id_actor_at", "organiser_id", "actor", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    actor: Mapped[str]
    currency: Mapped[str]
    is_test: Mapped[bool]
    amount_minor: Mapped[int]
    at: Mapped[datetime]
