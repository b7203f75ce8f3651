"""The payment page in PayPal's place: what is paid, and three buttons. It says clearly that no money moves."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admitone.entrypoints.standins.paypal.company import Company
from admitone.entrypoints.standins.paypal.knobs import Choice
from admitone.entrypoints.standins.paypal.saying import SaysNo

_HEADERS = {
    # No `form-action`: browsers hold it against the redirect back to the shop too.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_STYLE = """
*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#16202b;background:#f2f4f7}
main{max-width:26rem;margin:0 auto;padding:1.5rem 1rem 3rem}
.notice{background:#fff4d6;border:1px solid #d9a400;border-radius:.5rem;padding:.75rem 1rem;margin:0 0 1rem}
.card{background:#fff;border:1px solid #d5dbe3;border-radius:.75rem;padding:1.25rem}
h1{font-size:1.25rem;margin:0 0 .75rem}dl{margin:0 0 1.25rem}dt{color:#4d5a68;font-size:.875rem}
dd{margin:0 0 .5rem;overflow-wrap:anywhere}.amount{font-size:1.75rem;font-weight:700}
button{display:block;width:100%;min-height:3rem;margin-top:.75rem;border-radius:1.5rem;border:2px solid #0b3d91;
font:inherit;font-weight:600;cursor:pointer;background:#fff;color:#0b3d91}
button.pay{background:#0b3d91;color:#fff}button:focus-visible{outline:3px solid #d97a00;outline-offset:2px}
"""


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    text = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><main>
<p class="notice"><strong>This is not PayPal.</strong> It is a stand-in for trying things out: no real money moves.</p>
{body}
</main></body></html>"""
    return HTMLResponse(text, status, headers=_HEADERS)


class Page:
    """The buyer's page of one company."""

    def __init__(self, company: Company) -> None:
        self._company = company

    async def show(self, request: Request) -> Response:
        """GET /checkoutnow?token=<order>."""
        try:
            order = self._company.order(request.query_params.get("token", ""))
        except SaysNo:
            return _page("Not found", '<div class="card"><h1>There is no such payment</h1></div>', 404)
        unit, merchant = order["purchase_units"][0], self._company.merchant
        amount = f"{unit['amount']['value']} {unit['amount']['currency_code']}"
        if order["status"] in ("COMPLETED", "APPROVED"):
            said = "You have already agreed to this payment. You can close this page."
            return _page("Done", f'<div class="card"><h1>{escape(amount)}</h1><p>{said}</p></div>')
        buttons = "".join(
            f'<button class="{choice.value}" name="choice" value="{choice.value}">{escape(label)}</button>'
            for choice, label in (
                (Choice.PAY, f"Pay {amount}"),
                (Choice.DECLINE, "Decline: my card is refused"),
                (Choice.CANCEL, "Cancel and go back"),
            )
        )
        body = f"""<div class="card"><h1>Pay {escape(merchant.name)}</h1>
<dl><dt>Amount</dt><dd class="amount">{escape(amount)}</dd>
<dt>For</dt><dd>{escape(str(unit.get("description", "")))}</dd></dl>
<form method="post" action="/checkoutnow"><input type="hidden" name="token" value="{escape(order["id"])}">
{buttons}</form></div>"""
        return _page(f"Pay {amount}", body)

    async def choose(self, request: Request) -> Response:
        """POST /checkoutnow with the buyer's choice; sends them back to the shop."""
        form = await request.form()
        try:
            choice = Choice(str(form.get("choice")))
            where = self._company.choose(str(form.get("token")), choice)
        except (SaysNo, ValueError):
            return _page("Not found", '<div class="card"><h1>There is no such payment</h1></div>', 404)
        self._company.memory.keep()
        return RedirectResponse(where, 303)
