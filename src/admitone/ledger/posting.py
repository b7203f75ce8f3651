"""What each business fact moves between which accounts. Pure; every posting is balanced by its shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.chart import AccountName
from admitone.values.ids import derived_id


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """`amount_minor` of `currency` from `debit` to `credit`. `fact_key` names the cause: the same moves nothing."""

    id: UUID
    fact_key: str
    group_id: UUID
    debit: AccountName
    credit: AccountName
    currency: str
    amount_minor: int
    kind: str


def _transfers(
    fact: str, group_id: UUID, currency: str, parts: Sequence[tuple[str, AccountName, AccountName, int]]
) -> list[NewTransfer]:
    made = []
    for kind, debit, credit, amount_minor in parts:
        assert amount_minor >= 0, "a part is never negative"
        if amount_minor:
            key = f"{fact}:{kind}"
            made.append(
                NewTransfer(
                    derived_id("ledger", key), key, group_id, debit, credit, currency, amount_minor, kind
                )
            )
    return made


def sale(
    *,
    attempt_id: UUID,
    provider: str,
    organiser_id: UUID,
    currency: str,
    organiser_minor: int,
    fee_minor: int,
    tax_minor: int,
) -> list[NewTransfer]:
    """A payment that became tickets: what came in, split into the organiser's part, our fee, and tax."""
    cash = chart.clearing(provider)
    return _transfers(
        f"payment:{attempt_id}",
        attempt_id,
        currency,
        [
            ("sale", cash, chart.organiser_pending(organiser_id), organiser_minor),
            ("fee", cash, chart.FEES, fee_minor),
            ("tax", cash, chart.organiser_tax(organiser_id), tax_minor),
        ],
    )


def unearned(*, attempt_id: UUID, provider: str, currency: str, amount_minor: int) -> list[NewTransfer]:
    """A payment that could not become tickets: we hold it for the buyer until the refund is made."""
    parts = [("unearned", chart.clearing(provider), chart.REFUNDS_DUE, amount_minor)]
    return _transfers(f"payment:{attempt_id}", attempt_id, currency, parts)


def sale_undone(
    *,
    refund_id: UUID,
    organiser_id: UUID,
    currency: str,
    organiser_minor: int,
    fee_minor: int,
    tax_minor: int,
) -> list[NewTransfer]:
    """A sale is taken back: each part moves from where the sale put it to what we owe the buyer."""
    return _transfers(
        f"refund:{refund_id}",
        refund_id,
        currency,
        [
            ("refund_sale", chart.organiser_pending(organiser_id), chart.REFUNDS_DUE, organiser_minor),
            ("refund_fee", chart.FEES, chart.REFUNDS_DUE, fee_minor),
            ("refund_tax", chart.organiser_tax(organiser_id), chart.REFUNDS_DUE, tax_minor),
        ],
    )


def refunded(*, refund_id: UUID, provider: str, currency: str, amount_minor: int) -> list[NewTransfer]:
    """The provider gave the money back to the buyer."""
    parts = [("refunded", chart.REFUNDS_DUE, chart.clearing(provider), amount_minor)]
    return _transfers(f"refund:{refund_id}", refund_id, currency, parts)
