"""A payment that the network took back for good: no bank's books will say that it left, so ours do, once."""

from admitone import ledger, payments
from admitone.flows.provider_books import books_of
from admitone.payments import Dispute, Explained, ExplainedAs, Movement, MovementKind, OpenAccount
from admitone.plumbing.database import Transaction


async def book_lost(tx: Transaction, opened: OpenAccount, dispute: Dispute) -> list[ledger.NewTransfer]:
    """Write the line that such a loss is, as a provider's books would have it; what to post."""
    if dispute.reason != payments.UNDONE or not dispute.held_minor:
        return []
    line = Movement(
        ref=f"undone:{dispute.ref}",
        kind=MovementKind.DISPUTE,
        currency=dispute.currency,
        amount_minor=-dispute.held_minor,
        fee_minor=0,
        about_ref=dispute.ref,
        at=dispute.heard_at,
    )
    await payments.keep_lines(tx, opened.account.id, [line], dispute.heard_at)
    why = Explained(line.ref, ExplainedAs.DISPUTE, dispute.id)
    if not await payments.explain_lines(tx, opened.account.id, [why]):
        return []
    return ledger.disputed_taken(
        books_of(opened.account), line.ref, line.currency, line.amount_minor, dispute.id
    )
