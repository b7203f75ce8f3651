"""Paying an order with Bitcoin: what to pay by on each rail, and how far it is."""

from datetime import datetime

from fastapi import APIRouter

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.shapes import MoneyShown, Shown, Token
from admitone.reads.bitcoin_page import BitcoinPage, Way, bitcoin_page

router = APIRouter(tags=["buying"])


class RailShown(Shown):
    """What can be paid now on a rail: an `invoice` (BOLT 11) on Lightning, an `address` on the chain; `uri` opens it in
    a payer's program. `price` is what one bitcoin costs in major units of the order's currency, as a
    decimal; it holds until `expires_at`.
    """

    rail: str
    amount_msat: int
    invoice: str | None
    payment_hash: str | None
    address: str | None
    uri: str
    price: str
    expires_at: datetime


class SeenShown(Shown):
    """A transaction on the chain: final with `needed` confirmations; `is_replaced`: it will not come. `rate_until`: so
    long the rate holds if it is in no block before; `is_late`: it did not hold.
    """

    txid: str
    amount_msat: int
    confirmations: int
    needed: int
    is_replaced: bool
    is_late: bool
    rate_until: datetime | None


class BitcoinShown(Shown):
    """`state` is waiting, seen (on its way), short (what is on its way is `missing_msat` too little), part (some has
    arrived, `due` is the rest), replaced, paid, suspended (paid, and the payment is taken back), expired, late
    (expired, and money is on its way), returned (expired, and what came goes back), ended (ask for a
    new invoice and address), or away (there was nothing to pay by). `uri` holds everything that can be paid now, as
    BIP-21. `part_msat` has arrived.
    """

    state: str
    order_state: str
    due: MoneyShown
    uri: str | None
    rails: list[RailShown]
    seen: list[SeenShown]
    part_msat: int
    missing_msat: int
    page_url: str


@router.post("/orders/{token}/bitcoin", status_code=201)
async def open_bitcoin(token: Token, needs: Needs) -> BitcoinShown:
    """Ask for an invoice and an address, at one rate. Asked again while that holds, they are the same, also when
    nothing new is given any more.
    """
    order_id = needs.links.read("order", token)
    try:
        await needs.pay_with_bitcoin.open(order_id)
    except payments.MethodNotOffered:
        async with needs.database.reading() as reader:
            found = await bitcoin_page(reader, order_id, needs.clock.now())
        if not found.may_be_paid:
            raise
    return await _shown(needs, token)


@router.get("/orders/{token}/bitcoin")
async def read_bitcoin(token: Token, needs: Needs) -> BitcoinShown:
    """How far paying with Bitcoin is."""
    return await _shown(needs, token)


async def _shown(needs: Assembly, token: str) -> BitcoinShown:
    async with needs.database.reading() as reader:
        found = await bitcoin_page(reader, needs.links.read("order", token), needs.clock.now())
    order, label = found.found.order, needs.settings.site_name
    ways = [way for rail in payments.bitcoin.RAILS if (way := found.way(rail)) is not None]
    return BitcoinShown(
        state=found.state,
        order_state=order.state,
        due=MoneyShown(currency=order.currency, minor=order.due_minor),
        uri=_uri_of_all(found, label),
        rails=[
            RailShown(
                rail=one.request.rail,
                amount_msat=one.request.amount_msat,
                invoice=one.request.bolt11,
                payment_hash=one.request.payment_hash,
                address=one.request.address,
                uri=_uri(one, label),
                price=f"{one.request.price.normalize():f}",
                expires_at=one.request.expires_at,
            )
            for one in ways
        ],
        seen=[
            SeenShown(
                txid=one.txid,
                amount_msat=one.amount_msat,
                confirmations=one.confirmations,
                needed=one.needed,
                is_replaced=one.is_replaced,
                is_late=one.is_late,
                rate_until=one.rate_until,
            )
            for one in found.came
        ],
        part_msat=found.part_msat,
        missing_msat=found.missing_msat,
        page_url=links.pay_bitcoin(token),
    )


def _uri(way: Way, label: str, bolt11: str | None = None) -> str:
    request = way.request
    if request.address is not None:
        return payments.bitcoin.bitcoin_uri(request.address, request.amount_msat, bolt11=bolt11, label=label)
    assert request.bolt11 is not None, "a request has an address or an invoice"
    return payments.bitcoin.lightning_uri(request.bolt11)


def _uri_of_all(found: BitcoinPage, label: str) -> str | None:
    lightning, onchain = found.way(payments.bitcoin.LIGHTNING), found.way(payments.bitcoin.ONCHAIN)
    if onchain is not None:
        return _uri(onchain, label, None if lightning is None else lightning.request.bolt11)
    return None if lightning is None else _uri(lightning, label)
