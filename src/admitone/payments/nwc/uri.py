"""Connections of Nostr Wallet Connect as people paste them: `nostr+walletconnect://<key>?relay=<wss>&secret=<hex>`.

Source: NIP-47 (https://github.com/nostr-protocol/nips/blob/master/47.md). The text lets whoever has it spend: what was
read from it is never shown, logged or put into an error, and neither is the text.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from coincurve import PublicKeyXOnly

from admitone.payments.nwc.refusals import (
    ConnectionWithoutKey,
    ConnectionWithoutRelay,
    ConnectionWithoutSecret,
    NotAConnection,
    RelayNotPublic,
    RelayNotSecure,
)

URI_CHARS: Final = 2000
RELAYS_MOST: Final = 5
_HEX_32: Final = re.compile(r"[0-9a-f]{64}")
_HEAD: Final = re.compile(r"nostr\+?walletconnect:(?://)?(.*)", re.IGNORECASE | re.DOTALL)
# The order of the group of secp256k1 (SEC 2): secrets lie between nothing and it.
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# Names that mean a machine of one's own network, whoever answers for them (RFC 6761, RFC 6762, RFC 8375).
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class ConnectionUri:
    """`service` is the wallet's public key (64 hexadecimal digits), `relays` where it listens, best first.

    `secret` (64 hexadecimal digits) signs what we ask; it never appears where this is printed.
    """

    service: str
    relays: tuple[str, ...]
    secret: str = field(repr=False)

    @property
    def relay_host(self) -> str:
        """The name of the first relay, for people."""
        return urlsplit(self.relays[0]).hostname or ""

    @property
    def text(self) -> str:
        """The connection in its plainest form, to be sealed."""
        relays = "&".join(f"relay={relay}" for relay in self.relays)
        return f"nostr+walletconnect://{self.service}?{relays}&secret={self.secret}"


def read_uri(typed: str, *, loopback: bool) -> ConnectionUri:
    """What somebody pasted. `loopback`: a relay on this very machine is fine, and may speak without TLS.

    Names are not resolved here: whoever connects looks at the addresses. Raises `NotAConnection`,
    `ConnectionWithoutKey`, `ConnectionWithoutSecret`, `ConnectionWithoutRelay`, `RelayNotSecure`, `RelayNotPublic`.
    """
    whole = typed.strip()
    found = _HEAD.fullmatch(whole)
    if found is None or len(whole) > URI_CHARS or not whole.isascii() or not whole.isprintable():
        raise NotAConnection(field="uri")
    key, _, query = found[1].partition("?")
    service = key.rstrip("/").lower()
    if not _is_key(service):
        raise ConnectionWithoutKey(field="uri")
    said = parse_qsl(query.partition("#")[0], keep_blank_values=True)
    secrets = [value.lower() for name, value in said if name == "secret"]
    if len(secrets) != 1 or not _is_secret(secrets[0]):
        raise ConnectionWithoutSecret(field="uri")
    relays = list(dict.fromkeys(value for name, value in said if name == "relay" and value))
    if not relays or len(relays) > RELAYS_MOST:
        raise ConnectionWithoutRelay(field="uri")
    for relay in relays:
        _check_relay(relay, loopback)
    return ConnectionUri(service, tuple(relays), secrets[0])


def _is_key(digits: str) -> bool:
    if not _HEX_32.fullmatch(digits):
        return False
    try:
        PublicKeyXOnly(bytes.fromhex(digits))
    except ValueError:  # no point of the curve
        return False
    return True


def _is_secret(digits: str) -> bool:
    return _HEX_32.fullmatch(digits) is not None and 0 < int(digits, 16) < _ORDER


def _check_relay(relay: str, loopback: bool) -> None:
    parts = _split(relay)
    host = (parts.hostname or "").lower()
    is_own = loopback and host in _LOOPBACK
    if parts.scheme != "wss" and not (is_own and parts.scheme == "ws"):
        raise RelayNotSecure(field="uri")
    if not is_own and not _may_be_public(host):
        raise RelayNotPublic(field="uri")


def _split(relay: str) -> SplitResult:
    try:
        parts = urlsplit(relay)
        is_fine = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets that do not close, a port that is no number
        raise ConnectionWithoutRelay(field="uri") from None
    if not is_fine or parts.fragment or re.search(r"[\s\\]", relay):
        raise ConnectionWithoutRelay(field="uri")
    return parts


def _may_be_public(host: str) -> bool:
    """Whether this may be a name that everybody knows. An address in numbers is not: nobody has a certificate for it
    whom we should trust, and it has too many disguises.
    """
    if "." not in host or host.endswith(_PRIVATE_NAMES):
        return False
    try:
        ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)
    return False
