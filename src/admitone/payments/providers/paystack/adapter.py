"""Our side of the wire to Paystack: the `Provider` for buyers in Nigeria, Ghana, South Africa and Kenya.

Sources: Paystack's OpenAPI document 1.0.0 and its API reference. What is particular about it:

* our attempt's id is the transaction's `reference`, and used twice it is refused ("Duplicate Transaction Reference");
  then the payment is looked up, never made again;
* the address of a payment page is told once. When that answer was lost the page can be opened by nobody, so the
  buyer is asked to choose again: another attempt, and nothing to pay twice;
* a page cannot be closed: `cancel` only looks;
* amounts are minor units; all its currencies have two decimals.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit
from uuid import UUID

import msgspec

from admitone.payments.account_status import AccountStatus, BadCredentials, ProviderAway
from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import (
    NOT_FOUND,
    Ask,
    NoticeRead,
    Outcome,
    Prompt,
    RefundAsk,
    RefundStatus,
    Status,
)
from admitone.payments.providers.paystack import notices
from admitone.payments.providers.paystack.account import look
from admitone.payments.providers.paystack.capabilities import CHECKOUT, METHODS, capabilities
from admitone.payments.providers.paystack.disputes import PaystackDisputes
from admitone.payments.providers.paystack.memory import Link, Memory
from admitone.payments.providers.paystack.mirror import PaystackBooks
from admitone.payments.providers.paystack.payouts import PaystackPayouts
from admitone.payments.providers.paystack.refunds import Refunds
from admitone.payments.providers.paystack.rows import ACCOUNT, ATTEMPT, Transaction, status_of, written
from admitone.payments.providers.paystack.wire import API, NoAnswer, Said, Wire
from admitone.payments.roles import Roles
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

NAME = "paystack"
# Lists are searched by when a payment was begun, and what was begun may be paid much later, as by a slow bank.
BEGUN_BEFORE = timedelta(days=7)
OTHER_AMOUNT = "other_amount"
LINK_LOST: Mapping[str, str] = {
    "The way to Paystack's page was lost": "please choose how to pay once more, nothing was taken"
}


class _Session(msgspec.Struct):
    authorization_url: str
    reference: str


class PaystackProvider:
    """Implements `Provider` for one account. `base` is where the API is, `origins` where its payment pages are."""

    name = NAME
    methods = METHODS

    def __init__(
        self,
        sheet: AccountSheet,
        secret_key: str,
        client: Client,
        clock: Clock,
        *,
        base: str = API,
        origins: frozenset[str] = frozenset({CHECKOUT}),
        memory: Memory | None = None,
    ) -> None:
        self._sheet = sheet
        self._secret_key = secret_key
        self._clock = clock
        self._origins = origins
        self._memory = memory or Memory()
        self._wire = Wire(client, secret_key, base)
        self._refunds = Refunds(self._wire, self._memory, sheet.mode, sheet.id)
        self.capabilities = capabilities(origins)
        self.roles = Roles(
            pays_out=PaystackPayouts(self._wire),
            mirrored=PaystackBooks(self._wire, clock),
            disputes=PaystackDisputes(self._wire),
        )

    def __repr__(self) -> str:
        return f"PaystackProvider({self._sheet.id}, {self._sheet.mode.value})"

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`. Paystack wants to know the buyer's address; without one it is no way of paying."""
        require_no_transaction("Paystack")
        reference = ask.attempt_id.hex
        async with self._memory.lock(f"start {reference}"):
            known = self._memory.link(reference)
            if known is not None:
                is_same = (known.currency, known.amount_minor) == (ask.currency, ask.amount_minor)
                return self._prompt(ask, known.url) if is_same else _unknown(OTHER_AMOUNT)
            try:
                return await self._start(ask)
            except NoAnswer as lost:
                return _unknown(lost.reason)

    async def _start(self, ask: Ask) -> Prompt:
        if not ask.buyer_email:
            return _failed("email_missing")
        said = await self._wire.ask("POST", "/transaction/initialize", body=self._opening(ask))
        if said.is_duplicate:
            return await self._found(ask)
        if not said.is_good:
            return _failed(said.word)
        session = said.read(_Session)
        address = urlsplit(session.authorization_url)
        if (
            session.reference != ask.attempt_id.hex
            or f"{address.scheme}://{address.netloc}" not in self._origins
        ):
            return _unknown("unreadable")
        link = Link(session.authorization_url, ask.currency, ask.amount_minor)
        self._memory.keep_link(session.reference, link)
        return self._prompt(ask, link.url)

    def _opening(self, ask: Ask) -> dict[str, object]:
        body: dict[str, object] = {
            "email": ask.buyer_email,
            "amount": ask.amount_minor,
            "currency": ask.currency,
            "reference": ask.attempt_id.hex,
            "callback_url": ask.return_url,
            "channels": [ask.method],
            "metadata": {
                ATTEMPT: ask.attempt_id.hex,
                ACCOUNT: self._sheet.id.hex,
                "order_code": ask.order_code,
                # Where the page's own "cancel" leads.
                "cancel_action": ask.return_url,
                "custom_fields": [
                    {"display_name": "For", "variable_name": "description", "value": ask.description}
                ],
            },
        }
        if ask.split is not None:
            # `transaction_charge` stays with us whatever the share of the subaccount is; Paystack's fee is ours.
            body["subaccount"] = ask.split.to_ref
            body["transaction_charge"] = str(ask.split.fee_minor)
            body["bearer"] = "account"
        return body

    async def _found(self, ask: Ask) -> Prompt:
        """What this key started before; the page's address went with the answer that was lost."""
        said = await self._verify(ask.attempt_id.hex)
        if not said.is_good:
            return _unknown("contradiction" if said.is_absent else said.word)
        found = said.read(Transaction)
        status = self._status(found)
        if status.outcome is Outcome.UNKNOWN:
            return _unknown(status.reason or "unknown")
        is_same = (found.currency, found.asked_minor) == (ask.currency, ask.amount_minor)
        if status.attempt_id != ask.attempt_id or not is_same:
            return _unknown(OTHER_AMOUNT)
        instructions = LINK_LOST if status.outcome is Outcome.PENDING else {}
        return Prompt(found.reference, None, instructions, status)

    def _prompt(self, ask: Ask, url: str) -> Prompt:
        reference = ask.attempt_id.hex
        return Prompt(reference, url, {}, Status(reference, Outcome.PENDING, attempt_id=ask.attempt_id))

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        require_no_transaction("Paystack")
        try:
            said = await self._verify(provider_ref or attempt_id.hex)
            if said.is_absent:
                return Status(provider_ref, Outcome.UNKNOWN, reason=NOT_FOUND)
            if not said.is_good:
                return Status(provider_ref, Outcome.UNKNOWN, reason=said.word)
            return self._status(said.read(Transaction))
        except NoAnswer as lost:
            return Status(provider_ref, Outcome.UNKNOWN, reason=lost.reason)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `status`: a page at Paystack cannot be closed, and money that comes late is sent back by settlement."""
        return await self.status(attempt_id, provider_ref)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        return await self._refunds.refund(ask)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._refunds.refund_status(refund_id, payment_ref, refund_ref)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`."""
        return notices.read(self._secret_key, self._sheet.mode, self._sheet.ref, headers, body)

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`, also payments that are not ours: other shops may use the same account."""
        require_no_transaction("Paystack")
        query = {"from": written(since - BEGUN_BEFORE)}
        seen: set[int] = set()
        try:
            async for found in self._wire.pages("/transaction", Transaction, query, size_name="per_page"):
                changed_at = found.changed_at
                if found.id in seen or (changed_at is not None and changed_at < since):
                    continue
                seen.add(found.id)
                yield self._status(found)
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None

    async def look(self) -> AccountStatus:
        """As `Provider.look`."""
        require_no_transaction("Paystack")
        if not self._secret_key.startswith(f"sk_{self._sheet.mode.value}_"):
            raise BadCredentials(reason="other_mode")
        return await look(self._wire, self._sheet, self._secret_key)

    async def _verify(self, reference: str) -> Said:
        return await self._wire.ask("GET", f"/transaction/verify/{quote(reference, safe='')}")

    def _status(self, found: Transaction) -> Status:
        return status_of(found, self._sheet.mode, self._sheet.id)


def _unknown(reason: str) -> Prompt:
    return Prompt(None, None, {}, Status(None, Outcome.UNKNOWN, reason=reason))


def _failed(reason: str) -> Prompt:
    return Prompt(None, None, {}, Status(None, Outcome.FAILED, reason=reason))
