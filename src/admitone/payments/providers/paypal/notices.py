"""Webhooks checked here rather than by asking PayPal: a flood of forged ones costs PayPal nothing and us little.

What is signed (SHA-256 with RSA, PKCS 1 v1.5) is `transmission id|transmission time|webhook id|CRC-32 of the raw
body`; the webhook's id binds it to one account in one mode. The certificate is at an address in the notice: it counts
only when it is PayPal's own host and the chain leads to a root we trust. A CRC is no hash: whoever has a genuine notice
can make another body with the same one. So what a notice says is a hint, as everywhere, and PayPal is asked.

Source: PayPal's webhook integration guide, "Verify notifications offline".
"""

import asyncio
import base64
import binascii
import contextlib
import re
import ssl
import warnings
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from admitone.payments.account_status import ProviderAway
from admitone.payments.provider import BadSignature, NoticeRead
from admitone.payments.providers.paypal.happenings import about
from admitone.payments.providers.paypal.shapes import Happening
from admitone.payments.providers.paypal.wire import NoAnswer, sent
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

# PayPal goes on sending a notice for three days.
OLD_MOST = timedelta(days=4)
EARLY_MOST = timedelta(minutes=5)
FETCH_SECONDS = 5.0
CERTIFICATE_BYTES_MOST = 64 * 1024
KEPT_MOST = 32
KEPT_FOR = timedelta(hours=12)
REFUSED_FOR = timedelta(minutes=1)
PAYPAL_CERTIFICATES = (
    r"https://(?:[a-z0-9-]{1,40}\.){1,4}paypal\.com/v1/notifications/certs/CERT-[A-Za-z0-9-]{1,100}"
)
SIGNERS = ("messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signature counts: certificates from these addresses (a full match), under these roots (PEM).

    No roots means those of this machine. `signers` are the names a certificate may be for.
    """

    addresses: str = PAYPAL_CERTIFICATES
    roots: bytes | None = field(default=None, repr=False)
    signers: tuple[str, ...] = SIGNERS


@dataclass(frozen=True, slots=True)
class _Kept:
    key: RSAPublicKey | None
    until: datetime


class Certificates:
    """Public keys by address, fetched and checked once and kept for a while; refused ones for a minute."""

    def __init__(self, client: Client, clock: Clock, trust: Trust) -> None:
        self._client = client
        self._clock = clock
        self._trust = trust
        self._addresses = re.compile(trust.addresses)
        self._kept: dict[str, _Kept] = {}
        self._fetching = asyncio.Lock()

    async def key(self, address: str) -> RSAPublicKey:
        """The key of the certificate there. Raises `BadSignature`, and `ProviderAway` when it cannot be fetched."""
        if len(address) > 300 or not self._addresses.fullmatch(address):
            raise BadSignature
        found = self._known(address)
        if found is None:
            # One at a time: addresses come from outside, and nobody shall make us send many requests at once.
            async with self._fetching:
                found = self._known(address) or await self._fetched(address)
        if found.key is None:
            raise BadSignature
        return found.key

    def _known(self, address: str) -> _Kept | None:
        kept = self._kept.get(address)
        return kept if kept is not None and self._clock.now() < kept.until else None

    async def _fetched(self, address: str) -> _Kept:
        request = self._client.build_request("GET", address)
        try:
            answer = await sent(self._client, request, FETCH_SECONDS, CERTIFICATE_BYTES_MOST)
        except NoAnswer as silence:
            raise ProviderAway from silence
        if answer.status >= 500:
            raise ProviderAway
        now = self._clock.now()
        kept = _Kept(None, now + REFUSED_FOR)
        if answer.status == 200:
            checked = check_chain(answer.body, self._trust, now)
            if checked is not None:
                key, ends_at = checked
                kept = _Kept(key, min(now + KEPT_FOR, ends_at))
        if len(self._kept) >= KEPT_MOST:
            self._kept.clear()
        self._kept[address] = kept
        return kept


def check_chain(pem: bytes, trust: Trust, now: datetime) -> tuple[RSAPublicKey, datetime] | None:
    """The key of the first certificate, and when it ends, if the chain is good now (RFC 5280); else None."""
    try:
        leaf, *between = x509.load_pem_x509_certificates(pem)
        roots = x509.load_pem_x509_certificates(trust.roots) if trust.roots else _machine_roots()
    except ValueError:
        return None
    for name in trust.signers:
        verifier = PolicyBuilder().store(Store(roots)).time(now).build_server_verifier(x509.DNSName(name))
        try:
            verifier.verify(leaf, between)
        except VerificationError:
            continue
        key = leaf.public_key()
        return (key, leaf.not_valid_after_utc) if isinstance(key, RSAPublicKey) else None
    return None


def _machine_roots() -> list[x509.Certificate]:
    paths = ssl.get_default_verify_paths()
    found: list[x509.Certificate] = []
    with warnings.catch_warnings():
        # Some old roots have odd serial numbers; they are no reason to trust none at all.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for one in ssl.create_default_context().get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                found.append(x509.load_der_x509_certificate(one))
        if not found and paths.cafile:
            found = x509.load_pem_x509_certificates(Path(paths.cafile).read_bytes())
    return found


async def read(
    certificates: Certificates, webhook_id: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> NoticeRead | None:
    """The notice, when it is genuine. Raises `BadSignature`, and `ProviderAway` when nobody can say."""
    transmission = headers.get("paypal-transmission-id", "")
    time = headers.get("paypal-transmission-time", "")
    if headers.get("paypal-auth-algo") != "SHA256withRSA" or not _ID.fullmatch(transmission):
        raise BadSignature
    if not _is_fresh(time, now):
        raise BadSignature
    try:
        signature = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature from error
    key = await certificates.key(headers.get("paypal-cert-url", ""))
    signed = f"{transmission}|{time}|{webhook_id}|{zlib.crc32(body)}"
    try:
        key.verify(signature, signed.encode(), PKCS1v15(), SHA256())
        happening = msgspec.json.decode(body, type=Happening)
    except (InvalidSignature, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadSignature from error
    found = about(happening)
    return None if found is None else NoticeRead(happening.id, found[1], found[0])


def _is_fresh(text: str, now: datetime) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        at = datetime.fromisoformat(text.removesuffix("Z") + "+00:00")
    except ValueError:
        return False
    return now - OLD_MOST <= at <= now + EARLY_MOST
