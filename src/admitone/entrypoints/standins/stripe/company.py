"""What a company does at Stripe besides being paid: balance, accounts, transfers, payouts, disputes, files."""

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing
from admitone.entrypoints.standins.stripe.forms import Call
from admitone.entrypoints.standins.stripe.settling import make_transfer

WEEK = 7 * 24 * 3600
DISPUTE_FEE = 2000
_QUESTIONS = ["business_profile.url", "external_account", "individual.first_name", "tos_acceptance.date"]


def open_platform(books: Books) -> None:
    """The account that the secret key belongs to, once."""
    if any(one["id"] == PLATFORM for one in books.all("account")):
        return
    account = books.add("acct", "account", _account("standard", "DE", "site@example.org", {}))
    _answer_all(account)
    account["business_profile"]["name"] = "Admit One (stand-in)"
    books.rename(account, PLATFORM)


def read_balance(call: Call) -> Thing:
    """`GET /v1/balance`."""
    lying = call.books.balance(call.account) or {"eur": 0}
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in lying.items()
    ]
    pending = [{"amount": 0, "currency": one, "source_types": {"card": 0}} for one in lying]
    return {
        "object": "balance",
        "available": available,
        "connect_reserved": [{"amount": 0, "currency": one} for one in lying],
        "livemode": call.books.is_live,
        "pending": pending,
    }


def list_lines(call: Call) -> Thing:
    """`GET /v1/balance_transactions`."""
    lines = call.books.all("balance_transaction")
    return call.listed(one for one in lines if one["_account"] == call.account)


def read_own_account(call: Call) -> Thing:
    """`GET /v1/account`."""
    return call.show(call.books.get("account", call.account))


def read_account(call: Call) -> Thing:
    """`GET /v1/accounts/{account}`."""
    try:
        return call.show(call.books.get("account", call.names[0], "account"))
    except Says:
        told = f"The provided key does not have access to account '{call.names[0]}'."
        raise Says(403, told, code="account_invalid") from None


def create_account(call: Call) -> Thing:
    """`POST /v1/accounts`."""
    params = call.params
    kind = params.get("type", "standard")
    account = _account(kind, params.get("country", "DE"), params.get("email"), call.inner("metadata"))
    account["capabilities"] = dict.fromkeys(call.inner("capabilities"), "inactive")
    return call.show(call.books.add("acct", "account", account))


def create_account_link(call: Call) -> Thing:
    """`POST /v1/account_links`."""
    account = call.books.get("account", call.text("account"), "account")
    account["_return_url"] = call.text("return_url")
    return {
        "object": "account_link",
        "created": call.books.now(),
        "expires_at": call.books.now() + 300,
        "url": f"{call.options['public_url']}/setup/s/{account['id']}",
    }


def finish_account(books: Books, ref: str) -> str | None:
    """The organiser has answered all of Stripe's questions; where to send them back to."""
    account = books.get("account", ref)
    _answer_all(account)
    books.tell("account.updated", account, account["id"])
    back: str | None = account.get("_return_url")
    return back


def create_transfer(call: Call) -> Thing:
    """`POST /v1/transfers`."""
    books = call.books
    account = books.get("account", call.text("destination"), "destination")
    if account["capabilities"].get("transfers") != "active":
        told = "Your destination account needs to have at least one of the following capabilities: transfers."
        raise Says(400, told, code="insufficient_capabilities_for_transfer")
    amount, currency = call.whole("amount"), call.text("currency")
    books.need(PLATFORM, amount, currency)
    fields = {
        "description": call.params.get("description"),
        "metadata": call.inner("metadata"),
        "transfer_group": call.params.get("transfer_group"),
    }
    return call.show(make_transfer(books, amount, currency, account["id"], fields))


def list_transfers(call: Call) -> Thing:
    """`GET /v1/transfers`."""
    group = call.params.get("transfer_group")
    found = call.books.all("transfer")
    return call.listed(one for one in found if group in (None, one["transfer_group"]))


