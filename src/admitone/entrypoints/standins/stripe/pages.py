"""The stand-in's pages: paying in Stripe's place, answering its questions, and an overview for a demo.

Plain HTML that works without a script. Every page says that no real money moves.
"""

from html import escape
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing
from admitone.entrypoints.standins.stripe.company import (
    decide_dispute,
    finish_account,
    make_payout,
    open_dispute,
)
from admitone.entrypoints.standins.stripe.paying import close_if_over
from admitone.entrypoints.standins.stripe.settling import Settling

_NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
_THREE_DECIMALS = "bhd jod kwd omr tnd"
_STYLE = """
*{box-sizing:border-box}body{margin:0;font:17px/1.5 system-ui,sans-serif;background:#f4f5f7;color:#1b1f27}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem 3rem}main.wide{max-width:60rem}
.card{background:#fff;border:1px solid #d9dce3;border-radius:12px;padding:1.5rem;overflow-x:auto}
.note{background:#fff4d6;border:1px solid #d9a400;border-radius:8px;padding:.7rem 1rem;margin:0 0 1rem}
.bad{background:#fde8e6;border:1px solid #b3261e;border-radius:8px;padding:.7rem 1rem}
.sum{font-size:2rem;font-weight:700;margin:.2rem 0 1rem}h1{font-size:1.3rem;margin:0}
button{width:100%;min-height:48px;border-radius:8px;border:1px solid #8a90a0;background:#fff;font:inherit;
margin-top:.7rem;cursor:pointer}button.go{background:#4b3fd6;border-color:#4b3fd6;color:#fff;font-weight:600}
button:focus-visible,a:focus-visible{outline:3px solid #1b1f27;outline-offset:2px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.5rem;border-top:1px solid #d9dce3}
td button{width:auto;margin:0 .3rem 0 0;padding:0 .9rem}td form{display:inline}
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
}


class Pages:
    """What people see."""

    def __init__(self, books: Books, settling: Settling) -> None:
        self._books = books
        self._settling = settling

    async def checkout(self, request: Request) -> Response:
        """The page a buyer pays on, and what its buttons do."""
        try:
            session = self._books.get("checkout.session", request.path_params["ref"])
        except Says:
            return _page("Nothing here", "<p>There is no such payment.</p>", status=404)
        close_if_over(self._books, session)
        if request.method == "POST":
            return await self._decided(request, session)
        return self._asked(session)

    async def _decided(self, request: Request, session: Thing) -> Response:
        decision = str((await request.form()).get("decision", ""))
        back = session["success_url"]
        if decision == "cancel":
            return RedirectResponse(session["cancel_url"] or back, 303)
        if decision == "pay" and self._settling.pay(session["id"]):
            self._books.save()
            return RedirectResponse(back, 303)
        if decision == "later" and session["status"] == "open":
            self._settling.process(session["id"])
            self._books.save()
            return RedirectResponse(back, 303)
        was_declined = decision == "decline" and self._settling.decline(session["id"])
        self._books.save()
        return self._asked(session, was_declined=was_declined)

    def _asked(self, session: Thing, *, was_declined: bool = False) -> Response:
        back = escape(_web(session["cancel_url"] or session["success_url"]), quote=True)
        if session["status"] != "open":
            word = "is paid" if session["payment_status"] == "paid" else "has ended"
            return _page("Payment", f'<p>This payment {word}.</p><p><a href="{back}">Go back</a></p>')
        what = escape(", ".join(session["_lines"]))
        bad = (
            '<p class="bad" role="alert">Your card was declined. Try another one.</p>' if was_declined else ""
        )
        body = (
            f'{bad}<p>{what}</p><p class="sum">{money(session["amount_total"], session["currency"])}</p>'
            '<form method="post"><button class="go" name="decision" value="pay">Pay</button>'
            '<button name="decision" value="decline">Decline the card</button>'
            '<button name="decision" value="later">Pay in a way that takes days</button>'
            '<button name="decision" value="cancel">Cancel and go back</button></form>'
        )
        return _page("Pay by card", body)

    async def setup(self, request: Request) -> Response:
        """The page on which an organiser tells Stripe about themselves."""
        ref = request.path_params["ref"]
        try:
            account = self._books.get("account", ref)
        except Says:
            return _page("Nothing here", "<p>There is no such account.</p>", status=404)
        if request.method == "POST":
            back = finish_account(self._books, ref)
            self._books.save()
            return RedirectResponse(back or "/", 303)
        email = escape(account["email"] or "an organiser")
        body = (
            f"<p>Stripe would now ask {email} for a name, a birthday, an address and a bank account.</p>"
            '<form method="post"><button class="go">Answer everything</button></form>'
        )
        return _page("Open an account", body)

    async def overview(self, request: Request) -> Response:
        """All payments, disputes and deliveries, with what a demo may want to happen."""
        if request.method == "POST":
            form = await request.form()
            self._happen(str(form.get("what", "")), str(form.get("ref", "")))
            self._books.save()
            return RedirectResponse(request.url.path, 303)
        rows = "".join(self._row(charge) for charge in self._books.all("charge"))
        lying = ", ".join(money(a, c) for c, a in self._books.balance(PLATFORM).items()) or "nothing yet"
        waiting = "".join(
            f"<tr><td>On its way: {escape(', '.join(one['_lines']))}</td>"
            f"<td>{money(one['amount_total'], one['currency'])}</td>"
            f"<td>{_button('arrives', one['id'], 'It arrives')}{_button('fails', one['id'], 'It does not')}</td></tr>"
            for one in self._books.all("checkout.session")
            if one["status"] == "complete" and self._is_on_its_way(one)
        )
        disputes = "".join(self._dispute_row(one) for one in self._books.all("dispute"))
        body = (
            f"<p>Balance: {lying}. Webhooks waiting: {len(self._books.deliveries)}.</p>"
            f"{_button('payout', PLATFORM, 'Pay out to the bank')}"
            f"<table><tr><th>Payment</th><th>Amount</th><th></th></tr>{waiting}{rows}</table>"
            f"<table><tr><th>Dispute</th><th>State</th><th></th></tr>{disputes}</table>"
        )
        return _page("Overview", body, is_wide=True)

    def _is_on_its_way(self, session: Thing) -> bool:
        intent_id = session["payment_intent"]
        found = (
            intent_id is not None and self._books.get("payment_intent", intent_id)["status"] == "processing"
        )
        return bool(found)

    def _row(self, charge: Thing) -> str:
        what = escape(charge["description"] or charge["id"])
        action = "disputed" if charge["disputed"] else _button("dispute", charge["id"], "Dispute it")
        amount = money(charge["amount"] - charge["amount_refunded"], charge["currency"])
        return f"<tr><td>{what}</td><td>{amount}</td><td>{action}</td></tr>"

    def _dispute_row(self, dispute: Thing) -> str:
        ref, state = dispute["id"], dispute["status"]
        actions = _button("won", ref, "Won") + _button("lost", ref, "Lost")
        is_over = state in ("won", "lost")
        return f"<tr><td>{ref}</td><td>{escape(state)}</td><td>{'' if is_over else actions}</td></tr>"

    def _happen(self, what: str, ref: str) -> None:
        if what == "dispute" and not self._books.get("charge", ref)["disputed"]:
            open_dispute(self._books, ref)
        elif what in ("arrives", "fails"):
            if self._is_on_its_way(self._books.get("checkout.session", ref)):
                self._settling.arrive(ref, arrives=what == "arrives")
        elif what in ("won", "lost"):
            decide_dispute(self._books, ref, won=what == "won")
        elif what == "payout":
            for currency, amount in self._books.balance(PLATFORM).items():
                if amount > 0:
                    make_payout(self._books, PLATFORM, amount, currency)


def money(amount: int, currency: str) -> str:
    """An amount of Stripe's as people read it."""
    decimals = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    sign, digits = "-" if amount < 0 else "", str(abs(amount)).rjust(decimals + 1, "0")
    split = len(digits) - decimals
    text = f"{digits[:split]}.{digits[split:]}" if decimals else digits
    return escape(f"{sign}{text} {currency.upper()}")


def _web(address: str) -> str:
    return address if urlsplit(address).scheme in ("http", "https") else "/"


def _button(what: str, ref: str, label: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="ref" value="{escape(ref, quote=True)}">'
        f'<button name="what" value="{what}">{label}</button></form>'
    )


def _page(title: str, body: str, *, status: int = 200, is_wide: bool = False) -> Response:
    wide = ' class="wide"' if is_wide else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} · Stripe stand-in</title><style>{_STYLE}</style></head><body><main{wide}>"
        '<p class="note"><strong>This is a stand-in for Stripe.</strong> No real money moves.</p>'
        f'<div class="card"><h1>{title}</h1>{body}</div></main></body></html>',
        status,
        headers=_HEADERS,
    )
