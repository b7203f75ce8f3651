"""What the pretended payer of play Bitcoin sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import State


@dataclass(frozen=True, slots=True)
class PlayInvoiceShown:
    """An invoice: its amount and state; `is_open` while it can be paid. `preimage`: what its payer has for having paid,
    64 hexadecimal digits; empty before.
    """

    amount: str
    state: State
    is_open: bool
    preimage: str = ""


@dataclass(frozen=True, slots=True)
class PlayTransactionShown:
    """What was sent to the address; `is_waiting` while it can still be replaced."""

    txid: str
    amount: str
    state: State
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class PlayPayerView:
    """The form posts `deed` (pay, expire, send, mine, undo, replace, invoice, address) with `sats` or `txid`.

    `sats` is what the address asks for. `made` is an invoice or an address of the payer's own, to be paid back by.
    """

    template: ClassVar[str] = "play_bitcoin/payer.html"

    post_url: str
    height_words: str
    invoice: PlayInvoiceShown | None = None
    address: str = ""
    sats: str = ""
    transactions: tuple[PlayTransactionShown, ...] = ()
    made_label: str = ""
    made: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
