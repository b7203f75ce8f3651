"""Which parts of the site there are, and for whom."""

_FOR_WALLETS = (
    "/.well-known/lnurl",
    "/.well-known/uma-configuration",
    "/uma/",
    "/api/lnurl/",
    "/lnurl/withdraw/",
    "/api/tickets/uma-callback",
)


def is_data(path: str) -> bool:
    """Say whether machines read this path: answers there are JSON, never a page."""
    return path.startswith(("/api/", "/webhooks/", "/health/", "/stream/")) or is_for_wallets(path)


def is_for_wallets(path: str) -> bool:
    """Say whether wallets and their providers read this path: they understand errors in one form only."""
    return path.startswith(_FOR_WALLETS)
