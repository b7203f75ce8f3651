"""Who hears of a dispute: those of the team who can answer it, and the buyer whose unused tickets let nobody in."""

from collections.abc import Callable
from uuid import UUID

from admitone import accounts, orders, payments
from admitone.flows.post_office import PostOffice
from admitone.payments import DisputeState
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Entry
from admitone.reads.order_documents import order_documents
from admitone.values import formats
from admitone.values.actor import Action, allowed


class DisputeLetters:
    """`order_url` gives the address of an order's page, by order id; `site_url` has no slash at its end."""

    def __init__(
        self, database: Database, post: PostOffice, order_url: Callable[[UUID], str], site_url: str
    ) -> None:
        self._database = database
        self._post = post
        self._order_url = order_url
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `DisputeMoved`: each letter once. Answered changes nothing for anybody; lost only for buyers
        whose payment the network took back: nobody at a bank tells them.
        """
        fact = entry.read_as(payments.DisputeMoved)
        assert fact.organiser_id is not None, "a dispute is about somebody's sale"
        organiser_id = fact.organiser_id
        async with self._database.reading() as reader:
            dispute = await payments.own_dispute(reader, organiser_id, fact.subject_id)
            order = await orders.by_id(reader, dispute.order_id)
            about = await order_documents(reader, order.id)
            organiser = await accounts.organiser(reader, organiser_id)
            team = await accounts.members(reader, organiser_id)
            refunds = await payments.refunds_of(reader, [order.id])
        assert about is not None, "an order has an event"
        is_undone = dispute.reason == payments.UNDONE
        told = {DisputeState.OPEN.value, DisputeState.WON.value}
        if fact.state not in (told | {DisputeState.LOST.value} if is_undone else told):
            return
        is_open = fact.state == DisputeState.OPEN.value
        ended = f"{payments.BY_DISPUTE}{dispute.ref}"
        is_refund_over = any(one.provider_ref == ended for one in refunds)
        undone = {"state": fact.state, "is_refund_over": is_refund_over}
        shared = {
            "event_title": about.event_title,
            "organiser_name": organiser.name,
            "order_code": order.code,
        }

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=f"dispute:{dispute.id}:{fact.state}",
                template="payment_undone" if is_undone else "tickets_suspended",
                to=order.email,
                organiser_id=organiser_id,
                context={
                    **shared,
                    "order_url": self._order_url(order.id),
                    **(undone if is_undone else {"is_back": not is_open}),
                },
            )
            for one in team if is_open and not is_undone else ():
                if allowed(one.role, Action.REFUND_ORDERS):
                    await self._post.queue(
                        tx,
                        cause=f"dispute:{dispute.id}",
                        template="dispute_opened",
                        to=one.email,
                        organiser_id=organiser_id,
                        context={
                            **shared,
                            "buyer_name": order.name,
                            "amount_text": formats.money(dispute.amount_minor, dispute.currency),
                            "until_text": ""
                            if dispute.answer_by is None
                            else f"{formats.long_day_time(dispute.answer_by, 'UTC')} UTC",
                            "page_url": f"{self._site_url}/organiser/{organiser.slug}/disputes/{dispute.id}",
                        },
                    )

        await self._database.run(story)
