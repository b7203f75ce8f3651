"""An order is paid by itself as soon as it stands: by its buyer's connected wallet, else by their UMA provider.

What the buyer wants is written down when the order stands, with a fact; everything after follows from facts, so it
survives whoever dies. Once for an order: the invoice is the one of its page, a wallet that was asked for this order is
not asked by itself again, and the invoice is brought to an address once however often it is told to. A wallet that
refuses has paid nothing, and only then is the same invoice brought to the UMA address: while the outcome is unknown,
nobody else is asked by us.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from admitone import accounts, orders, payments
from admitone.flows.lightning_invoice import LightningInvoices
from admitone.flows.pay_from_wallet import PayFromWallet
from admitone.flows.payment import Payment
from admitone.flows.purchase import OpenHold
from admitone.flows.uma_request import NotPayable, UmaRequesting
from admitone.flows.wallet_connections import WalletConnections
from admitone.payments import nwc
from admitone.payments.bitcoin import LIGHTNING
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Entry, announce
from admitone.values.actor import Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Busy, Gone, Refusal, TooMany

log = structlog.get_logger(__name__)
# They may pass by themselves, so the reaction is tried again; every other refusal is the end of it.
_PASSES: Final = (Busy, TooMany)
AWAITED: Final = timedelta(minutes=2)
"""So long a node or a rate that is away is waited for; then the buyer finds everything on the order's page."""
AT_ONCE: Final = timedelta(minutes=15)
"""What has not begun by then would come as a surprise, and does not begin by itself any more."""


class BeingBrought(Exception):
    """Somebody brings this invoice at this moment, or died while they did. The job is tried again."""


class NotAtOnce(Gone):
    """It was to be paid at once, and that is long ago."""

    code = "pay_at_once.too_late"
    text = "This was to be paid at once, and could not be. Please pay on the order's page."


@dataclass(frozen=True, slots=True)
class WantedAtOnce:
    """What a buyer wants: paid from the wallet they have connected, or asked by the provider of `uma`, or both."""

    from_wallet: bool = False
    uma: str | None = None

    @property
    def is_something(self) -> bool:
        """Anything at all."""
        return self.from_wallet or self.uma is not None


