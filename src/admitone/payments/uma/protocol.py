"""What UMA's messages say, as the rest of the program knows them; `load` gives what reads and writes them.

Sources: UMAD-03 to UMAD-11 (https://github.com/uma-universal-money-address/protocol), LUD-06, LUD-12, LUD-16, LUD-18.
"""

import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, cast

from admitone.payments.uma.own_keys import OwnKeys
from admitone.payments.uma.peers import Signed

SAT: Final = "SAT"
# The length of a text in a UMA invoice is one byte.
INVOICE_TEXT_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Query:
    """Somebody's provider asks how `receiver` (`$name@domain`, spelled as it likes) is paid. `read` is the SDK's."""

    signed: Signed
    receiver: str
    read: object


@dataclass(frozen=True, slots=True)
class PayTerms:
    """How somebody is paid: from `msat_least` to `msat_most`, mostly one and the same, at `callback`. `payer_data` says
    of each field whether it must be told; `kyc` is what we say of the receiver (VERIFIED, NOT_VERIFIED, PENDING,
    UNKNOWN).
    """

    msat_least: int
    msat_most: int
    callback: str
    metadata: str
    payer_data: Mapping[str, bool]
    kyc: str
    comment_chars: int | None = None


@dataclass(frozen=True, slots=True)
class PayAsk:
    """A payer's provider asks for an invoice over `msat`. `payer` is whose money it is."""

    signed: Signed
    payer: str
    msat: int
    email: str | None
    name: str | None
    comment: str | None
    read: object


@dataclass(frozen=True, slots=True)
class CallbackRead:
    """News after a payment. `status`: COMPLETED, FAILED or nothing; `signed` None is of UMA version 0."""

    signed: Signed | None
    status: str | None


@dataclass(frozen=True, slots=True)
class InvoiceWish:
    """A UMA invoice to make: who receives `msat`, where it is paid, how often at most; `sender` is who shall pay it."""

    receiver: str
    msat: int
    callback: str
    payer_data: Mapping[str, bool]
    kyc: str
    payments_most: int | None = 1
    sender: str | None = None

    def __post_init__(self) -> None:
        for text in (self.receiver, self.callback, self.sender or ""):
            assert len(text.encode()) <= INVOICE_TEXT_BYTES, "longer than fits in a UMA invoice"


class Messages(Protocol):
    """Reads and writes UMA's messages (`sdk`). Whatever cannot be read is a `UmaRefused`."""

    def major_versions(self) -> list[int]:
        """Spoken here, best first."""
        ...

    def read_query(self, url: str) -> Query:
        """From the whole address that was asked."""
        ...

    def answer_query(self, query: Query, keys: OwnKeys, terms: PayTerms) -> str:
        """Signed, as JSON."""
        ...

    def read_pay_request(self, body: bytes) -> PayAsk:
        """From the body that was posted."""
        ...

    def answer_pay_request(
        self, ask: PayAsk, keys: OwnKeys, *, payee: str, bolt11: str, metadata: str, callback: str
    ) -> str:
        """Signed for version 1, as JSON."""
        ...

    def read_callback(self, body: bytes) -> CallbackRead:
        """From the body that was posted."""
        ...

    def make_invoice(self, wish: InvoiceWish, keys: OwnKeys, expires_at: datetime) -> str:
        """`uma1...`"""
        ...


async def load() -> Messages:
    """The SDK behind these words. Loading it takes half a second, in a thread and once."""
    module = await asyncio.to_thread(importlib.import_module, "admitone.payments.uma.sdk")
    return cast(Messages, module)
