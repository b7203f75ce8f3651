"""The company's other desks: payouts, disputes, balances and the list of transactions.

Source: PayPal payouts v1, disputes v1, transaction search v1.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from admitone.entrypoints.standins.paypal.company import Company, public
from admitone.entrypoints.standins.paypal.money import TAKEN, cents, money, text
from admitone.entrypoints.standins.paypal.saying import SaysNo, missing
from admitone.entrypoints.standins.paypal.state import Thing, find, new_id, stamp

PAYOUT_FEE_PERCENT = 2
ANSWER_WITHIN = timedelta(days=10)
_SPAN_MOST = timedelta(days=31)


class Office:
    """Payouts, disputes and books of one company."""

    def __init__(self, company: Company) -> None:
        self._company = company

    # Payouts

    def pay_out(self, ask: Mapping[str, Any]) -> Thing:
        """Take a payout in; it is sent by `finish_payouts`. Raises `SaysNo`."""
        company = self._company
        header, items = ask.get("sender_batch_header") or {}, ask.get("items") or []
        batch_key = header.get("sender_batch_id")
        if not batch_key or len(items) != 1:
            raise SaysNo(400, "MISSING_REQUIRED_PARAMETER", name="VALIDATION_ERROR")
        earlier = find(company.state.payouts, lambda one: _batch_key(one) == batch_key)
        if earlier is not None:
            link = company.link(f"/v1/payments/payouts/{earlier['batch_header']['payout_batch_id']}", "self")
            raise SaysNo(
                400, "DUPLICATE_BATCH",
                name="USER_BUSINESS_ERROR", links=[link],
            )  # fmt: skip
        item = items[0]
        currency = item["amount"]["currency"]
        amount = cents(currency, item["amount"]["value"])
        kept = amount * PAYOUT_FEE_PERCENT // 100
        if self.balance(currency) < amount + kept:
            raise SaysNo(422, name="INSUFFICIENT_FUNDS")
        batch_id, now = new_id(13), stamp(company.now())
        batch: Thing = {
            "batch_header": {
                "payout_batch_id": batch_id,
                "batch_status": "PENDING",
                "time_created": now,
                "sender_batch_header": dict(header),
                "amount": {"currency": currency, "value": text(currency, amount)},
                "fees": {"currency": currency, "value": text(currency, kept)},
            },
            "items": [
                {
                    "payout_item_id": new_id(13),
                    "transaction_id": new_id(),
                    "transaction_status": "PENDING",
                    "payout_item_fee": {"currency": currency, "value": text(currency, kept)},
                    "payout_batch_id": batch_id,
                    "sender_batch_id": batch_key,
                    "payout_item": dict(item),
                    "time_processed": now,
                    "links": [company.link(f"/v1/payments/payouts/{batch_id}", "batch")],
                }
            ],
            "links": [company.link(f"/v1/payments/payouts/{batch_id}", "self")],
        }
        company.state.payouts[batch_id] = batch
        self._book_payout(batch, -amount, -kept)
        return batch

    def payout(self, batch_id: str) -> Thing:
        """A payout. Raises `SaysNo`."""
        found = self._company.state.payouts.get(batch_id)
        if found is None:
            raise missing()
        return found

    def finish_payouts(self) -> None:
        """Payouts that wait end as the knob says; what does not stay with its receiver comes back."""
        end = self._company.knobs.payouts_end
        for batch in self._company.state.payouts.values():
            header, item = batch["batch_header"], batch["items"][0]
            if header["batch_status"] != "PENDING":
                continue
            header["batch_status"] = "DENIED" if end == "DENIED" else "SUCCESS"
            header["time_completed"] = stamp(self._company.now())
            item["transaction_status"] = "FAILED" if end == "DENIED" else end
            if item["transaction_status"] in ("FAILED", "RETURNED"):
                item["errors"] = {
                    "name": "RECEIVER_UNREGISTERED",
                    "message": "Receiver is unregistered",
                    "debug_id": "0",
                }
                currency = item["payout_item"]["amount"]["currency"]
                self._book_payout(
                    batch,
                    cents(currency, item["payout_item"]["amount"]["value"]),
                    int(item["payout_item_fee"]["value"].replace(".", "")),
                )
            kind = "DENIED" if end == "DENIED" else "SUCCESS"
            self._company.tell(
                f"PAYMENT.PAYOUTSBATCH.{kind}", "payouts", "Payouts batch", {"batch_header": header}
            )

    def _book_payout(self, batch: Thing, amount: int, kept: int) -> None:
        item = batch["items"][0]
        ref = item["transaction_id"] if amount < 0 else new_id()
        about = ("TXN", batch["batch_header"]["payout_batch_id"])
        self._company.book(
            "T0001", ref, item["payout_item"]["amount"]["currency"], amount, kept, about=about, of={}
        )

    # Disputes

    def open_dispute(self, order_id: str, reason: str = "MERCHANDISE_OR_SERVICE_NOT_RECEIVED") -> str:
        """A buyer complains; the dispute's id."""
        company = self._company
        order = company.order(order_id)
        unit = order["purchase_units"][0]
        capture = unit["payments"]["captures"][0]
        dispute_id, now = f"PP-D-{len(company.state.disputes) + 27803}", stamp(company.now())
        dispute: Thing = {
            "dispute_id": dispute_id,
            "create_time": now,
            "update_time": now,
            "disputed_transactions": [
                {
                    "seller_transaction_id": capture["id"],
                    "create_time": capture["create_time"],
                    "transaction_status": "COMPLETED",
                    "gross_amount": capture["amount"],
                    "custom": unit.get("custom_id", ""),
                    "seller": {"merchant_id": company.merchant.payer_id, "name": company.merchant.name},
                }
            ],
            "reason": reason,
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "dispute_amount": capture["amount"],
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_channel": "INTERNAL",
            "seller_response_due_date": stamp(company.now() + ANSWER_WITHIN),
            "links": [
                company.link(f"/v1/customer/disputes/{dispute_id}", "self"),
                company.link(
                    f"/v1/customer/disputes/{dispute_id}/provide-evidence", "provide_evidence", "POST"
                ),
            ],
        }
        company.state.disputes[dispute_id] = dispute
        company.tell("CUSTOMER.DISPUTE.CREATED", "dispute", "A new dispute opened", dispute)
        return dispute_id

    def dispute(self, dispute_id: str) -> Thing:
        """A dispute. Raises `SaysNo`."""
        found = self._company.state.disputes.get(dispute_id)
        if found is None:
            raise missing()
        return found

    def disputes(self, after: str | None) -> list[Thing]:
        """Disputes changed at or after this time, latest first."""
        found = [
            one
            for one in self._company.state.disputes.values()
            if after is None or one["update_time"] >= after[:19]
        ]
        return sorted(found, key=lambda one: str(one["create_time"]), reverse=True)

    def take_evidence(self, dispute_id: str, note: str, files: int) -> None:
        """The merchant answers. Raises `SaysNo`."""
        dispute = self.dispute(dispute_id)
        if dispute["status"] != "WAITING_FOR_SELLER_RESPONSE":
            raise SaysNo(422, "EVIDENCE_NOT_EXPECTED")
        dispute["status"] = "UNDER_REVIEW"
        dispute["update_time"] = stamp(self._company.now())
        dispute["evidences"] = [{"evidence_type": "OTHER", "notes": note, "source": "SUBMITTED_BY_SELLER"}]
        dispute["standin"] = {"files": files}
        self._company.tell("CUSTOMER.DISPUTE.UPDATED", "dispute", "A dispute was updated", public(dispute))

    def resolve_dispute(self, dispute_id: str, *, seller_wins: bool) -> None:
        """PayPal decides; what is lost leaves the balance."""
        dispute = self.dispute(dispute_id)
        code = "RESOLVED_SELLER_FAVOUR" if seller_wins else "RESOLVED_BUYER_FAVOUR"
        dispute["status"] = "RESOLVED"
        dispute["update_time"] = stamp(self._company.now())
        dispute["dispute_outcome"] = {"outcome_code": code, "amount_refunded": dispute["dispute_amount"]}
        if not seller_wins:
            amount = dispute["dispute_amount"]
            lost = cents(amount["currency_code"], amount["value"])
            about = ("TXN", dispute["disputed_transactions"][0]["seller_transaction_id"])
            self._company.book("T1106", new_id(), amount["currency_code"], -lost, 0, about=about, of={})
        self._company.tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", "A dispute was resolved", public(dispute))

    # Books

    def balance(self, currency: str) -> int:
        """What lies there."""
        return sum(_moved(line) for line in self._company.state.lines if _currency(line) == currency)

    def balances(self) -> Thing:
        """What lies there, in every currency that ever moved."""
        moved = [one for one in TAKEN if any(_currency(line) == one for line in self._company.state.lines)]
        return {
            "balances": [
                {
                    "currency": one,
                    "primary": number == 0,
                    "total_balance": money(one, self.balance(one)),
                    "available_balance": money(one, self.balance(one)),
                    "withheld_balance": money(one, 0),
                }
                for number, one in enumerate(moved)
            ],
            "account_id": self._company.merchant.payer_id,
            "as_of_time": stamp(self._company.now()),
            "last_refresh_time": stamp(self._company.now()),
        }

    def transactions(self, first: str, last: str, page: int, page_size: int) -> Thing:
        """A page of the books. Raises `SaysNo` for a span of more than 31 days."""
        span = datetime.fromisoformat(last) - datetime.fromisoformat(first)
        if span > _SPAN_MOST:
            raise SaysNo(400, "INVALID_REQUEST", name="INVALID_REQUEST")
        lines = [
            one for one in self._company.state.lines if first <= one["transaction_initiation_date"] <= last
        ]
        begin = (page - 1) * page_size
        return {
            "transaction_details": [{"transaction_info": one} for one in lines[begin : begin + page_size]],
            "account_number": self._company.merchant.payer_id,
            "start_date": first,
            "end_date": last,
            "page": page,
            "total_items": len(lines),
            "total_pages": max(1, -(-len(lines) // page_size)),
            "links": [self._company.link("/v1/reporting/transactions", "self")],
        }


def _batch_key(batch: Thing) -> object:
    return batch["batch_header"]["sender_batch_header"].get("sender_batch_id")


def _currency(line: Thing) -> object:
    return line["transaction_amount"]["currency_code"]


def _moved(line: Thing) -> int:
    parts = [line["transaction_amount"], line.get("fee_amount")]
    return sum(int(part["value"].replace(".", "")) for part in parts if part is not None)
