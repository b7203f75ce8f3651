"""Checkout Sessions, payment intents and their charges."""

import re
from typing import Any

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing
from admitone.entrypoints.standins.stripe.forms import Call

THIRTY_MINUTES = 30 * 60
DAY = 24 * 3600
# The currencies in which Stripe refuses less; a few, so that a demo meets them.
LEAST = {"usd": 50, "eur": 50, "gbp": 30, "chf": 50, "jpy": 50, "sek": 300, "nok": 300, "czk": 1500}
_QUERY = re.compile(r"""metadata\[['"]([^'"]+)['"]\]:['"]([^'"]+)['"]""")


def create_session(call: Call) -> Thing:
    """`POST /v1/checkout/sessions`."""
    books, params = call.books, call.params
    success_url = call.text("success_url")
    lines = params.get("line_items", [])
    if not isinstance(lines, list) or not lines:
        raise Says(400, "Missing required param: line_items.", code="parameter_missing", param="line_items")
    currency, amount = "", 0
    for line in lines:
        price = line["price_data"]
        currency = price["currency"]
        amount += call.whole("unit_amount", price) * call.whole("quantity", line)
    _enough(amount, currency)
    until = call.whole("expires_at") if "expires_at" in params else books.now() + DAY
    if not books.now() + THIRTY_MINUTES <= until <= books.now() + DAY:
        raise Says(
            400,
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from session creation.",
            param="expires_at",
        )
    data = call.inner("payment_intent_data")
    _destination(call, data)
    mode = "live" if books.is_live else "test"
    session = books.add(
        f"cs_{mode}",
        "checkout.session",
        {
            "amount_subtotal": amount,
            "amount_total": amount,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "cancel_url": params.get("cancel_url"),
            "client_reference_id": params.get("client_reference_id"),
            "client_secret": None,
            "currency": currency,
            "customer": None,
            "customer_email": params.get("customer_email"),
            "expires_at": until,
            "livemode": books.is_live,
            "locale": None,
            "metadata": call.inner("metadata"),
            "mode": call.text("mode"),
            "payment_intent": None,
            "payment_method_types": params.get("payment_method_types", ["card"]),
            "payment_status": "unpaid",
            "status": "open",
            "success_url": success_url,
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "_intent": data,
            "_lines": [line["price_data"].get("product_data", {}).get("name", "") for line in lines],
        },
    )
    session["url"] = f"{call.options['public_url']}/c/pay/{session['id']}"
    return call.show(session)


def list_sessions(call: Call) -> Thing:
    """`GET /v1/checkout/sessions`."""
    wanted = call.params.get("payment_intent")
    found = (one for one in call.books.all("checkout.session") if wanted in (None, one["payment_intent"]))
    return call.listed(found)


def read_session(call: Call) -> Thing:
    """`GET /v1/checkout/sessions/{session}`."""
    session = call.books.get("checkout.session", call.names[0], "session")
    close_if_over(call.books, session)
    return call.show(session)


def expire_session(call: Call) -> Thing:
    """`POST /v1/checkout/sessions/{session}/expire`."""
    session = call.books.get("checkout.session", call.names[0], "session")
    if session["status"] != "open":
        raise Says(
            400, f"This Checkout Session is {session['status']} and cannot be expired.", param="session"
        )
    _expire(call.books, session)
    return call.show(session)


def create_intent(call: Call) -> Thing:
    """`POST /v1/payment_intents`."""
    amount, currency = call.whole("amount"), call.text("currency")
    _enough(amount, currency)
    _destination(call, call.params)
    return call.show(make_intent(call.books, amount, currency, call.params))


def list_intents(call: Call) -> Thing:
    """`GET /v1/payment_intents`."""
    return call.listed(call.books.all("payment_intent"))


def search_intents(call: Call) -> Thing:
    """`GET /v1/payment_intents/search`, for one word of the metadata."""
    asked = _QUERY.fullmatch(call.text("query"))
    if asked is None:
        raise Says(400, "We were unable to parse your search query.", param="query")
    name, value = asked.groups()
    found = (one for one in call.books.all("payment_intent") if one["metadata"].get(name) == value)
    return {**call.listed(found), "object": "search_result", "next_page": None}


def read_intent(call: Call) -> Thing:
    """`GET /v1/payment_intents/{intent}`."""
    return call.show(call.books.get("payment_intent", call.names[0], "intent"))


def cancel_intent(call: Call) -> Thing:
    """`POST /v1/payment_intents/{intent}/cancel`."""
    intent = call.books.get("payment_intent", call.names[0], "intent")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise Says(
            400,
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    intent |= {"status": "canceled", "canceled_at": call.books.now(), "cancellation_reason": None}
    call.books.tell("payment_intent.canceled", intent, None)
    return call.show(intent)


def read_charge(call: Call) -> Thing:
    """`GET /v1/charges/{charge}`."""
    return call.show(call.books.get("charge", call.names[0], "charge"))


def make_intent(books: Books, amount: int, currency: str, params: Thing) -> Thing:
    """A payment intent that waits for a card."""
    fee = params.get("application_fee_amount")
    intent = books.add(
        "pi",
        "payment_intent",
        {
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None if fee is None else int(fee),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic",
            "confirmation_method": "automatic",
            "currency": currency,
            "customer": None,
            "description": params.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": books.is_live,
            "metadata": params.get("metadata", {}),
            "next_action": None,
            "payment_method": None,
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": None,
            "status": "requires_payment_method",
            "transfer_data": params.get("transfer_data"),
            "transfer_group": None,
        },
    )
    intent["client_secret"] = f"{intent['id']}_secret_{books.new_id('s')[2:]}"
    return intent


def intent_of(books: Books, session: Thing) -> Thing:
    """The session's intent: made when the buyer first tries, as Stripe does."""
    if session["payment_intent"] is None:
        intent = make_intent(books, session["amount_total"], session["currency"], session["_intent"])
        session["payment_intent"] = intent["id"]
    return books.get("payment_intent", session["payment_intent"])


def close_if_over(books: Books, session: Thing) -> None:
    """A session whose time has passed is expired."""
    if session["status"] == "open" and session["expires_at"] <= books.now():
        _expire(books, session)


def _expire(books: Books, session: Thing) -> None:
    session |= {"status": "expired", "url": None}
    if session["payment_intent"] is not None:
        intent = books.get("payment_intent", session["payment_intent"])
        intent |= {"status": "canceled", "canceled_at": books.now(), "cancellation_reason": "expired"}
    books.tell("checkout.session.expired", session, None)


def _enough(amount: int, currency: str) -> None:
    if amount < LEAST.get(currency, 1):
        raise Says(400, "Amount must be at least the minimum.", code="amount_too_small", param="amount")
    if amount > 99_999_999:
        raise Says(400, "Amount must be no more than 99999999.", code="amount_too_large", param="amount")


def _destination(call: Call, data: dict[str, Any]) -> None:
    transfer = data.get("transfer_data")
    if transfer is None:
        return
    ref = transfer["destination"]
    if call.books.get("account", ref, "transfer_data[destination]")["id"] == PLATFORM:
        raise Says(400, "The destination cannot be your own account.", param="transfer_data[destination]")
