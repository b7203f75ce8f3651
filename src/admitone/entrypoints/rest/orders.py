"""Orders, for whoever bought: placed from a hold, reached by token, paid, cancelled; and their tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, Token
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.order_wish import OrderWish
from admitone.flows.pay_at_once import WantedAtOnce
from admitone.flows.resend import resend_tickets
from admitone.reads.order_page import HeldTicket, OrderPage, order_page
from admitone.reads.printable_tickets import printable_tickets

router = APIRouter(tags=["buying"])
_Names = Annotated[list[Annotated[str, Field(max_length=400)]], Field(max_length=1000)]


class BuyerBody(Body):
    """Whom an invoice is for. A VAT number of the European Union is checked for its form; a business in another country
    of it than the seller pays no VAT where the organiser sells so (reverse charge). `country` as in ISO 3166-1.
    """

    company: Annotated[str, Field(max_length=1000)]
    address: Annotated[str, Field(max_length=1000)]
    postcode: Annotated[str, Field(max_length=1000)] = ""
    city: Annotated[str, Field(max_length=1000)]
    country: Annotated[str, Field(max_length=1000)]
    vat_id: Annotated[str, Field(max_length=1000)] = ""


class OrderBody(Body):
    """Who buys. `attendee_names` by ticket type id, fewer than the quantity is fine; without a name a ticket
    carries the buyer's. `buyer` is for whoever needs an invoice to a company. `adds_to` is the token of a paid order
    for the same event: this one then stands with it.

    `pay_from_wallet`: the wallet that the signed-in person has connected (`/me/wallet-connection`) is to pay by itself,
    at once. `uma`: a UMA address, `$name@domain`; its provider is brought the order's invoice by itself, at once, or
    with `pay_from_wallet` only if that says no. How they stand is in `/orders/{token}/wallet-payment` and
    `/orders/{token}/uma-request`. Both need an organiser who takes Lightning.
    """

    hold: Token
    email: Annotated[str, Field(max_length=1000)]
    name: Annotated[str, Field(max_length=1000)]
    attendee_names: Annotated[dict[UUID, _Names], Field(max_length=100)] = Field(default_factory=dict)
    buyer: BuyerBody | None = None
    adds_to: Token | None = None
    pay_from_wallet: bool = False
    uma: Annotated[str | None, Field(max_length=400)] = None


class OrderLineShown(Shown):
    """`unit` is the all-in price of one ticket, `off` what discounts took off it, `labels` which.

    `kind` is ticket, add_on or donation.
    """

    ticket_type_id: UUID
    name: str
    quantity: int
    unit: MoneyShown
    total: MoneyShown
    kind: str
    off: MoneyShown
    labels: tuple[str, ...]


class PayChoice(Shown):
    """A way to pay: send `method` back."""

    method: str
    label: str
    hint: str


class OrderShown(Shown):
    """`token` is the key to the order: keep it. `fee` and `tax` are parts of `total`. `methods` while it can
    be paid.
    """

    token: str
    code: str
    state: str
    event_id: UUID
    event: str
    event_title: str
    name: str
    email: str
    lines: list[OrderLineShown]
    fee: MoneyShown
    tax: MoneyShown
    total: MoneyShown
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    methods: list[PayChoice]
    order_url: str


@router.post("/orders", status_code=201)
async def place_order(body: OrderBody, needs: Needs, caller: Caller) -> OrderShown:
    """Turn a hold into an order at the prices shown. An order of nothing to pay is paid at once.

    A hold becomes one order: asking again gives the same one. What is to be paid by itself is begun once.
    """
    at_once, hold_id = needs.connected_wallets.at_once, needs.links.read("hold", body.hold)
    wanted = WantedAtOnce(from_wallet=body.pay_from_wallet, uma=body.uma)
    if wanted.is_something:
        await at_once.check(caller, wanted, await needs.purchase.read(hold_id))
    placed = await needs.purchase.place_whole(
        OrderWish(
            hold_id=hold_id,
            email=body.email,
            name=body.name,
            attendee_names={type_id: tuple(names) for type_id, names in body.attendee_names.items()},
            person_id=caller.person_id,
            buyer=None if body.buyer is None else body.buyer.model_dump(),
            adds_to=None if body.adds_to is None else needs.links.read("order", body.adds_to),
        )
    )
    await at_once.want(caller, placed.order, wanted)
    return await _order_shown(needs, placed.order, placed.lines, placed.offer.slug, placed.offer.title)


@router.get("/orders/{token}")
async def read_order(token: Token, needs: Needs) -> OrderShown:
    """The order."""
    return await _shown(needs, await _look(needs, needs.links.read("order", token)))


@router.post("/orders/{token}/cancel")
async def cancel_order(token: Token, needs: Needs) -> OrderShown:
    """Cancel an order that is not paid: its places go back on sale."""
    order = await cancel_unpaid(needs.database, needs.clock, needs.links.read("order", token))
    return await _shown(needs, await _look(needs, order.id))


class PayBody(Body):
    """`method` is one of the order's `methods`."""

    method: Annotated[str, Field(max_length=200)]


class PayingShown(Shown):
    """Where to go on: `redirect_url`, or `instructions` to follow, or neither when `order_state` is paid."""

    attempt_id: UUID
    attempt_state: str
    order_state: str
    redirect_url: str | None
    instructions: Mapping[str, str]


