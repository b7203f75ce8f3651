"""What a buyer's decision does: money arrives, with fees and the part of a connected account, or the card is declined.

Also the way back: refunds, reversed transfers, fees given back.
"""

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing
from admitone.entrypoints.standins.stripe.forms import Call
from admitone.entrypoints.standins.stripe.paying import close_if_over, intent_of


class Settling:
    """Moves money. Stripe's own fee is `fee_bps` of the amount and `fee_fixed` in its minor unit."""

    def __init__(self, books: Books, *, fee_bps: int, fee_fixed: int) -> None:
        self.books = books
        self.fee_bps = fee_bps
        self.fee_fixed = fee_fixed
        # How many of the next refunds fail after they were taken, as when a card no longer exists.
        self.failing_refunds = 0

    def pay(self, session_id: str) -> bool:
        """The buyer pays on the page; whether it was still open."""
        session = self.books.get("checkout.session", session_id)
        close_if_over(self.books, session)
        if session["status"] != "open":
            return False
        intent = intent_of(self.books, session)
        session |= {"status": "complete", "payment_status": "paid", "url": None}
        self.charge(intent)
        self.books.tell("checkout.session.completed", session, None)
        return True

    def decline(self, session_id: str) -> bool:
        """The card is declined; the page stays open for another one."""
        session = self.books.get("checkout.session", session_id)
        close_if_over(self.books, session)
        if session["status"] != "open":
            return False
        self.refuse(intent_of(self.books, session))
        return True

    def refuse(self, intent: Thing) -> None:
        """A card of this intent is declined."""
        intent["last_payment_error"] = {
            "code": "card_declined",
            "decline_code": "generic_decline",
            "doc_url": "https://stripe.com/docs/error-codes/card-declined",
            "message": "Your card was declined.",
            "type": "card_error",
        }
        self.books.tell("payment_intent.payment_failed", intent, None)

    def process(self, session_id: str) -> None:
        """The buyer chose a way that takes days: the page is done with, the money is on its way."""
        session = self.books.get("checkout.session", session_id)
        intent_of(self.books, session)["status"] = "processing"
        session |= {"status": "complete", "url": None}
        self.books.tell("checkout.session.completed", session, None)

    def arrive(self, session_id: str, *, arrives: bool) -> None:
        """What was on its way comes, or does not."""
        session = self.books.get("checkout.session", session_id)
        intent = intent_of(self.books, session)
        if arrives:
            session["payment_status"] = "paid"
            self.charge(intent)
            self.books.tell("checkout.session.async_payment_succeeded", session, None)
        else:
            intent["status"] = "requires_payment_method"
            self.refuse(intent)
            self.books.tell("checkout.session.async_payment_failed", session, None)

    def charge(self, intent: Thing) -> Thing:
        """Take the money of an intent, and pass on what belongs to a connected account."""
        books, amount, currency = self.books, intent["amount"], intent["currency"]
        charge = books.add("ch", "charge", _charge(intent))
        fee = amount * self.fee_bps // 10_000 + self.fee_fixed
        line = books.move(PLATFORM, "charge", "charge", amount, currency, source=charge["id"], fee=fee)
        charge["balance_transaction"] = line["id"]
        intent |= {
            "amount_received": amount,
            "last_payment_error": None,
            "latest_charge": charge["id"],
            "status": "succeeded",
        }
        if intent["transfer_data"] is not None:
            self._pass_on(charge, intent)
        books.tell("charge.succeeded", charge, None)
        books.tell("payment_intent.succeeded", intent, None)
        return charge

    def _pass_on(self, charge: Thing, intent: Thing) -> None:
        books, amount, currency = self.books, intent["amount"], intent["currency"]
        there = intent["transfer_data"]["destination"]
        ours = intent["application_fee_amount"] or 0
        transfer = make_transfer(books, amount, currency, there, {"_charge": charge["id"]}, fee=ours)
        transfer["source_transaction"] = charge["id"]
        charge["transfer"] = transfer["id"]
        if not ours:
            return
        fee = books.add(
            "fee",
            "application_fee",
            {
                "account": there,
                "amount": ours,
                "amount_refunded": 0,
                "charge": charge["id"],
                "currency": currency,
                "livemode": books.is_live,
                "refunded": False,
            },
        )
        charge |= {"application_fee": fee["id"], "application_fee_amount": ours}
        books.move(PLATFORM, "application_fee", "platform_earning", ours, currency, source=fee["id"])

    def confirm(self, call: Call) -> Thing:
        """`POST /v1/payment_intents/{intent}/confirm`, with one of Stripe's test cards."""
        intent = self.books.get("payment_intent", call.names[0], "intent")
        if intent["status"] != "requires_payment_method":
            raise Says(400, "This PaymentIntent cannot be confirmed.", code="payment_intent_unexpected_state")
        if "Declined" in call.params.get("payment_method", ""):
            self.refuse(intent)
            raise Says(402, "Your card was declined.", code="card_declined", kind="card_error", is_kept=True)
        self.charge(intent)
        return call.show(intent)

    def refund(self, call: Call) -> Thing:
        """`POST /v1/refunds`."""
        books = self.books
        intent = books.get("payment_intent", call.text("payment_intent"), "payment_intent")
        if intent["latest_charge"] is None:
            raise Says(
                400,
                "This PaymentIntent does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        charge = books.get("charge", intent["latest_charge"])
        left = charge["amount"] - charge["amount_refunded"]
        amount = call.whole("amount") if "amount" in call.params else left
        if left == 0:
            raise Says(400, "Charge has already been refunded.", code="charge_already_refunded", is_kept=True)
        if not 0 < amount <= left:
            raise Says(400, f"Refund amount is greater than unrefunded amount ({left}).", param="amount")
        refund = books.add("re", "refund", _refund(call, charge, amount))
        if self.failing_refunds:
            self.failing_refunds -= 1
            refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
            books.tell("refund.failed", refund, None)
            return call.show(refund)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        line = books.move(PLATFORM, "refund", "refund", -amount, charge["currency"], source=refund["id"])
        refund["balance_transaction"] = line["id"]
        if call.flag("reverse_transfer") and charge["transfer"] is not None:
            refund["transfer_reversal"] = self._take_back(charge, amount)
        books.tell("charge.refunded", charge, None)
        books.tell("refund.created", refund, None)
        return call.show(refund)

    def _take_back(self, charge: Thing, amount: int) -> str:
        books, currency = self.books, charge["currency"]
        transfer = books.get("transfer", charge["transfer"])
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        fields = {"amount": amount, "currency": currency, "metadata": {}, "transfer": transfer["id"]}
        reversal = books.add("trr", "transfer_reversal", fields)
        there = transfer["destination"]
        books.move(PLATFORM, "transfer_refund", "transfer_reversal", amount, currency, source=transfer["id"])
        books.move(there, "payment_refund", "refund", -amount, currency, source=reversal["id"])
        return str(reversal["id"])

    def give_fee_back(self, call: Call) -> Thing:
        """`POST /v1/application_fees/{id}/refunds`."""
        books = self.books
        fee = books.get("application_fee", call.names[0])
        left = fee["amount"] - fee["amount_refunded"]
        amount = call.whole("amount") if "amount" in call.params else left
        if not 0 < amount <= left:
            raise Says(400, f"Refund amount is greater than unrefunded amount ({left}).", param="amount")
        fee["amount_refunded"] += amount
        fee["refunded"] = fee["amount_refunded"] == fee["amount"]
        fields = {"amount": amount, "currency": fee["currency"], "fee": fee["id"]}
        back = books.add("fr", "fee_refund", {**fields, "metadata": call.inner("metadata")})
        kind, currency = "application_fee_refund", fee["currency"]
        books.move(PLATFORM, kind, "platform_earning_refund", -amount, currency, source=back["id"])
        books.move(fee["account"], kind, "platform_earning_refund", amount, currency, source=back["id"])
        return call.show(back)


def make_transfer(
    books: Books, amount: int, currency: str, destination: str, fields: Thing, *, fee: int = 0
) -> Thing:
    """Move money from our balance to a connected account's."""
    transfer = books.add(
        "tr",
        "transfer",
        {
            "amount": amount,
            "amount_reversed": 0,
            "currency": currency,
            "description": None,
            "destination": destination,
            "livemode": books.is_live,
            "metadata": {},
            "reversed": False,
            "source_transaction": None,
            "source_type": "card",
            "transfer_group": None,
            **fields,
        },
    )
    line = books.move(PLATFORM, "transfer", "transfer", -amount, currency, source=transfer["id"])
    transfer["balance_transaction"] = line["id"]
    books.move(destination, "payment", "charge", amount, currency, source=transfer["id"], fee=fee)
    books.tell("transfer.created", transfer, None)
    return transfer


def _charge(intent: Thing) -> Thing:
    return {
        "amount": intent["amount"],
        "amount_captured": intent["amount"],
        "amount_refunded": 0,
        "application_fee": None,
        "application_fee_amount": None,
        "captured": True,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "livemode": intent["livemode"],
        "metadata": dict(intent["metadata"]),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method_details": {"card": {"brand": "visa", "last4": "4242"}, "type": "card"},
        "refunded": False,
        "status": "succeeded",
        "transfer": None,
        "transfer_data": intent["transfer_data"],
    }


def _refund(call: Call, charge: Thing, amount: int) -> Thing:
    return {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "failure_reason": None,
        "metadata": call.inner("metadata"),
        "payment_intent": charge["payment_intent"],
        "reason": call.params.get("reason"),
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
