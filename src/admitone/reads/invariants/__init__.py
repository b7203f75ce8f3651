"""The promises as queries: each must find nothing, at any moment, on any database. `admitone check` asks them all.

Numbers are those of the security document's invariants where they have one there. A file per subject; each query
selects one text column that names what is broken, at most 20 rows.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text

from admitone.plumbing.database import Reader
from admitone.reads.invariants.bitcoin import BITCOIN
from admitone.reads.invariants.books import BOOKS
from admitone.reads.invariants.by_address import BY_ADDRESS
from admitone.reads.invariants.connected import CONNECTED
from admitone.reads.invariants.credits import CREDITS
from admitone.reads.invariants.documents import DOCUMENTS
from admitone.reads.invariants.door import DOOR
from admitone.reads.invariants.exchanges import EXCHANGES
from admitone.reads.invariants.invariant import Invariant
from admitone.reads.invariants.journal import JOURNAL
from admitone.reads.invariants.ledger import LEDGER
from admitone.reads.invariants.orders import ORDERS
from admitone.reads.invariants.owners import OWNERS
from admitone.reads.invariants.payouts import PAYOUTS
from admitone.reads.invariants.places import INVENTORY
from admitone.reads.invariants.prices import RECOMPUTED, recomputed
from admitone.reads.invariants.promotions import PROMOTIONS
from admitone.reads.invariants.received import RECEIVED
from admitone.reads.invariants.reversals import REVERSALS
from admitone.reads.invariants.runs import RUNS
from admitone.reads.invariants.viewers import VIEWERS

__all__ = ["ALL", "Broken", "Invariant", "broken"]
MOST = 20
ALL = (
    *INVENTORY,
    *ORDERS,
    *REVERSALS,
    *EXCHANGES,
    *RUNS,
    *PROMOTIONS,
    *CREDITS,
    *DOCUMENTS,
    *LEDGER,
    *BOOKS,
    *PAYOUTS,
    *RECEIVED,
    *BITCOIN,
    *BY_ADDRESS,
    *CONNECTED,
    *DOOR,
    *OWNERS,
    *VIEWERS,
    *JOURNAL,
    RECOMPUTED,
)


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the first rows that show it."""

    invariant: Invariant
    rows: tuple[str, ...]


async def broken(reader: Reader, only: Collection[str] = ()) -> list[Broken]:
    """Every invariant that does not hold now; empty is the only good answer. `only`: look at those with these names."""
    assert {one.name for one in ALL} >= set(only), "names of invariants"
    found = []
    for invariant in ALL:
        if invariant is RECOMPUTED or (only and invariant.name not in only):
            continue
        rows = await reader.execute(text(f"SELECT * FROM ({invariant.sql}) AS broken LIMIT {MOST}"))  # noqa: S608 - constants
        shown = tuple(str(row[0]) for row in rows)
        if shown:
            found.append(Broken(invariant, shown))
    if only and RECOMPUTED.name not in only:
        return found
    wrong = await recomputed(reader, MOST)
    return [*found, Broken(RECOMPUTED, wrong)] if wrong else found
