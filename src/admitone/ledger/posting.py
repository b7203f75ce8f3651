"""What each business fact moves between which accounts. Pure; every posting is balanced by its shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.chart import AccountName
from admitone.values.ids import derived_id


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """`amount_minor` of `currency` from `debit` to `credit`. `fact_key` names the cause: the same moves nothing.

    `is_test`: play money, in accounts of its own.
    """

    id: UUID
    fact_key: str
    group_id: UUID
    debit: AccountName
    credit: AccountName
    currency: str
    amount_minor: int
    kind: str
    is_test: bool


Part = tuple[str, AccountName, AccountName, int]


def transfers(
    fact: str, group_id: UUID, currency: str, parts: Sequence[Part], *, is_test: bool
) -> list[NewTransfer]:
    """One transfer for each part (kind, debit, credit, amount) that is not zero; its cause is `<fact>:<kind>`."""
    made = []
    for kind, debit, credit, amount_minor in parts:
        assert amount_minor >= 0, "a part is never negative"
        if amount_minor:
            key = f"{fact}:{kind}"
            made.append(
                NewTransfer(
                    derived_id("ledger", key),
                    key,
                    group_id,
                    debit,
                    credit,
                    currency,
                    amount_minor,
                    kind,
                    is_test,
                )
            )
    return made


@dataclass(frozen=True, slots=True)
class Parts:
    """Who gets which part of what a buyer paid, in minor units: the organiser, the site (its fee), tax."""

    organiser_minor: int
    fee_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """What the buyer pays, or gets back."""
        return self.organiser_minor + self.fee_minor + self.tax_minor


def sale(
    *,
    attempt_id: UUID,
    books: str,
    organiser_id: UUID,
    currency: str,
    parts: Parts,
    is_direct: bool,
    is_test: bool,
    excess_minor: int = 0,
) -> list[NewTransfer]:
    """A payment that became tickets: what came in, split into the organiser's part, the site's fee, and tax.

    `excess_minor` came besides and is owed back.
    """
    cash = chart.clearing(books)
    return transfers(
        f"payment:{attempt_id}",
        attempt_id,
        currency,
        [
            ("sale", cash, chart.earned(organiser_id, is_direct=is_direct), parts.organiser_minor),
            ("fee", cash, chart.FEES, parts.fee_minor),
            ("tax", cash, chart.organiser_tax(organiser_id), parts.tax_minor),
            ("unearned", cash, chart.REFUNDS_DUE, excess_minor),
        ],
        is_test=is_test,
    )


def deposit(
    *, attempt_id: UUID, books: str, currency: str, amount_minor: int, is_test: bool, excess_minor: int = 0
) -> list[NewTransfer]:
    """A part of an order's price has come; it waits for the rest. `excess_minor` came besides and is owed back."""
    cash = chart.clearing(books)
    return transfers(
        f"payment:{attempt_id}",
        attempt_id,
        currency,
        [
            ("deposit", cash, chart.DEPOSITS, amount_minor),
            ("unearned", cash, chart.REFUNDS_DUE, excess_minor),
        ],
        is_test=is_test,
    )


def sale_of_deposits(
    *, order_id: UUID, organiser_id: UUID, currency: str, parts: Parts, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """An order paid in parts is complete: its deposits are split as a sale's money is."""
    return transfers(
        f"order:{order_id}",
        order_id,
        currency,
        [
            ("sale", chart.DEPOSITS, chart.earned(organiser_id, is_direct=is_direct), parts.organiser_minor),
            ("fee", chart.DEPOSITS, chart.FEES, parts.fee_minor),
            ("tax", chart.DEPOSITS, chart.organiser_tax(organiser_id), parts.tax_minor),
        ],
        is_test=is_test,
    )


def deposit_owed(*, attempt_id: UUID, currency: str, amount_minor: int, is_test: bool) -> list[NewTransfer]:
    """An order ended before the rest of its price came: the part that came is owed back."""
    parts = [("deposit_owed", chart.DEPOSITS, chart.REFUNDS_DUE, amount_minor)]
    return transfers(f"payment:{attempt_id}", attempt_id, currency, parts, is_test=is_test)


def unearned(
    *, attempt_id: UUID, books: str, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """A payment that could not become tickets: we hold it for the buyer until the refund is made."""
    parts = [("unearned", chart.clearing(books), chart.REFUNDS_DUE, amount_minor)]
    return transfers(f"payment:{attempt_id}", attempt_id, currency, parts, is_test=is_test)


def sale_undone(
    *, cause_id: UUID, organiser_id: UUID, currency: str, parts: Parts, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """A sale, or some of it, is taken back: each part moves from where the sale put it to what we owe the buyer.

    `cause_id` is the refund, or what else stands for the decision.
    """
    return transfers(
        f"refund:{cause_id}",
        cause_id,
        currency,
        [
            (
                "refund_sale",
                chart.earned(organiser_id, is_direct=is_direct),
                chart.REFUNDS_DUE,
                parts.organiser_minor,
            ),
            ("refund_fee", chart.FEES, chart.REFUNDS_DUE, parts.fee_minor),
            ("refund_tax", chart.organiser_tax(organiser_id), chart.REFUNDS_DUE, parts.tax_minor),
        ],
        is_test=is_test,
    )


def kept(
    *, refund_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """A refund was owed that is so small that nobody can be sent it: it stays with the organiser."""
    parts = [("kept", chart.REFUNDS_DUE, chart.earned(organiser_id, is_direct=is_direct), amount_minor)]
    return transfers(f"refund:{refund_id}", refund_id, currency, parts, is_test=is_test)


def refunded(
    *, refund_id: UUID, books: str, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """The provider gave the money back to the buyer."""
    parts = [("refunded", chart.REFUNDS_DUE, chart.clearing(books), amount_minor)]
    return transfers(f"refund:{refund_id}", refund_id, currency, parts, is_test=is_test)
