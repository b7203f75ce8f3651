"""What one process remembers of an account with Paystack, because Paystack does not tell it again.

Paystack gives the address of a payment page once, in the answer that made it; and it makes a refund each time it is
asked, so that askers with the same key have to wait for each other. All of it may be forgotten: what is lost with a
process is asked for, see `adapter` and `refunds`.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

LINKS_MOST = 10_000
NOTES_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Link:
    """A payment page, and what it was made for."""

    url: str
    currency: str
    amount_minor: int


@dataclass(slots=True)
class RefundBook:
    """Which refunds there are by the key in their notes, as listed from one moment to another."""

    ids_of: dict[str, list[int]] = field(default_factory=dict)
    listed_from: datetime | None = None
    listed_until: datetime | None = None

    def forget(self) -> None:
        """Start again."""
        self.ids_of.clear()
        self.listed_from = self.listed_until = None


class Memory:
    """Of one account; shared by all providers opened for it."""

    def __init__(self) -> None:
        self._links: OrderedDict[str, Link] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.refunds = RefundBook()

    def lock(self, name: str) -> asyncio.Lock:
        """Held by whoever works on what has this name; gone when nobody does."""
        found = self._locks.get(name)
        if found is None:
            found = self._locks[name] = asyncio.Lock()
        return found

    def link(self, reference: str) -> Link | None:
        """The page of this payment, when this process has been told of it."""
        return self._links.get(reference)

    def keep_link(self, reference: str, link: Link) -> None:
        """Remember it; the oldest is forgotten when there are too many."""
        self._links[reference] = link
        if len(self._links) > LINKS_MOST:
            self._links.popitem(last=False)
