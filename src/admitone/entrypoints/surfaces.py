"""Which parts of the site there are, and for whom."""


def is_data(path: str) -> bool:
    """Say whether machines read this path: answers there are JSON, never a page."""
    return path.startswith(("/api/", "/webhooks/", "/health/"))
