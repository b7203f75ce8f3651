"""PayPal: our side of the wire. The buyer agrees on PayPal's page, and the money is taken when we ask what came of it.

PayPal takes nothing by itself: an order the buyer has approved waits for our capture. `status` captures (with a key
made of the attempt), whoever asks first: the buyer coming back, the notice, the timetable. So money comes only for what
somebody here was told of.

Orders cannot be found by our key. What this process started it remembers; anything else is looked for among PayPal's
happenings, which know an order once its buyer has agreed. One that nobody agreed to is not found, and takes no money;
`start` with the same key finds it for six hours.

Source: PayPal orders v2 and payments v2 (OpenAPI documents 2.13 and 2.5).
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from admitone.payments.account_status import AccountStatus, ProviderAway
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.provider import (
    NOT_FOUND,
    About,
    Ask,
    Capabilities,
    Method,
    NoticeRead,
    Outcome,
    Prompt,
    RefundAsk,
    RefundStatus,
    Status,
)
from admitone.payments.providers.paypal import amounts, happenings, notices, orders, refunds
from admitone.payments.providers.paypal.books import PayPalBooks
from admitone.payments.providers.paypal.disputes import PayPalDisputes
from admitone.payments.providers.paypal.payouts import PayPalPayouts
from admitone.payments.providers.paypal.shapes import Order, Owner, Webhook
from admitone.payments.providers.paypal.wire import Answer, NoAnswer, Wire
from admitone.payments.roles import Roles
from admitone.plumbing.database import require_no_transaction

METHOD = Method("paypal", "PayPal", "With your PayPal account, or a card on PayPal's page", "external-link")
REMEMBERED_MOST = 10_000
ORDER_LIFE = timedelta(hours=6)
_ORDERS = "/v2/checkout/orders"
# These say that the order may still be paid, or that somebody else is taking the money at this moment.
_STILL_OPEN = frozenset(
    {"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"}
)
_AT_WORK = frozenset({"ORDER_COMPLETION_IN_PROGRESS"})
_TAKEN = frozenset({"ORDER_ALREADY_CAPTURED", "ORDER_ALREADY_COMPLETED"})
# Said of the key, not of the payment: what the key did before stands.
_OF_THE_KEY = frozenset({"DUPLICATE_REQUEST_ID", "PAYPAL_REQUEST_ID_REQUIRED", "DUPLICATE_INVOICE_ID"})


class Remembered:
    """What this process started: PayPal's name by our id, the last ten thousand of them."""

    def __init__(self) -> None:
        self._refs: OrderedDict[UUID, str] = OrderedDict()

    def keep(self, key: UUID, ref: str) -> None:
        """Remember a name."""
        self._refs[key] = ref
        self._refs.move_to_end(key)
        if len(self._refs) > REMEMBERED_MOST:
            self._refs.popitem(last=False)

    def find(self, key: UUID) -> str | None:
        """The name, if this process has heard it."""
        return self._refs.get(key)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a provider for one account is put together from. `page_origin` is where buyers are sent."""

    sheet: AccountSheet
    wire: Wire = field(repr=False)
    certificates: notices.Certificates = field(repr=False)
    webhook_id: str
    page_origin: str
    remembered: Remembered = field(repr=False)


class PayPalProvider:
    """Implements `Provider` for one account."""

    name = "paypal"
    methods = (METHOD,)

    def __init__(self, parts: Parts) -> None:
        self._sheet = parts.sheet
        self._wire = parts.wire
        self._certificates = parts.certificates
        self._webhook_id = parts.webhook_id
        self._page_origin = parts.page_origin
        self._remembered = parts.remembered
        self.capabilities: Mapping[str, Capabilities] = MappingProxyType(
            {
                METHOD.id: Capabilities(
                    currencies=amounts.CURRENCIES,
                    amount_min_minor_in=amounts.LEAST_MINOR,
                    amount_step_minor_in=amounts.STEP_MINOR,
                    refund_days=180,
                    needs_redirect=True,
                    redirect_origins=frozenset({parts.page_origin}),
                    pay_within=timedelta(hours=3),
                )
            }
        )
        self.roles = Roles(
            pays_out=PayPalPayouts(parts.wire, parts.remembered),
            mirrored=PayPalBooks(parts.wire),
            disputes=PayPalDisputes(parts.wire),
        )

    def __repr__(self) -> str:
        return f"PayPalProvider({self._sheet.id})"

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""
        require_no_transaction("PayPal")
        assert ask.split is None, (
            "PayPal splits payments for approved partners only, and plays no such role here"
        )
        value = amounts.written(ask.currency, ask.amount_minor)
        if value is None or ask.currency not in amounts.CURRENCIES:
            return _unstarted(Outcome.FAILED, "DECIMALS_NOT_SUPPORTED")
        body = orders.request_of(ask, self._sheet, value)
        try:
            answer = await self._wire.post(_ORDERS, body, key=str(ask.attempt_id))
            if not answer.is_done:
                return _not_started(answer)
            order = answer.read(Order)
            unit = orders.unit_of(order, self._sheet)
            given = unit.amount.currency_code, amounts.read(unit.amount.currency_code, unit.amount.value)
            if orders.attempt_of(unit) != ask.attempt_id or given != (ask.currency, ask.amount_minor):
                return _unstarted(Outcome.UNKNOWN, "other_payment")
            status = orders.status_of(order, self._sheet)
            page = orders.page_of(order, self._page_origin)
        except NoAnswer as silence:
            return _unstarted(Outcome.UNKNOWN, silence.reason)
        except amounts.UnreadableAmount:
            return _unstarted(Outcome.UNKNOWN, "unreadable")
        if page is None and order.status in ("CREATED", "PAYER_ACTION_REQUIRED"):
            return _unstarted(Outcome.UNKNOWN, "no_page")
        self._remembered.keep(ask.attempt_id, order.id)
        return Prompt(order.id, page, {}, status)

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`. Takes the money when the buyer has agreed and it was not taken yet."""
        require_no_transaction("PayPal")
        try:
            ref = provider_ref or await self._found(attempt_id)
            if ref is None:
                return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND)
            return await self._settled(attempt_id, ref)
        except NoAnswer as silence:
            return Status(provider_ref, Outcome.UNKNOWN, reason=silence.reason)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`. PayPal cannot close an order, so it is marked, and what is marked is never captured."""
        status = await self.status(attempt_id, provider_ref)
        if status.outcome is not Outcome.PENDING or status.provider_ref is None or status.attempt_id is None:
            return status
        mark = {
            "op": "replace",
            "path": f"/purchase_units/@reference_id=='{self._sheet.id}'/custom_id",
            "value": orders.custom_id(status.attempt_id, is_cancelled=True),
        }
        try:
            await self._wire.patch(f"{_ORDERS}/{status.provider_ref}", [mark])
        except NoAnswer as silence:
            return Status(status.provider_ref, Outcome.UNKNOWN, reason=silence.reason)
        # Whatever was answered: the buyer may have been faster, and the order says what is so.
        return await self.status(attempt_id, status.provider_ref)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        require_no_transaction("PayPal")
        assert ask.split_back_minor is None, "there was no split"
        return await refunds.refund(self._wire, self._sheet, ask)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        require_no_transaction("PayPal")
        return await refunds.refund_status(self._wire, self._sheet, refund_id, payment_ref, refund_ref)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`. Raises `ProviderAway` when PayPal's certificate cannot be fetched."""
        require_no_transaction("PayPal")
        return await notices.read(self._certificates, self._webhook_id, headers, body, self._wire.now())

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`, of the last thirty days at most. Raises `ProviderAway`."""
        require_no_transaction("PayPal")
        seen: set[str] = set()
        try:
            async for one in happenings.since(self._wire, since, self._wire.now()):
                known = happenings.about(one)
                if known is None or known[0] is not About.PAYMENT or known[1] in seen:
                    continue
                seen.add(known[1])
                try:
                    status = await self._settled(orders.ANY_ATTEMPT, known[1])
                except NoAnswer as silence:
                    if silence.reason in ("other_account", "other_order"):
                        continue
                    raise
                yield status
        except NoAnswer as silence:
            raise ProviderAway from silence

    async def look(self) -> AccountStatus:
        """As `Provider.look`. `missing` names kinds of notice the account's webhook does not send us."""
        require_no_transaction("PayPal")
        scope, app_id = await self._wire.sign_in()
        try:
            webhook = await self._wire.get(f"/v1/notifications/webhooks/{self._webhook_id}")
            missing = self._missing(webhook)
            owner = await self._owner()
        except NoAnswer as silence:
            raise ProviderAway from silence
        return AccountStatus(
            ref=owner.payer_id or self._sheet.ref or app_id,
            can_take=True,
            can_pay_out="https://uri.paypal.com/payments/payouts" in scope.split(),
            country=owner.address.country,
            currencies=amounts.CURRENCIES,
            is_live=self._sheet.mode is Mode.LIVE,
            label=owner.name,
            missing=missing,
        )

    def _missing(self, answer: Answer) -> tuple[str, ...]:
        if answer.status in (400, 404):
            return ("webhook",)
        webhook = answer.read(Webhook)
        if webhook.url != self._sheet.notice_url:
            return ("webhook_url",)
        sent = {one.name for one in webhook.event_types}
        return () if "*" in sent else tuple(one for one in happenings.NEEDED if one not in sent)

    async def _owner(self) -> Owner:
        # Not every app may read whose account it is; then the account stays nameless, and works all the same.
        answer = await self._wire.get("/v1/identity/oauth2/userinfo", {"schema": "paypalv1.1"})
        return answer.read(Owner) if answer.is_done else Owner()

    async def _found(self, attempt_id: UUID) -> str | None:
        remembered = self._remembered.find(attempt_id)
        if remembered is not None:
            return remembered
        now = self._wire.now()
        begun = happenings.begun_at(attempt_id)
        if begun is None or begun > now + happenings.SKEW:
            begun = now - ORDER_LIFE
        mark = orders.custom_id(attempt_id)
        async for one in happenings.since(self._wire, begun - happenings.SKEW, now):
            ref = happenings.order_named(one, mark)
            if ref is not None:
                self._remembered.keep(attempt_id, ref)
                return ref
        return None

    async def _settled(self, attempt_id: UUID, ref: str) -> Status:
        """What the order says once everything that can be done for it is done. Raises `NoAnswer`."""
        order = await refunds.read_order(self._wire, ref)
        if order is None:
            return Status(ref, Outcome.UNKNOWN, reason=NOT_FOUND)
        unit = orders.unit_of(order, self._sheet)
        if not orders.may_capture(order, unit, attempt_id):
            return orders.status_of(order, self._sheet)
        key = f"capture-{orders.attempt_of(unit)}"
        answer = await self._wire.post(f"{_ORDERS}/{ref}/capture", {}, key=key)
        if answer.is_done:
            return orders.status_of(answer.read(Order), self._sheet)
        word = answer.fault().word()
        attempt = orders.attempt_of(unit)
        if word in _TAKEN:
            order = await refunds.read_order(self._wire, ref)
            if order is None:
                raise NoAnswer(word)
            return orders.status_of(order, self._sheet)
        if word in _STILL_OPEN:
            return Status(ref, Outcome.PENDING, reason=word, attempt_id=attempt)
        if word in _AT_WORK:
            return Status(ref, Outcome.SEEN, reason=word, attempt_id=attempt)
        if answer.status == 422:
            return Status(ref, Outcome.FAILED, reason=word, attempt_id=attempt)
        raise NoAnswer(word)


def _unstarted(outcome: Outcome, reason: str) -> Prompt:
    return Prompt(None, None, {}, Status(None, outcome, reason=reason))


def _not_started(answer: Answer) -> Prompt:
    word = answer.fault().word()
    is_final = answer.status in (400, 403, 422) and word not in _OF_THE_KEY
    return _unstarted(Outcome.FAILED if is_final else Outcome.UNKNOWN, word)
