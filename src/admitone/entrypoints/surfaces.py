"""Which parts of the site there are, and for whom."""

from admitone.settings import Settings


def is_data(path: str) -> bool:
    """Say whether machines read this path: answers there are JSON, never a page."""
    return path.startswith(("/api/", "/webhooks/", "/health/"))


def shows_mailbox(settings: Settings) -> bool:
    """Say whether letters are kept and shown: with no mail server, and never on a site that others can reach."""
    return settings.smtp_host is None and settings.is_development
