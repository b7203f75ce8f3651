"""Paying an order by UMA or a Lightning Address, and the UMA invoices that organisers show."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import payments
from admitone.entrypoints.callers import SignedIn, address_of
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, Token, WholeNumber
from admitone.flows.uma_request import UmaRequested
from admitone.plumbing.limiter import source_key
from admitone.reads.bitcoin_page import bitcoin_page

router = APIRouter(tags=["buying"])


class UmaAddressBody(Body):
    """The buyer's UMA address: `$name@domain`."""

    address: Annotated[str, Field(max_length=400)]


class UmaRequestShown(Shown):
    """`outcome`: sent, refused, not_offered, not_reached or unknown; `sentence` says it to the buyer. `uri` opens the
    same request in any UMA wallet, as a link or a QR code.
    """

    outcome: str
    address: str
    sentence: str
    uri: str
    expires_at: datetime


class UmaRequestsShown(Shown):
    """Oldest first."""

    requests: list[UmaRequestShown]


@router.post("/orders/{token}/uma-request")
async def ask_wallet(token: Token, body: UmaAddressBody, request: Request, needs: Needs) -> UmaRequestShown:
    """Bring the order's Lightning invoice to the provider of the buyer's wallet, where the buyer says yes. Again, and
    to another address, it is the same invoice: nobody pays twice.
    """
    order_id, source = needs.links.read("order", token), source_key(address_of(request))
    return _shown(await needs.by_address.requesting.push_order(order_id, body.address, source=source))


@router.get("/orders/{token}/uma-request")
async def wallets_asked(token: Token, needs: Needs) -> UmaRequestsShown:
    """To whom the order's invoice was brought, and what became of it."""
    found = await needs.by_address.requesting.of_order(needs.links.read("order", token))
    return UmaRequestsShown(requests=[_shown(one) for one in found])


class PayAddressesShown(Shown):
    """Ways to pay what is due of an order: type `lightning_address` or `uma_address` into a wallet, or open `lnurl`
    (LUD-01) or `uma_uri` there. All lead to the order's one invoice; `uma_uri` is null while nobody has asked for that.
    """

    lightning_address: str
    uma_address: str
    lnurl: str
    uma_uri: str | None


@router.get("/orders/{token}/pay-addresses")
async def pay_addresses(token: Token, needs: Needs) -> PayAddressesShown:
    """The addresses by which this order can be paid now."""
    order_id = needs.links.read("order", token)
    await needs.pay_with_bitcoin.payable(order_id)
    async with needs.database.reading() as reader:
        way = (await bitcoin_page(reader, order_id, needs.clock.now())).way(payments.bitcoin.LIGHTNING)
    asked = None if way is None else await needs.by_address.requesting.for_anybody(way.attempt.id)
    found = await needs.by_address.lnurl.addresses(order_id)
    return PayAddressesShown(
        lightning_address=found.lightning,
        uma_address=f"${found.lightning}",
        lnurl=found.lnurl,
        uma_uri=None if asked is None else asked.uri,
    )


class EventInvoiceBody(Body):
    """Which ticket type, and for how many minutes its price in bitcoin is promised: 15 at most, 43,200 (30 days) where
    the event is priced in bitcoin.
    """

    ticket_type_id: UUID
    minutes: WholeNumber = 15


class EventInvoiceShown(Shown):
    """A UMA invoice for one ticket, that anybody may pay until `expires_at`, again and again."""

    id: UUID
    ticket_type_id: UUID
    uma_invoice: str
    uri: str
    price: MoneyShown
    msat: int
    expires_at: datetime


class EventInvoicesShown(Shown):
    """Newest first."""

    uma_invoices: list[EventInvoiceShown]


@router.post(
    "/organisers/{organiser_id}/events/{event_id}/uma-invoices", status_code=201, tags=["organisers"]
)
async def make_event_invoice(
    organiser_id: UUID,
    event_id: UUID,
    body: EventInvoiceBody,
    needs: Needs,
    caller: SignedIn,
    invoice_id: NewId,
) -> EventInvoiceShown:
    """A UMA invoice for a ticket of this event, to be shown anywhere. Whoever pays it gets an order and the ticket by
    letter.
    """
    made = await needs.by_address.event_invoices.make(
        caller, organiser_id, event_id, body.ticket_type_id, body.minutes, invoice_id
    )
    return _of_event(made)


@router.get("/organisers/{organiser_id}/events/{event_id}/uma-invoices", tags=["organisers"])
async def event_invoices(
    organiser_id: UUID, event_id: UUID, needs: Needs, caller: SignedIn
) -> EventInvoicesShown:
    """The event's UMA invoices."""
    found = await needs.by_address.event_invoices.list(caller, organiser_id, event_id)
    return EventInvoicesShown(uma_invoices=[_of_event(one) for one in found])


def _shown(asked: UmaRequested) -> UmaRequestShown:
    return UmaRequestShown(
        outcome=asked.outcome.value,
        address=asked.address,
        sentence=asked.sentence,
        uri=asked.uri,
        expires_at=asked.expires_at,
    )


def _of_event(row: payments.uma.UmaInvoiceRow) -> EventInvoiceShown:
    assert row.ticket_type_id is not None, "an event's"
    return EventInvoiceShown(
        id=row.id,
        ticket_type_id=row.ticket_type_id,
        uma_invoice=row.invoice,
        uri=f"uma://{row.invoice}",
        price=MoneyShown(currency=row.currency, minor=row.amount_minor),
        msat=row.amount_msat,
        expires_at=row.expires_at,
    )
