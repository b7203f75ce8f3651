"""What there is only while somebody tries the site out on their own machine: letters to read, demo people to be."""

import contextlib

from fastapi import Request

from admitone import accounts
from admitone.assembly import Assembly
from admitone.entrypoints.demo_people import OWNER_EMAIL
from admitone.entrypoints.hosts import is_as_printed
from admitone.settings import Settings
from admitone.values.actor import SYSTEM


def shows_mailbox(settings: Settings) -> bool:
    """Say whether letters are kept and shown: with no mail server, and never on a site that others can reach."""
    return settings.smtp_host is None and settings.is_development


def is_for_trying_out(settings: Settings, request: Request) -> bool:
    """Say whether what only development has may be shown in answer to this request: it was made at the address that the
    site printed, and not in HTTP/1.0, in which no browser asks and some proxies do that leave no other mark.
    """
    is_browsers = request.scope.get("http_version") != "1.0"
    return is_browsers and is_as_printed(settings.site_url, request.headers.get("host", ""))


async def retire_demo(needs: Assembly) -> None:
    """The password of the demo's owner is public: on a site that others can reach they do not run the site, though they
    did while its database was only tried out. Done at every start; the same again changes nothing.
    """
    if needs.settings.is_development:
        return
    with contextlib.suppress(accounts.OperatorUnknown):
        await needs.database.run(
            lambda tx: accounts.mark_operator(tx, OWNER_EMAIL, is_operator=False, by=SYSTEM.label)
        )
