"""The port: what a node of Bitcoin's chain, with a wallet of its owner's, must be able to do for us.

`providers/bitcoin_core` asks a real one. Amounts are whole satoshi; a transaction's output is named by its outpoint,
`txid:vout`. Every verb may raise `ChainAway` (no answer, or one nobody can read: whether it happened is unknown) and
`ChainRefused` (the node's own no, and nothing happened), and nothing else; none is called while a transaction of ours
is open.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ChainAway(Exception):
    """The node gave no answer that can be read. The message is a word for our records and holds no secret."""


class ChainRefused(Exception):
    """The node said no. `code` is our word for it, or `refused`."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class Network(StrEnum):
    """Whose money it is; only `MAINNET` has real one."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    SIGNET = "signet"
    REGTEST = "regtest"


@dataclass(frozen=True, slots=True)
class Tip:
    """The last block of the chain."""

    hash: str
    height: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a transaction stands. `block_hash`, `height` and `mined_at`, by the block's own clock, when it is mined.

    `is_replaced`: another transaction spends the same money, and the network holds with that one; `lost_by` is how many
    confirmations that one has.
    """

    block_hash: str | None = None
    height: int | None = None
    is_replaced: bool = False
    lost_by: int = 0
    mined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """An output that pays the wallet. `received_at` is when the node first heard of it, by the node's clock."""

    txid: str
    vout: int
    address: str
    amount_sat: int
    standing: Standing
    received_at: datetime

    @property
    def outpoint(self) -> str:
        """`txid:vout`."""
        return f"{self.txid}:{self.vout}"


@dataclass(frozen=True, slots=True)
class News:
    """What happened since a block: outputs in later blocks, all that are in none, and those of blocks that are no
    longer part of the chain (`removed`, outpoints). `tip` is the block up to which this is so.
    """

    outputs: Sequence[Output]
    removed: Collection[str]
    tip: Tip


class Chain(Protocol):
    """A node and its wallet, for receiving."""

    async def tip(self) -> Tip:
        """The last block."""
        ...

    async def since(self, block_hash: str) -> News:
        """What happened since this block; everything that ever did when the node does not know the block."""
        ...

    async def standings(self, txids: Collection[str]) -> Mapping[str, Standing]:
        """Where these transactions stand; those the wallet has never heard of are left out."""
        ...

    async def blocks(self, heights: Collection[int]) -> Mapping[int, str]:
        """The hashes of the blocks of the chain at these heights; heights above the tip are left out."""
        ...

    async def address(self, label: str) -> str:
        """An address for this label, the same however often it is asked."""
        ...

    async def resend(self, txid: str) -> None:
        """Tell the network of a payment to us again, which it may have forgotten. A no of the network is no error."""
        ...

    async def balance(self) -> int:
        """Whole satoshi in the wallet that can be spent."""
        ...

    async def payers(self, txid: str) -> Sequence[str]:
        """The addresses a transaction was spent from, each once; none when nobody can say."""
        ...
