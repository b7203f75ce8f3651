"""What wallets answer, read strictly (NIP-47). Amounts are msat; whatever does not fit is `Misread`, and so unknown."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from admitone.payments.nwc import Budget, Look
from admitone.values.currencies import MSAT_PER_BTC

ALIAS_CHARS: Final = 60
METHODS_MOST: Final = 60
_MSAT_MOST: Final = 21_000_000 * MSAT_PER_BTC
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_799  # the end of the year 9999
UNSUPPORTED_ENCRYPTION: Final = "UNSUPPORTED_ENCRYPTION"
# What a wallet says before it has done anything; after every other word it may have paid.
NOTHING_DONE: Final = frozenset(
    {
        "INSUFFICIENT_BALANCE",
        "QUOTA_EXCEEDED",
        "RESTRICTED",
        "UNAUTHORIZED",
        "NOT_IMPLEMENTED",
        "RATE_LIMITED",
        UNSUPPORTED_ENCRYPTION,
    }
)
NOT_FOUND: Final = "NOT_FOUND"
PAYMENT_FAILED: Final = "PAYMENT_FAILED"


class RelayAway(Exception):
    """No relay of this connection took the question: the wallet has not heard it."""


class WalletSilent(Exception):
    """The question was sent, and no answer came that can be read: the wallet may have done it."""


class WalletSaidNo(Exception):
    """The wallet's own no. `code` is its word (NIP-47: `INSUFFICIENT_BALANCE`), `OTHER` when it has none of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Misread(Exception):
    """An answer that does not say what it has to. Names the part at fault, never its value."""


class ListedState(StrEnum):
    """Where an invoice or a payment stands in the wallet's list."""

    PENDING = "pending"
    SETTLED = "settled"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Listed:
    """An invoice or a payment as the wallet lists it. `is_incoming` None: it did not say."""

    payment_hash: str | None
    state: ListedState
    amount_msat: int
    fees_msat: int | None
    preimage: bytes | None
    bolt11: str | None
    created_at: datetime | None
    settled_at: datetime | None
    expires_at: datetime | None
    is_incoming: bool | None


def proves(preimage: bytes | None, payment_hash: str) -> bool:
    """Whether this is what the payment hash was made of (BOLT 4): only who was paid gives it away."""
    return preimage is not None and hashlib.sha256(preimage).hexdigest() == payment_hash


def read_paid(result: Mapping[str, Any]) -> tuple[bytes | None, int | None]:
    """The preimage and the fees of a payment just made."""
    return _preimage(result), _msat(result, "fees_paid")


def read_listed(result: Mapping[str, Any]) -> Listed:
    """An answer to `lookup_invoice` or `make_invoice`, or a notice's. Raises `Misread`."""
    settled_at, preimage = _instant(result, "settled_at"), _preimage(result)
    said = result.get("state")
    if said is None:
        # Older wallets tell it by the time only.
        state = ListedState.PENDING if settled_at is None else ListedState.SETTLED
    elif isinstance(said, str) and said.lower() in set(ListedState):
        state = ListedState(said.lower())
    else:
        raise Misread("state")
    payment_hash, kind = result.get("payment_hash"), result.get("type")
    amount = _msat(result, "amount")
    return Listed(
        payment_hash=payment_hash.lower() if isinstance(payment_hash, str) else None,
        state=state,
        amount_msat=amount or 0,
        fees_msat=_msat(result, "fees_paid"),
        preimage=preimage,
        bolt11=_word(result, "invoice", 2000),
        created_at=_instant(result, "created_at"),
        settled_at=settled_at,
        expires_at=_instant(result, "expires_at"),
        is_incoming=None if kind not in ("incoming", "outgoing") else kind == "incoming",
    )


def read_look(result: Mapping[str, Any]) -> Look:
    """An answer to `get_info`. Raises `Misread`."""
    methods = result.get("methods")
    if not isinstance(methods, list):
        raise Misread("methods")
    known = [
        one for one in methods[:METHODS_MOST] if isinstance(one, str) and len(one) <= 40 and one.isascii()
    ]
    alias = _word(result, "alias", 10**6) or ""
    network = _word(result, "network", 20)
    return Look(
        alias=" ".join("".join(c if c.isprintable() else " " for c in alias).split())[:ALIAS_CHARS],
        network=network.lower() if network else None,
        methods=tuple(dict.fromkeys(known)),
    )


def read_budget(result: Mapping[str, Any]) -> Budget | None:
    """An answer to `get_budget`; None when the connection has none."""
    total, used = _msat(result, "total_budget"), _msat(result, "used_budget")
    if total is None:
        return None
    return Budget(total, used or 0, _instant(result, "renews_at"), _word(result, "renewal_period", 20))


def read_balance(result: Mapping[str, Any]) -> int:
    """An answer to `get_balance`, in msat. Raises `Misread`."""
    balance = _msat(result, "balance")
    if balance is None:
        raise Misread("balance")
    return balance


def _word(result: Mapping[str, Any], name: str, chars: int) -> str | None:
    said = result.get(name)
    return said if isinstance(said, str) and 0 < len(said) <= chars else None


def _msat(result: Mapping[str, Any], name: str) -> int | None:
    said = result.get(name)
    if said is None:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= _MSAT_MOST:
        raise Misread(name)
    return said


def _instant(result: Mapping[str, Any], name: str) -> datetime | None:
    """Seconds since 1970; nothing, or nought, is none."""
    said = result.get(name)
    if said is None or said == 0:
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 0 < said <= _LATEST:
        raise Misread(name)
    return _EPOCH + timedelta(seconds=said)


def _preimage(result: Mapping[str, Any]) -> bytes | None:
    said = result.get("preimage")
    if not isinstance(said, str) or len(said) != 64:
        return None
    try:
        return bytes.fromhex(said)
    except ValueError:
        return None
