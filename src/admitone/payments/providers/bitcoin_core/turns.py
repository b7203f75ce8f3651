"""Whose turn it is to ask a node, so that the slow nodes of one organiser take nothing from another's.

An account asks for at most four things at once, which is what a node works on at once as it comes (`rpcthreads`); what
is beyond that waits for its own account only. A host has its share as well: several accounts may name the same one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from admitone.payments.providers.bitcoin_core.rpc import Place
from admitone.plumbing.fetch_shares import FetchShares

ACCOUNT_AT_ONCE: Final = 4
# When a sale begins many buyers ask for their addresses in the same moment.
ACCOUNT_WAITING: Final = 1_000


class NodeTurns:
    """Who asks which node at this moment, in this process."""

    def __init__(self) -> None:
        self._accounts = FetchShares(at_once=ACCOUNT_AT_ONCE, waiting=ACCOUNT_WAITING)
        self._hosts = FetchShares(waiting=ACCOUNT_WAITING)

    @asynccontextmanager
    async def turn(self, account_id: UUID, place: Place) -> AsyncIterator[None]:
        """This account's turn at this place, when it has come. Raises `NoShareLeft`."""
        async with (
            self._accounts.of_host(str(account_id)),
            self._hosts.of_host(f"{place.host.lower()}:{place.port}"),
        ):
            yield
