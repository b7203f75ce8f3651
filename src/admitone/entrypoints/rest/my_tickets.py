"""`GET /me/tickets`: what the signed-in person has bought."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.shapes import Cursor, Limit, MoneyShown, Shown
from admitone.reads import my_tickets

router = APIRouter(tags=["me"])


class MyOrderShown(Shown):
    """An order of theirs; `token` opens it."""

    token: str
    code: str
    state: str
    event_id: UUID
    event: str
    event_title: str
    starts_at: datetime
    zone: str
    tickets: int
    types: list[str]
    total: MoneyShown
    order_url: str


class MyOrders(Shown):
    """Latest event first. `next_cursor` continues the list."""

    orders: list[MyOrderShown]
    next_cursor: str | None


@router.get("/me/tickets")
async def read_my_tickets(
    needs: Needs, caller: SignedIn, cursor: Cursor = None, limit: Limit = 50
) -> MyOrders:
    """Orders made signed in, and those of the person's verified address."""
    assert caller.person_id is not None, "somebody signed in is a person"
    async with needs.database.reading() as reader:
        found = await my_tickets.of_person(reader, caller.person_id, cursor=cursor, limit=limit)
    shown = []
    for one in found.items:
        token = needs.links.make("order", one.id)
        shown.append(
            MyOrderShown(
                token=token,
                code=one.code,
                state=one.state,
                event_id=one.event_id,
                event=one.slug,
                event_title=one.event_title,
                starts_at=one.starts_at,
                zone=one.zone,
                tickets=one.tickets,
                types=list(one.types),
                total=MoneyShown(currency=one.currency, minor=one.total_minor),
                order_url=links.order(token),
            )
        )
    return MyOrders(orders=shown, next_cursor=found.next_cursor)
