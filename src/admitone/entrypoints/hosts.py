"""What a `Host` header says (RFC 9110 section 7.2)."""

import re
from typing import Final
from urllib.parse import urlsplit

from admitone.values.sites import LOOPBACK

HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")


def is_as_printed(site_url: str, host: str) -> bool:
    """Say whether a `Host` header names the site as it was printed at its start: its own name, or one of this machine's
    for itself, and its own port.
    """
    site = urlsplit(site_url)
    usual = 443 if site.scheme == "https" else 80
    found = HOST.fullmatch(host.lower())
    if found is None or found["name"].strip("[]") not in LOOPBACK | {site.hostname}:
        return False
    return int(found["port"] or usual) == (site.port or usual)