def make_payout(books: Books, account: str, amount: int, currency: str) -> Thing:
    """Stripe pays an account's bank, as it does by itself every day."""
    books.need(account, amount, currency)
    payout = books.add(
        "po",
        "payout",
        {
            "_account": account,
            "amount": amount,
            "arrival_date": books.now(),
            "automatic": True,
            "currency": currency,
            "description": "STRIPE PAYOUT",
            "failure_code": None,
            "livemode": books.is_live,
            "metadata": {},
            "method": "standard",
            "status": "paid",
            "type": "bank_account",
        },
    )
    line = books.move(account, "payout", "payout", -amount, currency, source=payout["id"])
    payout["balance_transaction"] = line["id"]
    books.tell("payout.paid", payout, None if account == PLATFORM else account)
    return payout


def open_dispute(books: Books, charge_id: str, reason: str = "fraudulent") -> Thing:
    """A buyer's bank takes the money back, and a fee with it."""
    charge = books.get("charge", charge_id)
    charge["disputed"] = True
    amount, currency = charge["amount"] - charge["amount_refunded"], charge["currency"]
    dispute = books.add(
        "dp",
        "dispute",
        {
            "amount": amount,
            "charge": charge_id,
            "currency": currency,
            "evidence": {},
            "evidence_details": {
                "due_by": books.now() + WEEK,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "livemode": books.is_live,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        },
    )
    ref = dispute["id"]
    line = books.move(PLATFORM, "adjustment", "dispute", -amount, currency, source=ref, fee=DISPUTE_FEE)
    dispute["balance_transactions"] = [books.shown(line)]
    books.tell("charge.dispute.created", dispute, None)
    return dispute


def decide_dispute(books: Books, ref: str, *, won: bool) -> Thing:
    """The buyer's bank has decided."""
    dispute = books.get("dispute", ref)
    dispute["status"] = "won" if won else "lost"
    if won:
        amount, currency = dispute["amount"], dispute["currency"]
        line = books.move(PLATFORM, "adjustment", "dispute_reversal", amount, currency, source=ref)
        dispute["balance_transactions"].append(books.shown(line))
    books.tell("charge.dispute.closed", dispute, None)
    return dispute


def answer_dispute(call: Call) -> Thing:
    """`POST /v1/disputes/{dispute}`."""
    dispute = call.books.get("dispute", call.names[0], "dispute")
    if dispute["status"] != "needs_response":
        raise Says(400, "This dispute is already closed or under review.", code="dispute_not_open")
    evidence = call.inner("evidence")
    for name, value in evidence.items():
        if value.startswith("file_"):
            call.books.get("file", value, f"evidence[{name}]")
    dispute["evidence"] |= evidence
    details = dispute["evidence_details"]
    details["has_evidence"] = bool(dispute["evidence"])
    if call.params.get("submit", "true") == "true":
        details["submission_count"] += 1
        dispute["status"] = "under_review"
    call.books.tell("charge.dispute.updated", dispute, None)
    return call.show(dispute)


def create_file(call: Call) -> Thing:
    """`POST /v1/files`: only its name and size are kept."""
    fields = {
        "expires_at": None,
        "filename": call.params.get("filename"),
        "purpose": call.text("purpose"),
        "size": int(call.params.get("size", "0")),
        "title": None,
        "type": "pdf",
        "url": None,
    }
    return call.show(call.books.add("file", "file", fields))


def _account(kind: str, country: str, email: str | None, metadata: Thing) -> Thing:
    return {
        "business_profile": {"name": None, "url": None},
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "country": country,
        "default_currency": "eur",
        "details_submitted": False,
        "email": email,
        "metadata": metadata,
        "payouts_enabled": False,
        "requirements": {
            "currently_due": list(_QUESTIONS),
            "disabled_reason": "requirements.past_due",
            "past_due": [],
        },
        "type": kind,
    }


def _answer_all(account: Thing) -> None:
    account |= {"charges_enabled": True, "details_submitted": True, "payouts_enabled": True}
    account["capabilities"] = dict.fromkeys(
        {"card_payments", "transfers", *account["capabilities"]}, "active"
    )
    account["requirements"] |= {"currently_due": [], "disabled_reason": None}
