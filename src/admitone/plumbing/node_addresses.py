"""Where a node that an organiser named may be connected to: a Bitcoin Core, an LND.

Who may name addresses could have us ask machines that only we can reach. So a name is resolved once for each
connection, every address it has must be one that may be asked, and the connection goes to one of those very addresses:
who says something else at a second look finds nobody asking. Public addresses may be asked, over TLS. Those of one's
own network (`public_addresses.is_own_network`) may if the site permits it, and only to them goes anything without TLS.

Whatever is wrong with a target, the answer is the same (`NodeUnreachable`): nobody learns from it what the network
looks like.
"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, Self
from uuid import UUID

from admitone.plumbing.public_addresses import Address, is_own_network, is_public
from admitone.plumbing.public_fetch import Resolve, SystemResolver

RESOLVE_SECONDS: Final = 5.0
TRIED_MOST: Final = 3
"""So many addresses of a name are tried."""


class NodeUnreachable(Exception):
    """There is no such name, or it means an address that is not asked. It does not say which."""

    def __init__(self) -> None:
        super().__init__("unreachable")


class NotEncrypted(Exception):
    """Without TLS it would go over the internet, or to a network that this site does not connect to."""


class NodeAddresses:
    """`own_network`: nodes may lie at addresses of the site's own network, and on this machine."""

    def __init__(self, *, own_network: bool, resolve: Resolve | None = None) -> None:
        self._own_network = own_network
        self._resolve = resolve or SystemResolver()

    def for_account(self, organiser_id: UUID | None) -> Self:
        """For a node of this organiser's. None is whoever runs the site: theirs may lie on their own network."""
        return self if organiser_id is not None else type(self)(own_network=True, resolve=self._resolve)

    async def of(self, host: str, port: int, *, is_encrypted: bool) -> Sequence[Address]:
        """The addresses of a host (a name, or an address in numbers without brackets), each of which may be connected
        to, at most `TRIED_MOST`. Raises `NodeUnreachable`, `NotEncrypted`.
        """
        if not is_encrypted and not self._own_network:
            raise NotEncrypted
        found = await self._all(host, port)
        if all(is_public(address) for address in found):
            if not is_encrypted:
                raise NotEncrypted
        elif not self._own_network or not all(is_own_network(address) for address in found):
            raise NodeUnreachable
        return found[:TRIED_MOST]

    async def _all(self, host: str, port: int) -> list[Address]:
        """Every address of it, each once; at least one."""
        try:
            # The zone of a link-local address (`fe80::1%eth0`) would hide what follows it from every list.
            return [ip_address(host.partition("%")[0])]
        except ValueError:
            pass
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError, ValueError):  # a time-out is an OSError
            raise NodeUnreachable from None
        if not found:
            raise NodeUnreachable
        return found
