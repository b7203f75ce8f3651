"""Holders of tickets that cost nothing are told, when their organiser goes live, that those were a trial.

Whoever had paid with play money hears of it by the letter about their refund. Here nothing goes back, so nothing else
would tell them that their tickets let nobody in.
"""

from collections.abc import Callable
from uuid import UUID

from admitone.flows.letter_desk import LetterDesk
from admitone.plumbing.database import Transaction
from admitone.reads.order_documents import order_documents
from admitone.values import formats


class TrialLetters:
    """`order_url` gives the address of an order's page, by order id; `site_url` has no slash at its end."""

    def __init__(self, letters: LetterDesk, order_url: Callable[[UUID], str], site_url: str) -> None:
        self._letters = letters
        self._order_url = order_url
        self._site_url = site_url

    async def tell(self, tx: Transaction, order_id: UUID) -> None:
        """Once for each order, in the transaction that takes it back. Says nothing of an order that cost something."""
        about = await order_documents(tx, order_id)
        assert about is not None, "an order has an event"
        if about.total_minor:
            return
        await self._letters.queue(
            tx,
            cause=f"trial_ended:{order_id}",
            template="trial_ended",
            to=about.email,
            organiser_id=about.organiser_id,
            context={
                "event_title": about.event_title,
                "organiser_name": about.organiser_name,
                "order_code": about.code,
                "order_url": self._order_url(order_id),
                "when_text": formats.zoned_day_time(about.starts_at, about.zone),
                "event_url": f"{self._site_url}/e/{about.slug}",
            },
        )
