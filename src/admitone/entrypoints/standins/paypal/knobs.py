"""Who the stand-in's one merchant is, and how badly the stand-in behaves."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Mishap(StrEnum):
    """What goes wrong in one call. In `ANSWER_LOST` and `GARBAGE` the work was done all the same."""

    NEVER_ARRIVED = "never_arrived"
    SERVER_ERROR = "server_error"
    ANSWER_LOST = "answer_lost"
    GARBAGE = "garbage"
    TOO_MANY = "too_many"


class Choice(StrEnum):
    """What the buyer does on the payment page."""

    PAY = "pay"
    DECLINE = "decline"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Merchant:
    """The one account there is, and the app with its keys. `webhook_url` None: nobody is told anything."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_id: str = "1JE4291016473214C"
    webhook_url: str | None = None
    payer_id: str = "ADM2TBNE7SELL"
    name: str = "Stand-in Theatre"
    country: str = "DE"


@dataclass(slots=True)
class Knobs:
    """How badly it behaves. `mishaps` are taken one by one for each operation (`create_order`, `get_order`, `capture`,
    `refund`, `get_refund`, `pay_out`, ...; `token`).

    `copies` of each webhook are sent (0: none), each `delay_seconds` late, and out of order when `is_mixed_up`.
    Captures and refunds stay pending while `captures_wait`, `refunds_wait`; `refund_says` is the issue of the next
    refusals, or `FAILED` for refunds that are made and then fail. Payouts end as `payouts_end`.
    With `keys_ignore_bodies` a key used again is answered with what it did, whatever is asked: PayPal's documents say
    of no interface which of the two it does.
    """

    mishaps: dict[str, deque[Mishap]] = field(default_factory=dict)
    copies: int = 1
    delay_seconds: int = 0
    is_mixed_up: bool = False
    captures_wait: bool = False
    refunds_wait: bool = False
    refund_says: deque[str] = field(default_factory=deque)
    payouts_end: str = "SUCCESS"
    keys_ignore_bodies: bool = False

    def next_mishap(self, operation: str) -> Mishap | None:
        """What goes wrong in this call."""
        planned = self.mishaps.get(operation)
        return planned.popleft() if planned else None
