"""How to reach an organiser's LND: what they typed, read into what a connection needs. Pure.

A macaroon is taken in hexadecimal or Base64, with or without the address's `grpc://`; a certificate as PEM, also when a
form has taken its line breaks away, or as the Base64 of the file. Nothing of it is in any message or `repr`.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

from admitone.payments.providers.lightning.node import BadNodeKeys

DEFAULT_PORT: Final = 10009
_HOST: Final = re.compile(
    r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::[0-9]{1,5})?"
)
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class LndKeys:
    """`target` is host and port, `certificate` PEM; None trusts the authorities this machine trusts."""

    target: str
    macaroon_hex: str = field(repr=False)
    certificate: bytes | None = field(repr=False)

    @property
    def host(self) -> str:
        """The node's name, or its address in numbers without brackets."""
        return self.target.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.target.rpartition(":")[2])


def read_keys(given: Mapping[str, str]) -> LndKeys:
    """The keys. Raises `BadNodeKeys` naming the field."""
    return LndKeys(
        _target(given.get("host", "")),
        _macaroon(given.get("macaroon", "")),
        _certificate(given.get("certificate", "")),
    )


def _target(typed: str) -> str:
    host = re.sub(r"^(?:grpc|https)://", "", typed.strip()).rstrip("/")
    if not _HOST.fullmatch(host):
        raise BadNodeKeys("it is no host and port", field="host")
    has_port = re.search(r":[0-9]+$", host) is not None and (not host.startswith("[") or "]:" in host)
    if has_port and not 0 < int(host.rsplit(":", 1)[1]) < 65536:
        raise BadNodeKeys("there is no such port", field="host")
    return host if has_port else f"{host}:{DEFAULT_PORT}"


def _macaroon(typed: str) -> str:
    words = "".join(typed.split())
    if len(words) >= 32 and len(words) % 2 == 0 and _HEX.fullmatch(words):
        return words.lower()
    raw = _from_base64(words)
    if raw is None and not _HEX.fullmatch(words):
        raise BadNodeKeys("it is neither hexadecimal nor Base64", field="macaroon")
    if raw is None or len(raw) < 16 or _HEX.fullmatch(words):
        raise BadNodeKeys("it is too short for a macaroon, or some of it is missing", field="macaroon")
    return raw.hex()


def _certificate(typed: str) -> bytes | None:
    words = typed.strip()
    if not words:
        return None
    if "-----" not in words:
        raw = _from_base64("".join(words.split())) or b""
        words = raw.decode("ascii", errors="replace")
    found = _PEM.findall(words)
    if not found:
        raise BadNodeKeys("there is no certificate in it", field="certificate")
    pem = "".join(_pem("".join(one.split())) for one in found).encode()
    try:
        x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadNodeKeys("nobody can read this certificate", field="certificate") from None
    return pem


def _pem(body: str) -> str:
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _from_base64(words: str) -> bytes | None:
    """Standard or for addresses, with or without padding."""
    plain = words.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
