"""Where a request really comes from, and whether it asked for us.

`X-Forwarded-For` and `X-Forwarded-Proto` are anybody's claim. They are believed only when the peer itself is
a proxy of ours, and then only as far to the left as the hops are proxies of ours too.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from admitone.entrypoints.hosts import HOST

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What proxies add to a request (RFC 9110 section 7.6.3, RFC 7239, and older habits). Browsers send none of them.
PROXY_MARKS = frozenset(
    {
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"forwarded",
        b"x-real-ip",
        b"via",
        b"cf-connecting-ip",
    }
)


class TrustedProxies:
    """`networks` in CIDR form (`10.0.0.0/8`) or single addresses. Raises ValueError for anything else."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[_Network, ...] = tuple(
            ipaddress.ip_network(one, strict=False) for one in networks
        )

    def trusts(self, address: str) -> bool:
        """Say whether this is a proxy of ours."""
        if not self._networks:
            return False
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._networks)

    def client(self, peer: str, forwarded_for: str) -> str:
        """The address of whoever asked: the rightmost hop that is no proxy of ours, else the peer."""
        if not self.trusts(peer):
            return peer
        address = peer
        for hop in reversed(forwarded_for.split(",")):
            try:
                address = str(ipaddress.ip_address(hop.strip()))
            except ValueError:
                return address
            if not self.trusts(address):
                return address
        return address


class AllowedHosts:
    """The host names this site answers to: its own address and those in settings, with any port."""

    def __init__(self, site_url: str, others: Iterable[str]) -> None:
        own = urlsplit(site_url).hostname
        assert own, "the site's address names a host"
        self._names = {own.lower(), *(one.lower().strip("[]") for one in others)}
        # Somebody trying the program at home types either of them.
        if self._names & {"127.0.0.1", "localhost", "::1"}:
            self._names |= {"127.0.0.1", "localhost", "::1"}

    def allow(self, host: bytes) -> bool:
        """Say whether the `Host` header is one of ours (RFC 9110 section 7.2)."""
        found = HOST.fullmatch(host.decode("latin-1").lower())
        return found is not None and found["name"].strip("[]") in self._names
