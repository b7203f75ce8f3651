"""What becoming available, being kept back and being paid out moves. Pure."""

from uuid import UUID

from admitone.ledger import chart
from admitone.ledger.posting import NewTransfer, transfers

# The site's own bank account, from which people send payouts by file. With `bank:*` it is all that lies there.
TRANSFERS = chart.bank("transfers")


def released(
    *,
    release_id: UUID,
    organiser_id: UUID,
    currency: str,
    earned_minor: int,
    tax_minor: int,
    reserved_minor: int,
    is_test: bool,
) -> list[NewTransfer]:
    """Money of an event can be paid out, but for what is kept back. Negative amounts go the other way: what refunds
    and disputes took later is set off.
    """
    pending, available = chart.organiser_pending(organiser_id), chart.organiser_available(organiser_id)
    tax = chart.organiser_tax(organiser_id)
    return transfers(
        f"release:{release_id}",
        release_id,
        currency,
        [
            ("release", pending, available, max(earned_minor, 0) - reserved_minor),
            ("release_reserve", pending, chart.organiser_reserve(organiser_id), reserved_minor),
            ("release_back", available, pending, max(-earned_minor, 0)),
            ("release_tax", tax, available, max(tax_minor, 0)),
            ("release_tax_back", available, tax, max(-tax_minor, 0)),
        ],
        is_test=is_test,
    )


def reserve_ended(
    *, release_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """What was kept back of a release can be paid out."""
    reserve, available = chart.organiser_reserve(organiser_id), chart.organiser_available(organiser_id)
    parts = [("release_reserved", reserve, available, amount_minor)]
    return transfers(f"release:{release_id}", release_id, currency, parts, is_test=is_test)


def payout_begun(
    *, payout_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """A payout was agreed to: what it takes is not available any more."""
    available = chart.organiser_available(organiser_id)
    parts = [("payout", available, chart.PAYOUTS_IN_TRANSIT, amount_minor)]
    return transfers(f"payout:{payout_id}", payout_id, currency, parts, is_test=is_test)


def payout_arrived(
    *, payout_id: UUID, books: str | None, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """A payout arrived: it left the account with a provider (`books`), or the site's bank (None)."""
    cash = TRANSFERS if books is None else chart.clearing(books)
    parts = [("payout_sent", chart.PAYOUTS_IN_TRANSIT, cash, amount_minor)]
    return transfers(f"payout:{payout_id}", payout_id, currency, parts, is_test=is_test)


def payout_returned(
    *,
    payout_id: UUID,
    books: str | None,
    organiser_id: UUID,
    currency: str,
    amount_minor: int,
    is_test: bool,
) -> list[NewTransfer]:
    """A payout had arrived and came back: it lies again where it was sent from, and the organiser has it again."""
    cash = TRANSFERS if books is None else chart.clearing(books)
    available = chart.organiser_available(organiser_id)
    parts = [
        ("payout_returned", cash, chart.PAYOUTS_IN_TRANSIT, amount_minor),
        ("payout_back", chart.PAYOUTS_IN_TRANSIT, available, amount_minor),
    ]
    return transfers(f"payout:{payout_id}", payout_id, currency, parts, is_test=is_test)


def payout_back(
    *, payout_id: UUID, organiser_id: UUID, currency: str, amount_minor: int, is_test: bool
) -> list[NewTransfer]:
    """A payout did not arrive: the organiser has it again."""
    available = chart.organiser_available(organiser_id)
    parts = [("payout_back", chart.PAYOUTS_IN_TRANSIT, available, amount_minor)]
    return transfers(f"payout:{payout_id}", payout_id, currency, parts, is_test=is_test)
