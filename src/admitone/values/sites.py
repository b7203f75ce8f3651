"""Where a site is when nobody says otherwise."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def site_at(host: str, port: int) -> str:
    """The address of a site that listens at this host, a name or an address, and port. IPv6 goes in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