@router.post("/orders/{token}/payments", status_code=201)
async def pay_order(token: Token, body: PayBody, needs: Needs, attempt_id: NewId) -> PayingShown:
    """Start paying. With the same `Idempotency-Key` it is the same attempt."""
    paying = await needs.payment.pay(needs.links.read("order", token), body.method, attempt_id)
    return PayingShown(
        attempt_id=paying.attempt.id,
        attempt_state=paying.attempt.state.value,
        order_state=paying.order_state,
        redirect_url=paying.redirect_url,
        instructions=paying.instructions,
    )


class TicketShown(Shown):
    """`code` is what the QR carries and opens the door, empty unless the ticket does. `is_suspended`: the payment is
    disputed, so until that is decided an unused ticket lets nobody in. `changed_for` is the code of the order that a
    cancelled ticket was changed for, null for every other. `is_passed_on`: it belongs to somebody else since, so that
    there is no code of it here.
    """

    token: str
    ticket_type_id: UUID
    type_name: str
    holder_name: str
    state: str
    changed_for: str | None
    is_suspended: bool
    is_passed_on: bool
    code: str
    admitted_at: datetime | None
    ticket_url: str


class TicketsShown(Shown):
    """`pdf_url` is the file with these and the same buyer's tickets of orders that change or add to this one; empty
    while there is nothing to print.
    """

    tickets: list[TicketShown]
    pdf_url: str


@router.get("/orders/{token}/tickets")
async def read_tickets(token: Token, needs: Needs) -> TicketsShown:
    """The tickets of a paid order, with their codes."""
    found = await _look(needs, needs.links.read("order", token))
    async with needs.database.reading() as reader:
        printable = await printable_tickets(reader, found.order)
    return TicketsShown(
        tickets=[ticket_shown(needs, found, one) for one in found.tickets],
        pdf_url=links.order_pdf(token) if printable else "",
    )


def ticket_shown(needs: Assembly, found: OrderPage, held: HeldTicket) -> TicketShown:
    """A ticket for its holder."""
    token = needs.links.make("ticket", held.ticket.id)
    is_valid = held.ticket.state == tickets.TicketState.VALID.value
    is_suspended = is_valid and found.dispute is not None and held.admitted_at is None
    return TicketShown(
        token=token,
        ticket_type_id=held.ticket.ticket_type_id,
        type_name=held.type_name,
        holder_name=held.holder,
        state=held.ticket.state,
        changed_for=found.changed_for(held),
        is_suspended=is_suspended,
        is_passed_on=held.owner is not None,
        code=tickets.code_of(held.ticket, needs.ring)
        if is_valid and not is_suspended and held.owner is None
        else "",
        admitted_at=held.admitted_at,
        ticket_url=links.ticket(token),
    )


class Accepted(Shown):
    """It is on its way."""

    status: str = "accepted"


@router.post("/orders/{token}/resend", status_code=202)
async def resend(token: Token, needs: Needs, request_id: NewId) -> Accepted:
    """Mail the tickets again, to the address of the order; a few times an hour at most."""
    order_id = needs.links.read("order", token)
    await resend_tickets(needs.database, needs.limiter, needs.letters, order_id, request_id)
    return Accepted()


async def _look(needs: Assembly, order_id: UUID) -> OrderPage:
    async with needs.database.reading() as reader:
        found = await order_page(reader, order_id)
    await needs.keys.know(one.ticket.key_id for one in found.tickets)
    return found


async def pay_choices(needs: Assembly, order: orders.OrderRow) -> tuple[payments.Choice, ...]:
    """How this order can be paid now; nothing once it need not or cannot be."""
    if order.state != orders.OrderState.PENDING or order.is_due:
        return ()
    return await needs.payment.choices_for(order)


async def _shown(needs: Assembly, found: OrderPage) -> OrderShown:
    return await _order_shown(needs, found.order, found.lines, found.about.slug, found.about.event_title)


async def _order_shown(
    needs: Assembly, order: orders.OrderRow, lines: Sequence[orders.LineRow], slug: str, event_title: str
) -> OrderShown:
    def money(minor: int) -> MoneyShown:
        return MoneyShown(currency=order.currency, minor=minor)

    token = needs.links.make("order", order.id)
    return OrderShown(
        token=token,
        code=order.code,
        state=order.state,
        event_id=order.event_id,
        event=slug,
        event_title=event_title,
        name=order.name,
        email=order.email,
        lines=[
            OrderLineShown(
                ticket_type_id=line.ticket_type_id,
                name=line.name,
                quantity=line.quantity,
                unit=money(line.unit_total_minor),
                total=money(line.total_minor),
                kind=line.kind,
                off=money((line.unit_list_minor or line.unit_price_minor) - line.unit_price_minor),
                labels=tuple(line.labels),
            )
            for line in lines
        ],
        fee=money(order.fee_minor),
        tax=money(order.tax_minor),
        total=money(order.total_minor),
        placed_at=order.placed_at,
        pay_until=order.pay_until,
        paid_at=order.paid_at,
        methods=[
            PayChoice(method=one.key, label=one.method.label, hint=one.method.hint)
            for one in await pay_choices(needs, order)
        ],
        order_url=links.order(token),
    )
