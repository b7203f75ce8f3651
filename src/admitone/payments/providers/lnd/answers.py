"""How LND says no, in our words.

Most of its errors are plain texts under the code UNKNOWN, so the text decides. Source: lnd v0.20.0-beta,
`invoices/errors.go`, `payments/db/errors.go`, `rpcperms/interceptor.go`, `macaroons/service.go` and
`lnrpc/routerrpc/router_server.go`. Pure.
"""

from typing import Final

from admitone.payments.providers.lightning.node import BadNodeKeys, NodeAway, NodeRefused

NOT_FOUND: Final = "not_found"
ALREADY: Final = "already"
EXISTS: Final = "exists"
REFUSED: Final = "refused"

# The node is there and cannot work yet, or just now.
_AWAY: Final = ("wallet locked", "waiting to start", "process of starting up", "shutting down")
_KEYS: Final = (
    "permission denied",
    "verification failed",
    "cannot get macaroon",
    "expected 1 macaroon",
    "cannot determine data format of binary-encoded macaroon",
    "macaroon",
    "cannot authenticate",
)
_WORDS: Final = (
    ("unable to locate invoice", NOT_FOUND),
    ("there are no existing invoices", NOT_FOUND),
    ("payment isn't initiated", NOT_FOUND),
    ("invoice already settled", "paid"),
    ("invoice already canceled", "gone"),
    ("invoice still open", "open"),
    ("already exists", EXISTS),
    ("invoice expired", "expired"),
    ("is too large", "too_large"),
    ("self-payments not allowed", "to_ourselves"),
)
_CODES: Final = {"NOT_FOUND": NOT_FOUND, "ALREADY_EXISTS": ALREADY, "UNIMPLEMENTED": "unable"}
# Codes by which the node itself, not the way to it, answers.
_SAID: Final = frozenset(
    {
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
    }
)


def said(asked: str, code: str, details: str) -> Exception:
    """The exception for this gRPC status: `NodeAway`, `BadNodeKeys`, or `NodeRefused` with our word.

    The node's own text is not repeated: it may contain what it was asked with.
    """
    text = details.lower()
    if code in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
        return BadNodeKeys("not permitted", field="macaroon")
    if code not in _SAID or any(words in text for words in _AWAY):
        return NodeAway(f"{asked}: {code.lower()}")
    for words, ours in _WORDS:
        if words in text:
            return NodeRefused(ours)
    if code == "UNKNOWN" and any(words in text for words in _KEYS):
        return BadNodeKeys("not permitted", field="macaroon")
    return NodeRefused(_CODES.get(code, REFUSED))
