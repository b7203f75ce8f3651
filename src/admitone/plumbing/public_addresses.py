"""Which addresses of the internet are anybody's, and which are of a network of one's own: what a stranger may have us
connect to.

Sources: the special-purpose registries of IANA for IPv4 and IPv6 (RFC 6890 and what it has grown into), RFC 6052 for
addresses of IPv4 inside IPv6. Written out, because Python's own lists differ from release to release.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public, and is where a cloud (Azure) answers its own machines
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3ffe::/16",
        "3fff::/20",
    )  # Teredo, papers, 6to4
)
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether it is reached over the internet and by nobody but its owner: no network of ours, no group, no relay."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


_OWN_NETWORK: Final = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
# Where clouds give their machines keys, within those.
_KEYS_OF_CLOUDS: Final = frozenset(ip_address(address) for address in ("100.100.100.200", "fd00:ec2::254"))


def is_own_network(address: Address) -> bool:
    """Whether it is of this machine or of a private network (RFC 1918, 4193, 6598), where a node of one's own may lie.

    Link-local ones are not, nor what means all or no machines: there is where clouds keep keys, and no node is.
    """
    return address not in _KEYS_OF_CLOUDS and any(address in network for network in _OWN_NETWORK)
