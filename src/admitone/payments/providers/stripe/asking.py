"""Starting a payment: a visit to the hosted page (Checkout Session), or a payment intent for programs of others.

The same ask is always the same request, byte for byte, because Stripe compares it with what it kept under the key. So
nothing in it is taken from the clock.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import Ask, Outcome, Prompt, Status
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.amounts import NotPayable, to_stripe
from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.payments.providers.stripe.finding import INTENT, SESSION, moment_of
from admitone.payments.providers.stripe.line import Line, plain
from admitone.payments.providers.stripe.reading import status_of
from admitone.payments.providers.stripe.sheet import CARD, PAY_WITHIN
from admitone.values.clock import epoch_ms

# Stripe wants 30 minutes at least, counted from when the request arrives. An order that ends sooner closes its session
# itself (`cancel`).
SESSION_LEAST = timedelta(minutes=31)


class Asking:
    """Starts payments for one account."""

    def __init__(self, line: Line, sheet: AccountSheet, publishable_key: str, checkout_origin: str) -> None:
        self._line = line
        self._sheet = sheet
        self._publishable_key = publishable_key
        self._checkout_origin = checkout_origin

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""
        try:
            return await (self._intent(ask) if ask.method == CARD.id else self._session(ask))
        except NotPayable:
            return _no_prompt(Outcome.FAILED, "amount_not_payable")
        except NoAnswer as lost:
            return _no_prompt(Outcome.UNKNOWN, lost.reason)
        except SaysNo as no:
            outcome = Outcome.FAILED if no.kind in (No.REFUSED, No.MISSING) else Outcome.UNKNOWN
            return _no_prompt(outcome, no.reason)

    async def _session(self, ask: Ask) -> Prompt:
        session = await self._line.keyed(
            SESSION, wire.Session, str(ask.attempt_id), **self._session_params(ask)
        )
        if session.url is None:
            raise NoAnswer("unreadable")
        given = urlsplit(session.url)
        if f"{given.scheme}://{given.netloc}" != self._checkout_origin:
            raise NoAnswer("unexpected_address")
        return Prompt(session.id, session.url, {}, status_of(session, self._sheet))

    def _session_params(self, ask: Ask) -> dict[str, Any]:
        name = ask.description or "Order"
        price = {
            "currency": ask.currency.lower(),
            "unit_amount": to_stripe(ask.amount_minor, ask.currency),
            "product_data": {"name": name},
        }
        # What the organiser has turned on in Stripe's dashboard may come days later (debits), so it is a choice.
        takes_all = self._sheet.options.get("checkout_methods") == "dashboard"
        return plain(
            {
                "mode": "payment",
                "success_url": ask.return_url,
                "cancel_url": ask.return_url,
                "client_reference_id": str(ask.attempt_id),
                "customer_email": ask.buyer_email,
                "expires_at": _session_until(ask),
                "line_items": [{"price_data": price, "quantity": 1}],
                "payment_method_types": None if takes_all else ["card"],
                "metadata": self._metadata(ask),
                "payment_intent_data": self._intent_data(ask),
            }
        )

    async def _intent(self, ask: Ask) -> Prompt:
        intent = await self._line.keyed(
            INTENT,
            wire.Intent,
            str(ask.attempt_id),
            amount=to_stripe(ask.amount_minor, ask.currency),
            currency=ask.currency.lower(),
            payment_method_types=["card"],
            **self._intent_data(ask),
        )
        if intent.client_secret is None:
            raise NoAnswer("unreadable")
        instructions = {"client_secret": intent.client_secret, "publishable_key": self._publishable_key}
        return Prompt(intent.id, None, instructions, status_of(intent, self._sheet))

    def _intent_data(self, ask: Ask) -> dict[str, Any]:
        data: dict[str, Any] = {"description": ask.description or None, "metadata": self._metadata(ask)}
        if ask.split is not None:
            data["transfer_data"] = {"destination": ask.split.to_ref}
            data["application_fee_amount"] = to_stripe(ask.split.fee_minor, ask.currency) or None
        return plain(data)

    def _metadata(self, ask: Ask) -> dict[str, str]:
        return plain(
            {
                wire.ATTEMPT: str(ask.attempt_id),
                wire.ACCOUNT: str(self._sheet.id),
                **sites_own(self._sheet),
                wire.METHOD: ask.method,
                wire.ORDER: ask.order_code or None,
            }
        )


def _session_until(ask: Ask) -> int:
    until = ask.pay_until + SESSION_LEAST
    started_at = moment_of(ask.attempt_id)
    if started_at is not None:
        until = min(until, started_at + PAY_WITHIN)
    return epoch_ms(until) // 1000


def _no_prompt(outcome: Outcome, reason: str) -> Prompt:
    return Prompt(None, None, {}, Status(None, outcome, reason=reason))


def sites_own(sheet: AccountSheet) -> dict[str, str]:
    """Names the site's own account, for one that was opened under it: that is who hears of its payments."""
    own = sheet.options.get("sites_own")
    return {} if own is None else {wire.SITES_OWN: own}
