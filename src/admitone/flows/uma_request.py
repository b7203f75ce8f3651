"""UMA Request: an order's invoice is brought to the provider of its buyer's wallet, where the buyer says yes.

What is brought is a signed UMA invoice that leads to the order's one Lightning invoice, so bringing it twice, or to two
addresses, costs nobody twice. It is stored before it is sent, once for each attempt and address; whatever the provider
answers is told plainly and is never taken for the payment. Whose wallet is not known reads it as a QR code
(`uma://...`). Sources: UMAD-10 and UMAD-11 of the UMA standard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from admitone import orders, payments
from admitone.flows.lightning_invoice import LightningInvoices
from admitone.flows.payable import SITE
from admitone.flows.uma_site import ORDER_DATA
from admitone.payments import uma
from admitone.payments.bitcoin import LIGHTNING, BitcoinBook, Request
from admitone.payments.uma import InvoiceWish, OwnKeys, UmaInvoiceRow, UmaProviders
from admitone.payments.uma import UmaOutcome as UmaOutcome
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.limiter import Limiter, Rule
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Conflict

log = structlog.get_logger(__name__)
PUSHES: Final = Rule("uma_request.order", 20, 600)
# A process that died while it asked is given up for dead then, and somebody else asks.
_ASKING: Final = timedelta(seconds=uma.BRING_SECONDS + 10)


class NotPayable(Conflict):
    """The invoice is over: paid, given up, or past its time."""

    code = "uma.not_payable"
    text = "This can no longer be paid. Please look at your order."


_SENTENCES: Final = {
    UmaOutcome.SENT: "We have asked {domain}. Please confirm the payment in your wallet.",
    UmaOutcome.REFUSED: "{domain} did not take our request. Please check the name, or scan the code instead.",
    UmaOutcome.NOT_OFFERED: "{domain} takes no payment requests. Please scan the code with your wallet instead.",
    UmaOutcome.NOT_REACHED: "{domain} does not answer. Please check the name, or scan the code instead.",
    UmaOutcome.UNKNOWN: "We do not know whether {domain} has taken our request. Please look into your wallet; "
    "if nothing is there, ask again.",
}


@dataclass(frozen=True, slots=True)
class UmaRequested:
    """How it stands. `uri` is what a wallet of anybody may open or scan; `sentence` is for the buyer.
    `is_being_brought`: at this moment, or by a process that died over it.
    """

    outcome: UmaOutcome
    address: str
    sentence: str
    uri: str
    expires_at: datetime
    is_being_brought: bool = False


class UmaRequesting:
    """Brings invoices to providers. `callback` gives the address where an order is paid, by its id, `domain` is ours,
    `kyc` what we say of our receivers.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        providers: UmaProviders,
        limiter: Limiter,
        invoices: LightningInvoices,
        book: BitcoinBook,
        keys: OwnKeys,
        callback: Callable[[UUID], str],
        *,
        domain: str,
        kyc: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._providers = providers
        self._limiter = limiter
        self._invoices = invoices
        self._book = book
        self._keys = keys
        self._callback = callback
        self._domain = domain
        self._kyc = kyc

    def checked(self, typed: str) -> uma.UmaAddress:
        """The UMA address that was typed, of somebody else's site. Raises `BadUmaAddress`, `OwnUmaAddress`."""
        to = uma.uma_address(typed)
        if to.domain == self._domain:
            raise uma.OwnUmaAddress(field="address")
        return to

    async def push_order(self, order_id: UUID, address: str, *, source: str | None = None) -> UmaRequested:
        """Bring the order's invoice to the provider of this address. As `push`, and as `LightningInvoices.of_order`."""
        uma.uma_address(address)
        request = await self._invoices.of_order(order_id)
        return await self.push(request.attempt_id, address, source=source)

    async def push(self, attempt_id: UUID, address: str, *, source: str | None = None) -> UmaRequested:
        """Bring the invoice of this attempt to the provider of this address; what became of it. `source` is who asks
        (`limiter.source_key`), and has a share of what is asked at once; None: nobody who waits.

        Once it was taken, asking again changes nothing. Raises `BadUmaAddress`, `OwnUmaAddress`, `NotPayable`,
        `AttemptNotFound`, `TooMany`.
        """
        to = self.checked(address)
        order, request = await self._payable(attempt_id)
        await self._limiter.take(PUSHES, str(order.id))
        invoice = await self._made(order, request, str(to))
        now = self._clock.now()
        mine = await self._database.run(lambda tx: _take(tx, invoice, now))
        if mine is None:
            return _told(await self._again(invoice), to.domain)
        outcome = await self._providers.bring(to.domain, mine.invoice, source)
        log.info("uma_request.brought", attempt_id=str(attempt_id), provider=to.domain, outcome=outcome.value)
        state = outcome.value if outcome in (UmaOutcome.SENT, UmaOutcome.UNKNOWN) else "refused"
        ended = self._clock.now()
        moved = await self._database.run(
            lambda tx: uma.move(
                tx, mine.id, from_states=["sending"], to=state, reason=outcome.value, now=ended
            )
        )
        return _told(moved or mine, to.domain)

    async def of_order(self, order_id: UUID) -> tuple[UmaRequested, ...]:
        """To whom this order's invoice was brought, and what became of it, oldest first."""
        async with self._database.reading() as reader:
            found = await uma.of_order(reader, order_id)
        return tuple(_told(one, one.address.partition("@")[2]) for one in found if one.address)

    async def for_anybody(self, attempt_id: UUID) -> UmaRequested:
        """The UMA invoice of this attempt, to be scanned or opened. Raises `NotPayable`, `AttemptNotFound`."""
        order, request = await self._payable(attempt_id)
        return _told(await self._made(order, request, ""), "")

    async def _payable(self, attempt_id: UUID) -> tuple[orders.OrderRow, Request]:
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, attempt_id)
            order = await orders.by_id(reader, attempt.order_id)
        request = await self._book.request(attempt_id) if attempt.method == LIGHTNING else None
        if request is None or not attempt.is_open or order.state != orders.OrderState.PENDING:
            raise NotPayable
        if request.given_up_at is not None or request.expires_at <= self._clock.now():
            raise NotPayable
        return order, request

    async def _made(self, order: orders.OrderRow, request: Request, address: str) -> UmaInvoiceRow:
        """The UMA invoice of this attempt for this address, signed and stored the first time."""
        async with self._database.reading() as reader:
            known = await uma.of_attempt(reader, request.attempt_id, address)
        if known is not None:
            return known
        wish = InvoiceWish(
            receiver=f"${SITE}@{self._domain}",
            msat=request.amount_msat,
            callback=self._callback(order.id),
            payer_data=ORDER_DATA,
            kyc=self._kyc,
            sender=address or None,
        )
        text = (await uma.load()).make_invoice(wish, self._keys, request.expires_at)
        now = self._clock.now()
        new = UmaInvoiceRow(
            id=uuid7(),
            organiser_id=order.organiser_id,
            event_id=order.event_id,
            order_id=order.id,
            attempt_id=request.attempt_id,
            ticket_type_id=None,
            address=address,
            amount_msat=request.amount_msat,
            amount_minor=request.amount_minor,
            currency=request.currency,
            price=None,
            invoice=text,
            state="made",
            reason=None,
            expires_at=request.expires_at,
            created_at=now,
            updated_at=now,
        )
        return await self._database.run(lambda tx: uma.insert(tx, new))

    async def _again(self, invoice: UmaInvoiceRow) -> UmaInvoiceRow:
        async with self._database.reading() as reader:
            found = await uma.by_id(reader, invoice.id)
        assert found is not None, "UMA invoices are not deleted"
        return found


async def _take(tx: Transaction, invoice: UmaInvoiceRow, now: datetime) -> UmaInvoiceRow | None:
    """It is ours to bring; None when it was taken, or is being brought by somebody else."""
    from_states = ["made", "refused", "unknown"]
    if invoice.state == "sending" and invoice.updated_at < now - _ASKING:
        from_states.append("sending")
    return await uma.move(tx, invoice.id, from_states=from_states, to="sending", reason=None, now=now)


def _told(invoice: UmaInvoiceRow, domain: str) -> UmaRequested:
    # What is being brought at this moment, or was when a process died, may have been taken.
    outcome = UmaOutcome(invoice.reason) if invoice.reason else UmaOutcome.UNKNOWN
    sentence = _SENTENCES[outcome].format(domain=domain) if invoice.address else ""
    return UmaRequested(
        outcome,
        invoice.address,
        sentence,
        f"uma://{invoice.invoice}",
        invoice.expires_at,
        is_being_brought=invoice.state == "sending",
    )
