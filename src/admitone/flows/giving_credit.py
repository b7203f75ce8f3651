"""What is owed to a buyer stays with the organiser as store credit, instead of going back to how it was paid.

Only what was paid with money becomes new credit. What was paid with credit goes back to that credit: a gift that ran
through an order is a gift as before, with its date and its organiser's right to take it away.

Nothing goes back through the provider, so the site's fee of a split payment (Stripe Connect) stays with the site there;
in the ledger it is part of what the credit is worth, and is earned again by the order that the credit pays for.
"""

from dataclasses import replace
from uuid import UUID

from admitone import ledger, orders, payments
from admitone.flows.giving_back import Owed, earned_direct, less, restore, restoring, undone
from admitone.flows.money_sources import sources_of
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments.credit import CreditCodes, digest_of
from admitone.plumbing import journal
from admitone.plumbing.database import Transaction
from admitone.values.clock import Clock
from admitone.values.ids import derived_id


def credit_of(cause_id: UUID) -> UUID:
    """The id of the credit made for this reversal: asked again, it is the same credit."""
    return derived_id("credit", cause_id.bytes)


def digest_for(codes: CreditCodes, credit_id: UUID) -> str:
    """The digest of a credit's code, in hex as it is written."""
    digest = digest_of(codes.code(credit_id))
    assert digest is not None, "our own codes are codes"
    return digest.hex()


class CreditGiving:
    """Gives it."""

    def __init__(self, accounts: PaymentAccounts, codes: CreditCodes, clock: Clock) -> None:
        self._accounts = accounts
        self._codes = codes
        self._clock = clock

    async def give(self, tx: Transaction, owed: Owed, actor: str) -> list[ledger.NewTransfer]:
        """Turn what is owed into credit, announced; what to post. The order is locked by the caller."""
        order = owed.order
        sources = await sources_of(tx, [order.id])
        is_direct = (await earned_direct(tx, self._accounts, sources, [order]))[order.id]
        given = sources.give(order.id, owed.parts.total_minor)
        owed = replace(owed, parts=less(owed.parts, owed.parts.total_minor - given.total_minor))
        transfers = undone(owed, owed.cause_id, is_direct=is_direct)
        transfers += restoring(owed, given.credits, is_direct=is_direct)
        transfers += await restore(tx, given.credits, actor)
        minor = given.from_payments_minor
        if minor:
            credit_id = credit_of(owed.cause_id)
            made = await payments.credit.insert(tx, [self._new(owed, credit_id, minor, is_direct, actor)])
            assert made == {credit_id}, "a decision is made once, under the order's lock"
            by_attempt = {attempt.id: share for attempt, share in given.payments}
            await payments.credit.insert_parts(tx, credit_id, by_attempt)
            await journal.announce(tx, [_given(order, credit_id, owed.cause_id, minor)], actor)
            transfers += ledger.credit_given(
                cause_id=owed.cause_id,
                credit_id=credit_id,
                organiser_id=order.organiser_id,
                currency=order.currency,
                amount_minor=minor,
                is_test=order.is_test,
            )
        return transfers

    def _new(self, owed: Owed, credit_id: UUID, minor: int, is_direct: bool, actor: str) -> dict[str, object]:
        order = owed.order
        return {
            "id": credit_id,
            "organiser_id": order.organiser_id,
            "currency": order.currency,
            "is_test": order.is_test,
            "source": "refund",
            "funding": "direct" if is_direct else "pending",
            "given_minor": minor,
            "email": order.email,
            "note": "",
            "order_id": order.id,
            "cause_id": owed.cause_id,
            "code_digest": digest_for(self._codes, credit_id),
            "created_by": actor,
            "created_at": self._clock.now(),
        }


def _given(order: orders.OrderRow, credit_id: UUID, cause_id: UUID, minor: int) -> journal.Fact:
    return payments.credit.CreditGiven(
        subject_id=credit_id,
        organiser_id=order.organiser_id,
        source="refund",
        currency=order.currency,
        amount_minor=minor,
        order_id=order.id,
        cause_id=cause_id,
    )
