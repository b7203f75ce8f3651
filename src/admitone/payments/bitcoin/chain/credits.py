"""What came to an address, and how sure it is. Pure.

A credit waits for a block, is mined, or is gone, because what it spends was spent otherwise. It is *final* when as many
blocks are on it as its value asks for; what is final settles an attempt. When the chain gets other blocks it may
fall below that again: then it is *undone*, until it is final again or can never be.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin.chain.port import Standing
from admitone.values.currencies import MSAT_PER_SAT

# So deep nothing was ever undone, but by a fault of the programs themselves: it is not looked at any more.
DEEP: Final = 12
MINED_WITHIN: Final = timedelta(hours=2)
"""So long after it was seen a payment has to be in a block to count at the rate it was asked at.

A fee of the day gets it there within the hour. Without an end somebody could send it with next to no fee, and let it
through, or not, once they know how the rate has moved.
"""


class CreditState(StrEnum):
    """`GONE`: what it spends was spent by another transaction."""

    WAITS = "waits"
    MINED = "mined"
    GONE = "gone"


class UndoneState(StrEnum):
    """What became of a credit that had been final: `WON` when it is so again, `LOST` when it cannot be any more."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Tiers:
    """How many confirmations a payment needs: 1, from `two_from_sat` on 2, from `six_from_sat` on 6; `least` always.

    What counts is the larger of what was asked and what came, so that a large payment in small pieces is a large one.
    """

    two_from_sat: int = 1_000_000
    six_from_sat: int = 10_000_000
    least: int = 1

    def depth(self, amount_msat: int) -> int:
        """The confirmations for so much."""
        sat = amount_msat // MSAT_PER_SAT
        by_value = 6 if sat >= self.six_from_sat else 2 if sat >= self.two_from_sat else 1
        return max(by_value, self.least)


@dataclass(frozen=True, slots=True)
class Credit:
    """An output that pays the address of `attempt_id`; the columns of its table (`tables.BitcoinCredit`)."""

    account_id: UUID
    txid: str
    vout: int
    attempt_id: UUID
    address: str
    amount_msat: int
    depth: int
    state: CreditState
    block_hash: str | None
    height: int | None
    seen_at: datetime
    is_late: bool
    late_price: Decimal | None
    worth_minor: int | None
    final_at: datetime | None
    deep_at: datetime | None
    given_to: UUID | None
    change_no: int = 0

    @property
    def outpoint(self) -> str:
        """`txid:vout`."""
        return f"{self.txid}:{self.vout}"

    @property
    def is_coming(self) -> bool:
        """It is on its way, and not final yet."""
        return self.final_at is None and self.state is not CreditState.GONE

    @property
    def lacks_price(self) -> bool:
        """It is in a block, at the rate of then, and nobody knows yet what that is."""
        return self.is_late and self.late_price is None and self.state is CreditState.MINED

    @property
    def order(self) -> tuple[int, str, int]:
        """Which of several came first."""
        return (0 if self.height is None else self.height, self.txid, self.vout)

    def confirmations(self, tip_height: int) -> int:
        """How many blocks are on it, its own included."""
        return 0 if self.height is None else max(tip_height - self.height + 1, 0)

    def is_enough(self, tip_height: int) -> bool:
        """As many as make it final."""
        return self.confirmations(tip_height) >= self.depth


@dataclass(frozen=True, slots=True)
class Undone:
    """A credit that had been final; the columns of its table (`tables.BitcoinUndone`)."""

    account_id: UUID
    ref: str
    txid: str
    vout: int
    state: UndoneState
    opened_at: datetime
    changed_at: datetime
    change_no: int = 0


def stand(credit: Credit, standing: Standing) -> Credit:
    """The credit as its transaction stands."""
    if standing.block_hash is not None:
        return replace(
            credit, state=CreditState.MINED, block_hash=standing.block_hash, height=standing.height
        )
    state = CreditState.GONE if standing.is_replaced else CreditState.WAITS
    return replace(credit, state=state, block_hash=None, height=None)


def undone_ref(credit: Credit, block_hash: str | None, times: int) -> str:
    """What the dispute about it is called: by the block that is no longer there, and a number when it was there, and
    gone, more than once.
    """
    ref = f"reorg:{credit.outpoint}:{block_hash}"
    return f"{ref}:{times + 1}" if times else ref
