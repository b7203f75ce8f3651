"""The pretended Paystack: what may be done with payments, refunds, transfers and disputes, and what follows.

Written from Paystack's OpenAPI document 1.0.0, its examples of answers and webhooks and its page on errors.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from admitone.entrypoints.standins.paystack import answers
from admitone.entrypoints.standins.paystack.books import (
    Books,
    Dispute,
    Line,
    Recipient,
    Refund,
    Subaccount,
    Transaction,
    Transfer,
    keep,
    read,
)
from admitone.entrypoints.standins.paystack.fees import CURRENCIES, TRANSFER_FEES, fee_minor
from admitone.entrypoints.standins.paystack.knobs import Knobs
from admitone.entrypoints.standins.paystack.no import No
from admitone.entrypoints.standins.paystack.webhooks import Outbox
from admitone.values.clock import Clock

Row = TypeVar("Row", Transaction, Refund, Recipient, Transfer, Dispute)
DISPUTE_TIME = timedelta(hours=24)


class Company:
    """One account ("integration") with it. `path` is the file its books are kept in, None for memory only.
    `home_currency` is that of its country.
    """

    def __init__(
        self,
        secret_key: str,
        clock: Clock,
        *,
        knobs: Knobs | None = None,
        path: Path | None = None,
        integration: int = 463433,
        home_currency: str = "GHS",
    ) -> None:
        assert secret_key.startswith(("sk_test_", "sk_live_")), "a secret key of Paystack says its mode"
        self.secret_key = secret_key
        self.house = answers.House(secret_key.split("_")[1], integration)
        self.clock = clock
        self.home_currency = home_currency
        self.knobs = knobs or Knobs()
        self._path = path
        self.books: Books = read(path)
        self.outbox = Outbox(self.books, secret_key, self.knobs, clock)

    def keep(self) -> None:
        """Write the books down."""
        keep(self.books, self._path)

    def transaction(self, name: str) -> Transaction | None:
        """By reference or id."""
        return self._find(self.books.transactions, name, "reference")

    def by_access_code(self, code: str) -> Transaction | None:
        """The payment behind a payment page."""
        return next((one for one in self.books.transactions if one.access_code == code), None)

    def refund(self, name: str) -> Refund | None:
        """By id."""
        return self._find(self.books.refunds, name)

    def transfer(self, name: str) -> Transfer | None:
        """By reference, code or id."""
        return self._find(self.books.transfers, name, "reference", "code")

    def recipient(self, name: str) -> Recipient | None:
        """By code or id."""
        return self._find(self.books.recipients, name, "code")

    def dispute(self, name: str) -> Dispute | None:
        """By id."""
        return self._find(self.books.disputes, name)

    @staticmethod
    def _find(rows: Iterable[Row], name: str, *others: str) -> Row | None:
        wanted = ("id", *others)
        return next((one for one in rows if name in (str(getattr(one, word)) for word in wanted)), None)

    def open(
        self,
        *,
        reference: str | None,
        email: str,
        amount_minor: int,
        currency: str,
        channels: list[str],
        callback_url: str,
        metadata: dict[str, object],
        subaccount: str | None = None,
        charge_minor: int = 0,
    ) -> Transaction:
        """Begin a payment. A reference opens one."""
        if "@" not in email:
            raise No(400, "Invalid Email Address Passed", "invalid_email_address")
        if currency not in CURRENCIES:
            raise No(400, "Currency not supported by merchant", "unsupported_currency")
        if amount_minor <= 0:
            raise No(400, "Invalid Amount Sent", "invalid_amount")
        name = reference or secrets.token_hex(5)
        if self.transaction(name) is not None:
            raise No(
                400,
                "Duplicate Transaction Reference",
                "duplicate_reference",
                "Try and create the Transaction or Charge with a new reference",
            )
        if subaccount is not None and all(one.code != subaccount for one in self.books.subaccounts):
            raise No(404, "Subaccount not found", "subaccount_not_found")
        made = Transaction(
            id=self.books.new_id(),
            reference=name,
            access_code=secrets.token_hex(8)[:15],
            requested_minor=amount_minor,
            amount_minor=amount_minor,
            currency=currency,
            email=email,
            channels=channels or ["card"],
            callback_url=callback_url,
            metadata=metadata,
            created_at=self.clock.now(),
            subaccount=subaccount,
            charge_minor=charge_minor,
        )
        self.books.transactions.append(made)
        return made

    def pay(self, name: str) -> Transaction:
        """The buyer pays; a second time nothing happens."""
        found = self._must(self.transaction(name))
        if found.paid_at is not None:
            return found
        found.fees_minor = fee_minor(found.currency, found.requested_minor)
        if self.knobs.buyer_bears_fee:
            found.amount_minor = found.requested_minor + found.fees_minor
        found.status, found.gateway_response, found.paid_at = "success", "Approved", self.clock.now()
        ours = found.amount_minor if found.subaccount is None else found.charge_minor
        self._move(found.currency, ours - found.fees_minor, "", "Transaction", found.id)
        self.outbox.tell("charge.success", answers.transaction(self.house, found))
        return found

    def decline(self, name: str, why: str = "Declined") -> Transaction:
        """The buyer's bank says no. Paystack sends no webhook about that."""
        found = self._must(self.transaction(name))
        if found.paid_at is None:
            found.status, found.gateway_response = "failed", why
        return found

    def send_back(
        self,
        name: str,
        amount_minor: int | None,
        currency: str | None,
        merchant_note: str,
        customer_note: str,
    ) -> Refund:
        """Begin a refund. The same request twice makes two."""
        payment = self.transaction(name)
        if payment is None:
            raise No(404, "Transaction not found", "transaction_not_found")
        if payment.paid_at is None:
            raise No(400, "Only successful transactions can be refunded", "invalid_transaction_status")
        left = payment.amount_minor - self.sent_back_minor(payment)
        if left <= 0:
            raise No(400, "Transaction has been fully reversed", "transaction_reversed")
        wanted = left if amount_minor is None else amount_minor
        if not 0 < wanted <= left or currency not in (None, payment.currency):
            raise No(400, "Refund amount cannot be more than the transaction amount", "invalid_amount")
        if self.knobs.refunds_need_balance and self.books.balances.get(payment.currency, 0) < wanted:
            raise No(400, "Your balance is not enough to fulfil this request", "insufficient_balance")
        made = self._make_refund(payment, wanted, merchant_note, customer_note, None)
        self.outbox.tell("refund.pending", answers.refund_notice(self.house, made, payment))
        return made

    def _make_refund(
        self,
        payment: Transaction,
        amount_minor: int,
        merchant_note: str,
        customer_note: str,
        dispute: int | None,
    ) -> Refund:
        now = self.clock.now()
        by = f"Refund for transaction {payment.reference}"
        made = Refund(
            id=self.books.new_id(),
            transaction_id=payment.id,
            amount_minor=amount_minor,
            currency=payment.currency,
            merchant_note=merchant_note or f"{by} by stand-in@paystack.example",
            customer_note=customer_note or by,
            created_at=now,
            due_at=now + timedelta(seconds=self.knobs.refund_seconds),
            dispute_id=dispute,
        )
        self.books.refunds.append(made)
        self._move(payment.currency, -amount_minor, made.customer_note, "Refund", made.id)
        if self.sent_back_minor(payment) >= payment.amount_minor:
            payment.status = "reversed"
        return made

    def sent_back_minor(self, payment: Transaction) -> int:
        """How much of a payment has gone back, or is on its way."""
        return sum(
            one.amount_minor
            for one in self.books.refunds
            if one.transaction_id == payment.id and one.status != "failed"
        )

    def add_recipient(self, *, type: str, name: str, number: str, bank: str, currency: str) -> Recipient:
        """Make a receiver known; the same account is the same receiver."""
        for one in self.books.recipients:
            if (one.account_number, one.bank_code, one.currency) == (number, bank, currency):
                return one
        if all(known["code"] != bank for known in answers.BANKS if known["currency"] == currency):
            raise No(400, "Account number or bank code is invalid", "invalid_bank_code")
        made = Recipient(
            self.books.new_id(),
            f"RCP_{secrets.token_hex(8)[:15]}",
            type,
            name,
            number,
            bank,
            currency,
            self.clock.now(),
        )
        self.books.recipients.append(made)
        return made

    def add_subaccount(self, *, name: str, bank: str, number: str, percentage: float) -> Subaccount:
        """Open an organiser's account under this one."""
        made = Subaccount(
            self.books.new_id(),
            f"ACCT_{secrets.token_hex(8)[:15]}",
            name,
            bank,
            number,
            percentage,
            self.clock.now(),
        )
        self.books.subaccounts.append(made)
        return made

    def send(
        self, *, reference: str, recipient: str, amount_minor: int, currency: str, reason: str
    ) -> Transfer:
        """Begin a transfer. A reference sends one."""
        receiver = self.recipient(recipient)
        if receiver is None or receiver.currency != currency:
            raise No(400, "Recipient specified is invalid", "invalid_transfer_recipient")
        if self.transfer(reference) is not None:
            message = "Please provide a unique reference. Reference already exists on a transfer"
            raise No(400, message, "duplicate_transfer_reference")
        fee = TRANSFER_FEES[currency]
        if amount_minor <= 0:
            raise No(400, "Invalid transfer amount", "invalid_amount")
        if self.books.balances.get(currency, 0) < amount_minor + fee:
            raise No(400, "Your balance is not enough to fulfil this request", "insufficient_balance")
        now = self.clock.now()
        made = Transfer(
            id=self.books.new_id(),
            code=f"TRF_{secrets.token_hex(8)}",
            reference=reference,
            recipient_id=receiver.id,
            amount_minor=amount_minor,
            fee_minor=fee,
            currency=currency,
            reason=reason,
            created_at=now,
            due_at=now + timedelta(seconds=self.knobs.transfer_seconds),
            status="otp" if self.knobs.needs_code else "pending",
        )
        self.books.transfers.append(made)
        if not self.knobs.needs_code:
            self._take_transfer(made)
        return made

    def _take_transfer(self, made: Transfer) -> None:
        self._move(made.currency, -made.amount_minor - made.fee_minor, made.reason, "Transfer", made.id)

    def enter_code(self, name: str) -> Transfer:
        """Somebody of the organiser's enters the code a transfer waits for."""
        found = self._must(self.transfer(name))
        if found.status == "otp":
            found.status = "pending"
            self._take_transfer(found)
        return found

    def return_transfer(self, name: str, status: str = "reversed") -> Transfer:
        """A transfer comes back: `reversed`, or it never got there: `failed`."""
        found = self._must(self.transfer(name))
        if found.status in ("pending", "success"):
            found.status = status
            self._move(
                found.currency, found.amount_minor + found.fee_minor, found.reason, "Transfer", found.id
            )
            self.outbox.tell(f"transfer.{status}", self.transfer_answer(found))
        return found

    def open_dispute(self, name: str, category: str = "chargeback") -> Dispute:
        """A buyer's bank asks for the money back."""
        payment = self._must(self.transaction(name))
        now = self.clock.now()
        made = Dispute(
            self.books.new_id(), payment.id, payment.amount_minor, category, now, now, now + DISPUTE_TIME
        )
        self.books.disputes.append(made)
        self.outbox.tell("charge.dispute.create", self.dispute_answer(made))
        return made

    def resolve(self, found: Dispute, resolution: str, uploaded: str) -> None:
        """The merchant's answer: `declined` leaves it to the bank, `merchant-accepted` gives in."""
        if found.status != "awaiting-merchant-feedback":
            raise No(400, "Dispute has been resolved", "invalid_dispute_status")
        if resolution == "declined":
            if uploaded not in self.books.files:
                raise No(400, "Uploaded file not found", "invalid_params")
            found.status, found.resolution, found.uploaded = "awaiting-bank-feedback", "declined", uploaded
            found.updated_at = self.clock.now()
        else:
            self.decide(str(found.id), merchant_wins=False, resolution="merchant-accepted")

    def decide(self, name: str, *, merchant_wins: bool, resolution: str = "auto-accepted") -> Dispute:
        """The dispute ends. When the merchant loses, the money goes back."""
        found = self._must(self.dispute(name))
        found.status, found.updated_at = "resolved", self.clock.now()
        found.resolution = "declined" if merchant_wins else resolution
        payment = self._must(self.transaction(str(found.transaction_id)))
        left = min(found.amount_minor, payment.amount_minor - self.sent_back_minor(payment))
        if not merchant_wins and left > 0:
            refund = self._make_refund(payment, left, "", "", found.id)
            refund.status = "processed"
        self.outbox.tell("charge.dispute.resolve", self.dispute_answer(found))
        return found

    def transfer_answer(self, one: Transfer) -> answers.Answer:
        """A transfer as it is answered and told of."""
        return answers.transfer(self.house, one, self._must(self.recipient(str(one.recipient_id))))

    def refund_answer(self, one: Refund) -> answers.Answer:
        """A refund as it is fetched and listed."""
        return answers.refund(self.house, one, self._must(self.transaction(str(one.transaction_id))))

    def dispute_answer(self, one: Dispute) -> answers.Answer:
        """A dispute as it is answered and told of."""
        return answers.dispute(self.house, one, self._must(self.transaction(str(one.transaction_id))))

    def settle(self, currency: str) -> None:
        """What lies there goes to the merchant's bank, as on every working day."""
        left = self.books.balances.get(currency, 0)
        self._move(currency, -left, "", "Settlement", self.books.new_id())

    def advance(self) -> int:
        """Let refunds and transfers arrive whose time has come; how many."""
        now = self.clock.now()
        refunds = [one for one in self.books.refunds if one.status == "pending" and one.due_at <= now]
        for refund in refunds:
            self._end_refund(refund)
        transfers = [one for one in self.books.transfers if one.status == "pending" and one.due_at <= now]
        for transfer in transfers:
            transfer.status = "success"
            self.outbox.tell("transfer.success", self.transfer_answer(transfer))
        return len(refunds) + len(transfers)

    def _end_refund(self, refund: Refund) -> None:
        payment = self._must(self.transaction(str(refund.transaction_id)))
        refund.status = "failed" if self.knobs.refunds_fail else "processed"
        if refund.status == "failed":
            payment.status = "success"
            self._move(refund.currency, refund.amount_minor, refund.customer_note, "Refund", refund.id)
        self.outbox.tell(f"refund.{refund.status}", answers.refund_notice(self.house, refund, payment))

    def _move(self, currency: str, difference: int, reason: str, model: str, row: int) -> None:
        balance = self.books.balances.get(currency, 0) + difference
        self.books.balances[currency] = balance
        self.books.lines.append(
            Line(self.books.new_id(), currency, difference, balance, reason, model, row, self.clock.now())
        )

    @staticmethod
    def _must(row: Row | None) -> Row:
        if row is None:
            raise No(404, "Entity not found", "not_found")
        return row
