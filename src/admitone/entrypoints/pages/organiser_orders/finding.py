"""What the pages about an organiser's event and its orders begin with: whose it is, and that this member may.

Handlers ask by type. A form stands before the order among a handler's parameters: whether it is from a page of ours is
looked at first.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from admitone import accounts, events, orders
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.organiser.whose import whose_of
from admitone.entrypoints.pages.organiser_orders.making import Where
from admitone.reads.order_page import OrderPage, organiser_order
from admitone.values.actor import Action
from admitone.values.ids import normalise_code


@dataclass(frozen=True, slots=True)
class Found:
    """An order, and who looks at it."""

    where: Where
    page: OrderPage

    @property
    def url(self) -> str:
        """The order's own page."""
        return self.where.order_url(self.page.order.code)


def _event_for(action: Action) -> Callable[..., Awaitable[Where]]:
    async def find(slug: str, event_id: UUID, needs: Needs, actor: SignedIn) -> Where:
        """The organiser and the event, for a member who may do this. Another's event is not there."""
        async with needs.database.reading() as reader:
            organiser = await accounts.organiser_by_slug(reader, slug)
            accounts.permit(actor, action, organiser.id)
            event = await events.own_event(reader, organiser.id, event_id)
            whose = await whose_of(reader, actor, organiser)
        return Where(actor, organiser, event, whose)

    return find


def _order_for(action: Action) -> Callable[..., Awaitable[Found]]:
    event_for = _event_for(action)

    async def find(slug: str, event_id: UUID, code: str, needs: Needs, actor: SignedIn) -> Found:
        """The order of this event, for a member who may do this. Raises `OrderNotFound`, `Forbidden`."""
        where = await event_for(slug, event_id, needs, actor)
        async with needs.database.reading() as reader:
            found = await organiser_order(reader, where.organiser.id, normalise_code(code[:32]))
        if found.order.event_id != event_id:
            raise orders.OrderNotFound
        return Found(where, found)

    return find


EventToSee = Annotated[Where, Depends(_event_for(Action.SEE_ORDERS))]
EventToRefund = Annotated[Where, Depends(_event_for(Action.REFUND_ORDERS))]
OrderToSee = Annotated[Found, Depends(_order_for(Action.SEE_ORDERS))]
OrderToChange = Annotated[Found, Depends(_order_for(Action.CHANGE_ORDERS))]
OrderToRefund = Annotated[Found, Depends(_order_for(Action.REFUND_ORDERS))]
