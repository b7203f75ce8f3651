"""How wallets and other providers are told no: `{"status": "ERROR", "reason": "..."}` (LUD-01), with UMA's code beside
it. They read nothing else, so every refusal at their addresses has this form, whichever layer says it.
"""

from typing import Final

import msgspec

from admitone import payments
from admitone.entrypoints.answers import Answer
from admitone.entrypoints.http_refusals import headers_of, status_of
from admitone.values.refusals import Conflict, Gone, NotFound, Problems, Refusal, TooMany

ANYBODY: Final = {
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "no-store",
}
"""Headers of every answer: wallets that live in browsers may read it."""
_UMA_CODES: Final[tuple[tuple[type[Refusal], str], ...]] = (
    (TooMany, "VELOCITY_LIMIT_EXCEEDED"),
    (NotFound, "USER_NOT_FOUND"),
    (Gone, "QUOTE_EXPIRED"),
    (Conflict, "USER_NOT_READY"),
)


def wallet_error(refusal: Refusal) -> Answer:
    """The refusal in their form."""
    body: dict[str, object] = {"status": "ERROR", "reason": _sentences(refusal)}
    if isinstance(refusal, payments.uma.UmaRefused):
        status = refusal.http_status
        body |= {"code": refusal.uma_code, **refusal.more}
    else:
        status = status_of(refusal)
        other = "INTERNAL_ERROR" if status >= 500 else "INVALID_INPUT"
        body["code"] = next((code for kind, code in _UMA_CODES if isinstance(refusal, kind)), other)
    encoded = msgspec.json.encode(body, enc_hook=str)
    headers = headers_of(refusal, "application/json", len(encoded))
    headers += [(name.encode(), value.encode()) for name, value in ANYBODY.items()]
    return Answer(status, tuple(headers), encoded)


def _sentences(refusal: Refusal) -> str:
    if isinstance(refusal, Problems):
        return " ".join(dict.fromkeys(one.sentence for one in refusal.problems))
    return refusal.sentence
