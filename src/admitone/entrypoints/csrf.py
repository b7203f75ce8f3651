"""Is this form from our own page? Two fences against other sites sending requests with somebody's cookies.

The browser says where a request comes from (Sec-Fetch-Site, Origin), and a form carries a token that only our
pages know: an HMAC bound to the session cookie or, before signing in, to a random guest cookie. The token is
masked anew for every page, so that its packed size says nothing about it (BREACH). Requests with
`Authorization` need neither: no browser adds that header by itself.
"""

import base64
import hashlib
import hmac
import secrets
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from admitone.values.refusals import Forbidden

HEADER: Final = "x-csrf-token"
FIELD: Final = "csrf"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAC_BYTES: Final = 32


class FromElsewhere(Forbidden):
    """The request does not come from one of our pages, or from one so old that its session has ended."""

    code = "request.from_elsewhere"
    text = "This was not sent from our own page, or the page was too old. Open it again, then send it again."


class Origin(Enum):
    """Where the browser says a request comes from."""

    OURS = "ours"
    FOREIGN = "foreign"
    UNSAID = "unsaid"


class Csrf:
    """Makes and checks form tokens. `master_key` is 32 bytes; `site_url` is where buyers reach the site."""

    def __init__(self, master_key: bytes, site_url: str) -> None:
        self._key = hashlib.sha256(b"admitone csrf|" + master_key).digest()
        self._origin = _origin_of(site_url)

    def make(self, bound_to: str) -> str:
        """A token for forms of whoever has the cookie value `bound_to`: 86 characters, each time others."""
        mask = secrets.token_bytes(_MAC_BYTES)
        return base64.urlsafe_b64encode(mask + _xor(mask, self._mac(bound_to))).decode().rstrip("=")

    def is_valid(self, token: str, bound_to: str) -> bool:
        """Say whether `token` was made for this cookie value."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
        except ValueError:
            return False
        if len(raw) != 2 * _MAC_BYTES:
            return False
        return hmac.compare_digest(_xor(raw[:_MAC_BYTES], raw[_MAC_BYTES:]), self._mac(bound_to))

    def _mac(self, bound_to: str) -> bytes:
        return hmac.digest(self._key, bound_to.encode("utf-8", "surrogatepass"), "sha256")

    def origin(self, *, fetch_site: str | None, origin: str | None, host: str | None) -> Origin:
        """Read the headers Sec-Fetch-Site, Origin and Host.

        Our own pages are those of the site's address, and those of the name the request was sent to. `Origin:
        null` is what a page that hides its address sends, ours too, so it says nothing.
        """
        if fetch_site == "same-origin":
            return Origin.OURS
        if fetch_site in ("same-site", "cross-site"):
            return Origin.FOREIGN
        if origin is None or origin == "null":
            return Origin.UNSAID
        is_ours = origin == self._origin or (host is not None and _netloc(origin) == host.lower())
        return Origin.OURS if is_ours else Origin.FOREIGN

    def require_ours(self, said: Origin, token: str, *, session: str | None, guest: str | None) -> None:
        """Raise `FromElsewhere` unless the request is from our own page.

        `session` and `guest` are the cookie values it carries. With a session the token must be right,
        whatever the browser says. A guest has nothing that could be misused but the form itself, so the
        browser's word or the token is enough; without any cookie there is nobody to impersonate.
        """
        if said is Origin.FOREIGN:
            raise FromElsewhere
        if session is not None:
            is_ours = self.is_valid(token, session)
        else:
            is_ours = guest is None or said is Origin.OURS or self.is_valid(token, guest)
        if not is_ours:
            raise FromElsewhere


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
