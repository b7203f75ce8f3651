"""What there is only while somebody tries the site out on their own machine: letters to read, demo people to be."""

from fastapi import Request

from admitone.entrypoints.hosts import is_as_printed
from admitone.settings import Settings


def shows_mailbox(settings: Settings) -> bool:
    """Say whether letters are kept and shown: with no mail server, and never on a site that others can reach."""
    return settings.smtp_host is None and settings.is_development


def is_for_trying_out(settings: Settings, request: Request) -> bool:
    """Say whether what only development has may be shown in answer to this request: it was made at the address that the
    site printed, and not in HTTP/1.0, in which no browser asks and some proxies do that leave no other mark.
    """
    is_browsers = request.scope.get("http_version") != "1.0"
    return is_browsers and is_as_printed(settings.site_url, request.headers.get("host", ""))
