"""How badly the stand-in behaves."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong with one call. The work was done only in `ANSWER_LOST` and `GARBAGE`."""

    NEVER_ARRIVED = "never_arrived"
    SERVER_ERROR = "server_error"
    ANSWER_LOST = "answer_lost"
    GARBAGE = "garbage"
    TOO_MANY = "too_many"


@dataclass(slots=True)
class Knobs:
    """May be turned while the stand-in runs.

    Webhooks: `copies` of each are sent (0: none ever comes), `webhook_seconds` late, every second one later still when
    `is_mixed_up`. Money: a refund or transfer is on its way for so many seconds; `needs_code` lets transfers wait for a
    code; `refunds_need_balance` refuses refunds while too little lies there; `refunds_fail` lets those on their way
    fail; `buyer_bears_fee` puts Paystack's fee on top of what the buyer pays.
    """

    copies: int = 1
    webhook_seconds: float = 0
    is_mixed_up: bool = False
    refund_seconds: float = 3
    transfer_seconds: float = 3
    needs_code: bool = False
    refunds_need_balance: bool = False
    refunds_fail: bool = False
    buyer_bears_fee: bool = False
    _faults: dict[str, deque[Fault]] = field(default_factory=dict)

    def plan(self, beginning: str, *faults: Fault) -> None:
        """Let the next calls go wrong whose method and path begin so (`POST /refund`), forgetting what was planned."""
        self._faults[beginning] = deque(faults)

    def take(self, call: str) -> Fault | None:
        """What goes wrong with this call (`POST /refund/1`); the longest beginning counts."""
        for beginning in sorted(self._faults, key=len, reverse=True):
            if call.startswith(beginning) and self._faults[beginning]:
                return self._faults[beginning].popleft()
        return None
