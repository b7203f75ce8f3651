"""The payment page in Paystack's place. It says what it is, and lets a person decide what their bank does."""

from html import escape

from admitone.entrypoints.standins.paystack.books import Transaction
from admitone.values import formats

_CSS = """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;background:#eef2f6;color:#14202b;
font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:420px;background:#fff;border-radius:14px;padding:24px;box-shadow:0 8px 30px #14202b1f}
.play{margin:-24px -24px 20px;padding:12px 24px;border-radius:14px 14px 0 0;background:#fff3cd;color:#5c4400;
font-size:15px}
h1{margin:0;font-size:15px;font-weight:600;color:#47596b}
.amount{margin:2px 0 16px;font-size:34px;font-weight:700;letter-spacing:-.02em}
dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px;margin:0 0 20px;font-size:15px}
dt{color:#47596b}dd{margin:0;text-align:right;overflow-wrap:anywhere}
button{display:block;width:100%;min-height:48px;margin-top:10px;border-radius:10px;border:1px solid #8fa1b3;
background:#fff;color:#14202b;font:inherit;font-weight:600;cursor:pointer}
button.pay{border-color:#0a6b5e;background:#0a6b5e;color:#fff}
button:focus-visible{outline:3px solid #1264d1;outline-offset:2px}
"""
CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def page(payment: Transaction) -> str:
    """The page of a payment that can still be made."""
    amount = formats.money(payment.requested_minor, payment.currency)
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in (
            ("For", _description(payment)),
            ("E-mail", payment.email),
            ("Paid by", ", ".join(payment.channels).replace("_", " ")),
            ("Reference", payment.reference),
        )
        if value
    )
    tried = "<p role=status>Your bank declined. You can try again.</p>" if payment.status == "failed" else ""
    return _framed(
        f"Pay {amount}",
        f"<h1>Pay with Paystack (stand-in)</h1><p class=amount>{escape(amount)}</p>{tried}<dl>{rows}</dl>"
        "<form method=post><button class=pay name=decision value=pay>Pay</button>"
        "<button name=decision value=decline>Decline, as a bank would</button>"
        "<button name=decision value=cancel>Cancel and go back</button></form>",
    )


def closed(words: str) -> str:
    """A page that has nothing to decide."""
    return _framed(words, f"<h1>{escape(words)}</h1><p>You can close this page.</p>")


def _framed(title: str, inside: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body><main>"
        "<p class=play><strong>This is a stand-in for Paystack.</strong> No real money moves here.</p>"
        f"{inside}</main></body></html>"
    )


def _description(payment: Transaction) -> str:
    fields = payment.metadata.get("custom_fields")
    if isinstance(fields, list):
        for one in fields:
            if isinstance(one, dict) and isinstance(one.get("value"), str):
                return str(one["value"])
    return ""
