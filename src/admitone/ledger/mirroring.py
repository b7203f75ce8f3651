"""What lines of a provider's books move: fees it keeps, money it pays out by itself, money banks take. Pure."""

from dataclasses import dataclass
from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.chart import AccountName
from admitone.ledger.posting import NewTransfer, transfers
from admitone.values.ids import derived_id


@dataclass(frozen=True, slots=True)
class Books:
    """An account with a provider. `direct_to` is the organiser whose own it is; None: it is the site's."""

    account_id: UUID
    name: str
    direct_to: UUID | None
    is_test: bool

    @property
    def cash(self) -> AccountName:
        """Where its money is in the ledger."""
        return chart.clearing(self.name)

    @property
    def owner(self) -> AccountName:
        """Who bears its fees."""
        return chart.PROCESSING_COSTS if self.direct_to is None else chart.organiser_direct(self.direct_to)

    @property
    def outside(self) -> AccountName:
        """Where money goes that leaves it for its owner's bank."""
        return chart.bank(self.name) if self.direct_to is None else chart.organiser_direct(self.direct_to)


def fee_kept(
    books: Books, ref: str, currency: str, fee_minor: int, about: UUID | None = None
) -> list[NewTransfer]:
    """The provider kept a fee of the line of this reference, for the payment or refund `about`; a negative fee came
    back.
    """
    return _moved(books, ref, "processing", books.owner, currency, -fee_minor, about)


def left_to_bank(books: Books, ref: str, currency: str, amount_minor: int) -> list[NewTransfer]:
    """The provider paid out by itself (a negative amount), or it came back."""
    return _moved(books, ref, "payout_by_provider", books.outside, currency, amount_minor)


def disputed_taken(
    books: Books, ref: str, currency: str, amount_minor: int, dispute_id: UUID
) -> list[NewTransfer]:
    """A bank took disputed money (a negative amount), or gave it back."""
    return _moved(books, ref, "dispute_taken", chart.DISPUTES, currency, amount_minor, dispute_id)


def _moved(
    books: Books,
    ref: str,
    kind: str,
    other: AccountName,
    currency: str,
    amount_minor: int,
    about: UUID | None = None,
) -> list[NewTransfer]:
    """`amount_minor` is what the balance there moved by. What only the site bears stands in a group of its own."""
    into, out_of = (books.cash, other) if amount_minor > 0 else (other, books.cash)
    fact = f"movement:{books.account_id}:{ref}"
    group_id = about if about is not None and other.organiser_id is not None else derived_id("ledger", fact)
    parts = [(kind, into, out_of, abs(amount_minor))]
    return transfers(fact, group_id, currency, parts, is_test=books.is_test)


def dispute_held(
    *, dispute_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """A dispute was opened: the organiser cannot count on so much until it is decided."""
    parts = [
        ("dispute_held", chart.earned(organiser_id, is_direct=is_direct), chart.DISPUTES, amount_minor),
    ]
    return transfers(f"dispute:{dispute_id}", dispute_id, currency, parts, is_test=is_test)


def dispute_won(
    *, dispute_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """A dispute ended well, or what was held for it was more than the bank wants: the organiser has it again."""
    parts = [
        ("dispute_won", chart.DISPUTES, chart.earned(organiser_id, is_direct=is_direct), amount_minor),
    ]
    return transfers(f"dispute:{dispute_id}", dispute_id, currency, parts, is_test=is_test)


def refund_by_dispute(
    *,
    refund_id: UUID,
    dispute_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    is_direct: bool,
    is_test: bool,
) -> list[NewTransfer]:
    """A refund was owed when the bank took the same money: it has gone back by the dispute, and is lost once only.
    Several disputes may each do a part of it.
    """
    parts = [
        ("dispute_refund", chart.REFUNDS_DUE, chart.earned(organiser_id, is_direct=is_direct), amount_minor),
    ]
    return transfers(f"refund:{refund_id}:{dispute_id}", refund_id, currency, parts, is_test=is_test)
