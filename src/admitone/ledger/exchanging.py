"""What an exchange of tickets moves: what was earned by the old ones lies ready for the order of the new ones. Pure."""

from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.posting import NewTransfer, Parts, transfers


def exchanged(
    *, cause_id: UUID, organiser_id: UUID, currency: str, parts: Parts, is_direct: bool, is_test: bool
) -> list[NewTransfer]:
    """Each part of the old tickets' price moves from where their sale put it to the deposits.

    `cause_id` is the reversal.
    """
    earned = chart.earned(organiser_id, is_direct=is_direct)
    return transfers(
        f"exchange:{cause_id}",
        cause_id,
        currency,
        [
            ("exchange_sale", earned, chart.DEPOSITS, parts.organiser_minor),
            ("exchange_fee", chart.FEES, chart.DEPOSITS, parts.fee_minor),
            ("exchange_tax", chart.organiser_tax(organiser_id), chart.DEPOSITS, parts.tax_minor),
        ],
        is_test=is_test,
    )


def exchange_moved(
    *,
    cause_id: UUID,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    from_direct: bool,
    is_test: bool,
) -> list[NewTransfer]:
    """The new tickets were paid into another kind of account than the old ones: what the old ones earned the organiser
    is booked where its money lies.
    """
    parts = [
        (
            "exchange_moved",
            chart.earned(organiser_id, is_direct=not from_direct),
            chart.earned(organiser_id, is_direct=from_direct),
            amount_minor,
        )
    ]
    return transfers(f"exchange:{cause_id}", cause_id, currency, parts, is_test=is_test)