class PayAtOnce:
    """Writes down what buyers want, and has it done."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payment: Payment,
        invoices: LightningInvoices,
        connections: WalletConnections,
        paying: PayFromWallet,
        requesting: UmaRequesting,
    ) -> None:
        self._database = database
        self._clock = clock
        self._payment = payment
        self._invoices = invoices
        self._connections = connections
        self._paying = paying
        self._requesting = requesting

    async def check(self, actor: Actor, wanted: WantedAtOnce, opened: OpenHold) -> None:
        """Before an order is placed: can this be done for it? A hold with nothing to pay needs nothing.

        Raises `BadUmaAddress`, `OwnUmaAddress` (of the field `uma`), `NotSignedIn`, `NotConnected`, `MethodNotOffered`.
        """
        if wanted.uma is not None:
            self.check_address(wanted.uma)
        if wanted.from_wallet and await self._connections.current(actor) is None:
            raise nwc.NotConnected(field="pay_from_wallet")
        offer, quote = opened.offer, opened.quote
        if not wanted.is_something or not quote.total_minor:
            return
        choices = await self._payment.choices(
            offer.organiser_id,
            quote.currency,
            quote.total_minor,
            is_test=offer.is_test,
            starts_at=offer.starts_at,
        )
        if not any(one.method.id == LIGHTNING for one in choices):
            raise payments.MethodNotOffered(field="pay_from_wallet" if wanted.from_wallet else "uma")

    def check_address(self, typed: str) -> None:
        """Is this a UMA address an invoice can be brought to? Raises `BadUmaAddress`, `OwnUmaAddress` of `uma`."""
        try:
            self._requesting.checked(typed)
        except Refusal as refusal:
            refusal.field = "uma"
            raise

    async def want(self, actor: Actor, order: orders.OrderRow, wanted: WantedAtOnce) -> None:
        """Write down what is to happen with this order, the first time; nothing for one with nothing to pay.

        Raises `BadUmaAddress`, `OwnUmaAddress`, `NotSignedIn`.
        """
        if not wanted.is_something or order.state != orders.OrderState.PENDING or not order.due_minor:
            return
        person_id = accounts.person_id_of(actor) if wanted.from_wallet else None
        address = None if wanted.uma is None else str(self._requesting.checked(wanted.uma))
        now = self._clock.now()

        async def story(tx: Transaction) -> None:
            if await nwc.wish_at_once(tx, order.id, person_id, address, now):
                await announce(tx, [nwc.PayAtOnceWished(subject_id=order.id)], actor.label)

        await self._database.run(story)

    async def drop(self, order_id: UUID) -> None:
        """Nothing that has not begun yet happens by itself any more: the buyer has chosen another way."""
        now = self._clock.now()
        await self._database.run(lambda tx: nwc.end_at_once(tx, order_id, now))

    async def start(self, order_id: UUID) -> None:
        """Begin what was written down for this order, as far as it can be now; the rest follows by itself."""
        try:
            await self._begin(order_id)
        except (Refusal, BeingBrought) as reason:
            log.info("pay_at_once.later", order_id=str(order_id), reason=str(reason))

    async def follow(self, entry: Entry) -> None:
        """The reaction to `PayAtOnceWished`. Raises what passes by itself, to be tried again."""
        await self._begin(entry.subject_id)

    async def offer(self, entry: Entry) -> None:
        """The reaction to `WalletPaymentMoved`: what the wallet refused is brought to the buyer's UMA address.

        Raises what passes by itself, to be tried again.
        """
        async with self._database.reading() as reader:
            asked = await nwc.read(reader, entry.subject_id)
        # Since then the buyer may have asked the wallet once more.
        if asked is None or asked.state is not nwc.WalletPaymentState.REFUSED:
            return
        if asked.fallback_address is not None:
            await self._bring(asked.attempt_id, asked.fallback_address)

    async def _begin(self, order_id: UUID) -> None:
        async with self._database.reading() as reader:
            wish = await nwc.at_once_of(reader, order_id)
        if wish is None or wish.done_at is not None:
            return
        waited = self._clock.now() - wish.wished_at
        try:
            if waited > AT_ONCE:
                raise NotAtOnce
            request = await self._invoices.of_order(order_id)
            if wish.person_id is None or not await self._asked(wish):
                assert wish.person_id is not None or wish.uma_address is not None, "one of them is wanted"
                if wish.uma_address is not None:
                    await self._bring(request.attempt_id, wish.uma_address)
        except Refusal as refusal:
            if isinstance(refusal, _PASSES) and waited <= AWAITED:
                raise
            log.info("pay_at_once.not_begun", order_id=str(order_id), code=refusal.code)
        now = self._clock.now()
        await self._database.run(lambda tx: nwc.end_at_once(tx, order_id, now))

    async def _asked(self, wish: nwc.AtOnce) -> bool:
        """The connected wallet is to pay; False when it was disconnected since."""
        assert wish.person_id is not None, "somebody's wallet is wanted"
        try:
            await self._paying.begin(wish.person_id, wish.order_id, wish.uma_address)
        except nwc.NotConnected:
            return False
        return True

    async def _bring(self, attempt_id: UUID, address: str) -> None:
        """To the provider of this address. What it answers is kept, and shown to the buyer."""
        try:
            told = await self._requesting.push(attempt_id, address)
        except NotPayable:
            return  # somebody has paid it, or its time is over
        except _PASSES:
            raise
        except Refusal as refusal:
            log.info("pay_at_once.not_brought", attempt_id=str(attempt_id), code=refusal.code)
            return
        if told.is_being_brought:
            raise BeingBrought(str(attempt_id))
