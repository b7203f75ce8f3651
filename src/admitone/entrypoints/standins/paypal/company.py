"""The company behind the interface: orders, captures, refunds, and what it tells the merchant about them.

Source: PayPal orders v2 and payments v2. Its books (`lines`) are written as transaction search v1 shows them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from admitone.entrypoints.standins.paypal.knobs import Choice, Knobs, Merchant
from admitone.entrypoints.standins.paypal.money import cents, fee, money
from admitone.entrypoints.standins.paypal.saying import SaysNo, missing
from admitone.entrypoints.standins.paypal.state import Delivery, Memory, State, Thing, find, new_id, stamp
from admitone.values.clock import Clock

PRIVATE = "standin"
BETWEEN_COPIES = timedelta(seconds=2)
MIXED_UP = timedelta(seconds=5)


class Company:
    """Orders, captures and refunds. `origin` is where the stand-in is reached."""

    def __init__(self, memory: Memory, merchant: Merchant, clock: Clock, origin: str, knobs: Knobs) -> None:
        self.memory = memory
        self.merchant = merchant
        self.origin = origin
        self.knobs = knobs
        self._clock = clock

    @property
    def state(self) -> State:
        """What it knows."""
        return self.memory.state

    def now(self) -> datetime:
        """The time there."""
        return self._clock.now()

    def link(self, path: str, rel: str, method: str = "GET") -> dict[str, str]:
        """A link as PayPal gives them."""
        return {"href": self.origin + path, "rel": rel, "method": method}

    # Orders

    def create_order(self, ask: Mapping[str, Any]) -> Thing:
        """Make an order that waits for its buyer. Raises `SaysNo`."""
        units = ask.get("purchase_units")
        if ask.get("intent") != "CAPTURE" or not isinstance(units, list) or len(units) != 1:
            raise SaysNo(400, "MISSING_REQUIRED_PARAMETER")
        unit = units[0]
        amount = unit.get("amount") or {}
        cents(amount.get("currency_code"), amount.get("value"))
        context = ask.get("payment_source", {}).get("paypal", {}).get("experience_context", {})
        if not context.get("return_url") or not context.get("cancel_url"):
            raise SaysNo(422, "RETURN_URL_REQUIRED")
        order_id, now = new_id(), stamp(self.now())
        order: Thing = {
            "id": order_id,
            "intent": "CAPTURE",
            "status": "PAYER_ACTION_REQUIRED",
            "create_time": now,
            "payment_source": {"paypal": {}},
            "purchase_units": [
                {
                    **{"reference_id": "default"},
                    **{name: value for name, value in unit.items() if name != "payment_instruction"},
                    "payee": {
                        "merchant_id": self.merchant.payer_id,
                        "email_address": "seller@standin.example",
                    },
                }
            ],
            "links": [
                self.link(f"/v2/checkout/orders/{order_id}", "self"),
                self.link(f"/checkoutnow?token={order_id}", "payer-action"),
            ],
            PRIVATE: {"return_url": context["return_url"], "cancel_url": context["cancel_url"]},
        }
        self.state.orders[order_id] = order
        return order

    def order(self, order_id: str) -> Thing:
        """The order. Raises `SaysNo`."""
        found = self.state.orders.get(order_id)
        if found is None:
            raise missing()
        return found

    def patch_order(self, order_id: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Change what may be changed while nothing is captured. Raises `SaysNo`."""
        order = self.order(order_id)
        if order["status"] == "COMPLETED":
            raise SaysNo(422, "ORDER_ALREADY_COMPLETED")
        unit = order["purchase_units"][0]
        begin = f"/purchase_units/@reference_id=='{unit['reference_id']}'/"
        for change in changes:
            name = str(change.get("path", "")).removeprefix(begin)
            if change.get("op") not in ("add", "replace") or name not in (
                "custom_id",
                "description",
                "invoice_id",
            ):
                raise SaysNo(422, "NOT_PATCHABLE")
            unit[name] = change["value"]

    def choose(self, order_id: str, choice: Choice) -> str:
        """The buyer decides on the page; where they are sent then. Raises `SaysNo`."""
        order = self.order(order_id)
        urls = order[PRIVATE]
        if choice is Choice.CANCEL or order["status"] in ("COMPLETED", "VOIDED"):
            return _with_token(urls["cancel_url" if choice is Choice.CANCEL else "return_url"], order_id)
        order[PRIVATE]["declines"] = choice is Choice.DECLINE
        order["status"] = "APPROVED"
        order["update_time"] = stamp(self.now())
        order["payer"] = {"payer_id": "BUYER7ADMJT2E", "email_address": "buyer@standin.example"}
        order["links"] = [
            self.link(f"/v2/checkout/orders/{order_id}", "self"),
            self.link(f"/v2/checkout/orders/{order_id}/capture", "capture", "POST"),
        ]
        self.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", order)
        return _with_token(urls["return_url"], order_id) + "&PayerID=BUYER7ADMJT2E"

    # Captures

    def capture(self, order_id: str) -> Thing:
        """Take the money of an approved order. Raises `SaysNo`."""
        order = self.order(order_id)
        unit = order["purchase_units"][0]
        if order["status"] == "COMPLETED":
            raise SaysNo(422, "ORDER_ALREADY_CAPTURED")
        if order["status"] != "APPROVED":
            raise SaysNo(422, "ORDER_NOT_APPROVED")
        invoice = unit.get("invoice_id")
        if invoice and find(self.state.orders, lambda one: _paid_invoice(one) == invoice):
            raise SaysNo(422, "DUPLICATE_INVOICE_ID")
        if order[PRIVATE].get("declines"):
            raise SaysNo(422, "INSTRUMENT_DECLINED")
        capture: Thing = {
            "id": new_id(),
            "status": "PENDING",
            "amount": {name: unit["amount"][name] for name in ("currency_code", "value")},
            "final_capture": True,
            "create_time": stamp(self.now()),
            "update_time": stamp(self.now()),
            "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED"]},
        }
        for name in ("custom_id", "invoice_id"):
            if name in unit:
                capture[name] = unit[name]
        capture["links"] = [
            self.link(f"/v2/payments/captures/{capture['id']}", "self"),
            self.link(f"/v2/payments/captures/{capture['id']}/refund", "refund", "POST"),
            self.link(f"/v2/checkout/orders/{order_id}", "up"),
        ]
        unit["payments"] = {"captures": [capture]}
        order["status"] = "COMPLETED"
        order["links"] = [self.link(f"/v2/checkout/orders/{order_id}", "self")]
        if self.knobs.captures_wait:
            capture["status_details"] = {"reason": "PENDING_REVIEW"}
            self._tell_capture("PAYMENT.CAPTURE.PENDING", order)
        else:
            self._complete(order)
        return order

    def decide_captures(self, *, pays: bool) -> None:
        """Captures that wait are looked at: all of them pay, or none."""
        for order in self.state.orders.values():
            for capture in _captures(order):
                if capture["status"] != "PENDING":
                    continue
                if pays:
                    self._complete(order)
                else:
                    capture["status"] = "DECLINED"
                    self._tell_capture("PAYMENT.CAPTURE.DENIED", order)

    def _complete(self, order: Thing) -> None:
        capture = order["purchase_units"][0]["payments"]["captures"][0]
        currency = capture["amount"]["currency_code"]
        amount = cents(currency, capture["amount"]["value"])
        kept = fee(currency, amount)
        capture.pop("status_details", None)
        capture["status"] = "COMPLETED"
        capture["seller_receivable_breakdown"] = {
            "gross_amount": money(currency, amount),
            "paypal_fee": money(currency, kept),
            "net_amount": money(currency, amount - kept),
        }
        self.book("T0006", capture["id"], currency, amount, -kept, about=("ODR", order["id"]), of=capture)
        self._tell_capture("PAYMENT.CAPTURE.COMPLETED", order)

    def capture_shown(self, capture_id: str) -> Thing:
        """A capture with what it belongs to. Raises `SaysNo`."""
        for order in self.state.orders.values():
            for capture in _captures(order):
                if capture["id"] == capture_id:
                    return {
                        **capture,
                        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
                        "payee": order["purchase_units"][0]["payee"],
                    }
        raise missing()

    def _tell_capture(self, kind: str, order: Thing) -> None:
        capture = self.capture_shown(order["purchase_units"][0]["payments"]["captures"][0]["id"])
        self.tell(kind, "capture", f"Payment {capture['status'].lower()}", capture)

    # Refunds

    def refund(self, capture_id: str, ask: Mapping[str, Any]) -> Thing:
        """Send money back, never more than came. Raises `SaysNo`."""
        shown = self.capture_shown(capture_id)
        order = self.order(shown["supplementary_data"]["related_ids"]["order_id"])
        payments = order["purchase_units"][0]["payments"]
        capture = payments["captures"][0]
        if capture["status"] in ("PENDING", "DECLINED"):
            raise SaysNo(422, "PENDING_CAPTURE")
        if capture["status"] == "REFUNDED":
            raise SaysNo(422, "CAPTURE_FULLY_REFUNDED")
        currency = capture["amount"]["currency_code"]
        left = cents(currency, capture["amount"]["value"]) - self.sent_back(order)
        wanted = ask.get("amount")
        if wanted and wanted.get("currency_code") != currency:
            raise SaysNo(422, "CURRENCY_MISMATCH")
        amount = cents(currency, wanted.get("value")) if wanted else left
        if amount > left:
            raise SaysNo(422, "REFUND_AMOUNT_EXCEEDED")
        said = self.knobs.refund_says.popleft() if self.knobs.refund_says else None
        if said not in (None, "FAILED"):
            raise SaysNo(422, said)
        status = "FAILED" if said else "PENDING" if self.knobs.refunds_wait else "COMPLETED"
        refund: Thing = {
            "id": new_id(),
            "status": status,
            "amount": money(currency, amount),
            **{name: ask[name] for name in ("custom_id", "invoice_id", "note_to_payer") if name in ask},
            "create_time": stamp(self.now()),
            "update_time": stamp(self.now()),
        }
        refund["links"] = [
            self.link(f"/v2/payments/refunds/{refund['id']}", "self"),
            self.link(f"/v2/payments/captures/{capture_id}", "up"),
        ]
        if status == "PENDING":
            refund["status_details"] = {"reason": "ECHECK"}
        payments.setdefault("refunds", []).append(refund)
        self.state.refunds[refund["id"]] = refund
        if status != "FAILED":
            capture["status"] = "REFUNDED" if amount == left else "PARTIALLY_REFUNDED"
            self.book("T1107", refund["id"], currency, -amount, 0, about=("TXN", capture_id), of=refund)
            self.tell("PAYMENT.CAPTURE.REFUNDED", "refund", "A capture payment was refunded", refund)
        return refund

    def sent_back(self, order: Thing) -> int:
        """How much of an order has gone back, in the smallest units PayPal takes."""
        made = order["purchase_units"][0].get("payments", {}).get("refunds", [])
        went = [one["amount"] for one in made if one["status"] != "FAILED"]
        return sum(cents(one["currency_code"], one["value"]) for one in went)

    def refund_shown(self, refund_id: str) -> Thing:
        """A refund. Raises `SaysNo`."""
        found = self.state.refunds.get(refund_id)
        if found is None:
            raise missing()
        return found

    def finish_refunds(self) -> None:
        """Refunds that wait arrive."""
        for refund in self.state.refunds.values():
            if refund["status"] == "PENDING":
                refund["status"] = "COMPLETED"
                refund.pop("status_details", None)

    # Books and happenings

    def book(
        self, code: str, ref: str, currency: str, amount: int, kept: int, *, about: tuple[str, str], of: Thing
    ) -> None:
        """Write a line of the books. `kept` is negative, as PayPal writes fees."""
        line: Thing = {
            "transaction_id": ref,
            "paypal_reference_id_type": about[0],
            "paypal_reference_id": about[1],
            "transaction_event_code": code,
            "transaction_initiation_date": stamp(self.now()),
            "transaction_updated_date": stamp(self.now()),
            "transaction_amount": money(currency, amount),
            "transaction_status": "S",
        }
        if kept:
            line["fee_amount"] = money(currency, kept)
        if "custom_id" in of:
            line["custom_field"] = of["custom_id"]
        if "invoice_id" in of:
            line["invoice_id"] = of["invoice_id"]
        self.state.lines.append(line)

    def tell(self, kind: str, resource_type: str, summary: str, resource: Thing) -> None:
        """Something happened: it is listed, and sent to the merchant as often as the knobs say."""
        event_id = f"WH-{new_id()}-{new_id()}"
        event: Thing = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": stamp(self.now()),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": kind,
            "summary": summary,
            "resource": public(resource),
        }
        event["links"] = [self.link(f"/v1/notifications/webhooks-events/{event_id}", "self")]
        # As it is now: what the resource becomes later is another happening.
        self.state.events.append(json.loads(json.dumps(event)))
        late = timedelta(seconds=self.knobs.delay_seconds)
        if self.knobs.is_mixed_up and len(self.state.events) % 2:
            late += MIXED_UP
        for copy in range(self.knobs.copies):
            due = stamp(self.now() + late + copy * BETWEEN_COPIES)
            self.state.deliveries.append(Delivery(event_id, new_id(36), due))


def public(thing: Thing) -> Thing:
    """Without what only the stand-in knows."""
    return {name: value for name, value in thing.items() if name != PRIVATE}


def _captures(order: Thing) -> list[Thing]:
    found: list[Thing] = order["purchase_units"][0].get("payments", {}).get("captures", [])
    return found


def _paid_invoice(order: Thing) -> str | None:
    paid = [one for one in _captures(order) if one["status"] != "DECLINED"]
    return paid[0].get("invoice_id") if paid else None


def _with_token(url: str, order_id: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}token={order_id}"
