"""Who signed: other providers' keys, fetched from where they say, and each signature accepted once.

The SDK fetches keys from any domain a caller names, without limits, and looks at no chain; here they come through
`PublicFetch`, are looked at, and are kept only until they say. A signature is accepted within ten minutes of its time,
and its nonce is stored (unique), so that several processes agree.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import coincurve
from coincurve.ecdsa import cdata_to_der, der_to_cdata, signature_normalize

from admitone.payments.uma import store
from admitone.payments.uma.addresses import is_domain
from admitone.payments.uma.chains import BadChain, hold_together, leaf_key
from admitone.payments.uma.refusals import UmaRefused
from admitone.plumbing.database import Database
from admitone.plumbing.public_fetch import AddressRefused, NoUsableAnswer, PublicFetch
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

WINDOW: Final = timedelta(minutes=10)
# Clocks of others may be a little ahead of ours.
AHEAD: Final = timedelta(minutes=1)
KEPT_MOST: Final = timedelta(hours=24)
KEPT_LEAST: Final = timedelta(seconds=10)
DOMAINS_MOST: Final = 1000
NONCE_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class PeerKeys:
    """What another provider shows at `/.well-known/lnurlpubkey`: 65-byte keys, and until when we keep them."""

    signing: bytes
    encryption: bytes | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """What another provider signed: `payload` under the key of `domain`, at that time, with that nonce."""

    domain: str
    payload: bytes
    signature: str
    nonce: str
    at: int


class Peers:
    """Other providers, as far as we know them."""

    def __init__(self, database: Database, clock: Clock, fetch: PublicFetch) -> None:
        self._database = database
        self._clock = clock
        self._fetch = fetch
        self._kept: OrderedDict[str, PeerKeys] = OrderedDict()
        self._fetching: dict[str, asyncio.Task[PeerKeys]] = {}

    async def accept(self, signed: Signed, client: str | None = None) -> None:
        """Its signature is that provider's, of now, and was never used. `client` (`limiter.source_key`) is who brought
        it and so names whom we ask. Raises `UmaRefused`, `ClientBusy`.
        """
        at = self._time(signed)
        keys = await self.keys(signed.domain, client)
        if not _is_signed(signed, keys.signing):
            raise UmaRefused("INVALID_SIGNATURE", 401, "The signature is not that of the provider it names.")
        is_new = await self._database.run(
            lambda tx: store.use_nonce(tx, signed.domain.lower(), signed.nonce, at)
        )
        if not is_new:
            raise UmaRefused("INVALID_NONCE", 400, "This request was made before: its nonce has been used.")

    def _time(self, signed: Signed) -> datetime:
        if not 1 <= len(signed.nonce) <= NONCE_CHARS or not signed.nonce.isprintable():
            raise UmaRefused("INVALID_NONCE", 400, "The nonce is missing or cannot be read.")
        try:
            at = datetime.fromtimestamp(signed.at, UTC)
        except (ValueError, OverflowError, OSError, TypeError) as error:
            raise UmaRefused("INVALID_TIMESTAMP", 400, "The time of the signature cannot be read.") from error
        now = self._clock.now()
        if at < now - WINDOW:
            raise UmaRefused("INVALID_NONCE", 400, "This request is too old. Please begin again.")
        if at > now + AHEAD:
            raise UmaRefused("INVALID_TIMESTAMP", 400, "This request is from the future. Is the clock right?")
        return at

    async def keys(self, domain: str, client: str | None = None) -> PeerKeys:
        """The keys of this provider. Raises `UmaRefused`, `ClientBusy`."""
        if not is_domain(domain):
            raise UmaRefused("COUNTERPARTY_PUBKEY_FETCH_ERROR", 424, "That provider's domain cannot be read.")
        name = domain.lower()
        known = self._kept.get(name)
        if known is not None and known.until > self._clock.now():
            return known
        with self._fetch.of_client(client):
            # One request for everybody who pays from there in the same moment.
            task = self._fetching.get(name)
            if task is None:
                task = asyncio.create_task(self._look(name))
                self._fetching[name] = task
                task.add_done_callback(lambda done: self._forget_task(name, done))
            return await asyncio.shield(task)

    def _forget_task(self, name: str, done: "asyncio.Task[PeerKeys]") -> None:
        self._fetching.pop(name, None)
        if not done.cancelled():
            done.exception()  # whoever still waits has heard it

    async def _look(self, domain: str) -> PeerKeys:
        try:
            answer = await self._fetch.get_json(self._fetch.url_at(domain, "/.well-known/lnurlpubkey"))
        except (AddressRefused, NoUsableAnswer) as refusal:
            raise _not_fetched(domain, refusal) from refusal
        keys = _read(answer, self._clock.now())
        self._kept[domain] = keys
        self._kept.move_to_end(domain)
        while len(self._kept) > DOMAINS_MOST:
            self._kept.popitem(last=False)
        return keys

    async def forget_old(self) -> int:
        """Forget nonces whose time would be refused anyway; how many."""
        before = self._clock.now() - 2 * WINDOW
        return await self._database.run(lambda tx: store.forget_nonces(tx, before))


def _not_fetched(domain: str, refusal: Refusal) -> UmaRefused:
    return UmaRefused(
        "COUNTERPARTY_PUBKEY_FETCH_ERROR",
        424,
        f"The keys of {domain} could not be fetched. {refusal.sentence}",
    )


def _is_signed(signed: Signed, key: bytes) -> bool:
    try:
        # Other SDKs write high S; the library wants low.
        _, low = signature_normalize(der_to_cdata(bytes.fromhex(signed.signature)))
        return coincurve.PublicKey(key).verify(cdata_to_der(low), signed.payload)
    except ValueError:
        return False


def _read(answer: dict[str, Any], now: datetime) -> PeerKeys:
    signing = _key(answer, "signing", now)
    if signing is None:
        raise UmaRefused("INVALID_PUBKEY_FORMAT", 400, "That provider shows no signing key.")
    until = answer.get("expirationTimestamp")
    least, most = now + KEPT_LEAST, now + KEPT_MOST
    if until is None:
        return PeerKeys(signing, _key(answer, "encryption", now), most)
    if isinstance(until, bool) or not isinstance(until, int):
        raise UmaRefused("INVALID_PUBKEY_FORMAT", 400, "Until when that provider's keys hold cannot be read.")
    try:
        told = datetime.fromtimestamp(until, UTC)
    except (ValueError, OverflowError, OSError):
        told = most
    # What says it has ended is asked for anew with each payment, but not by a crowd.
    return PeerKeys(signing, _key(answer, "encryption", now), min(max(told, least), most))


def _key(answer: dict[str, Any], use: str, now: datetime) -> bytes | None:
    """The 65-byte key for this use, held against its chain where there is one. Raises `UmaRefused`."""
    bare, chain_hex = answer.get(f"{use}PubKey"), answer.get(f"{use}CertChain")
    try:
        key = None if bare is None else coincurve.PublicKey(bytes.fromhex(bare)).format(compressed=False)
        chain = None if not chain_hex else [bytes.fromhex(one) for one in chain_hex]
    except (TypeError, ValueError, AttributeError) as error:
        raise UmaRefused("INVALID_PUBKEY_FORMAT", 400, "That provider's keys cannot be read.") from error
    if chain is None:
        return key
    try:
        hold_together(chain, now)
        leaf = leaf_key(chain)
    except BadChain as error:
        code = "CERT_CHAIN_EXPIRED" if error.is_expired else "CERT_CHAIN_INVALID"
        raise UmaRefused(code, 400, f"That provider's certificates do not hold: {error}.") from error
    if key is not None and key != leaf:
        raise UmaRefused("CERT_CHAIN_INVALID", 400, "That provider's key is not that of its certificate.")
    return leaf
