"""Fetching from an address that a stranger named: a payer's provider, a Lightning Address, an LNURL.

Who may name addresses could have us ask machines that only we can reach (a database, a router, the keys of a cloud).
So: https and port 443 only; the name is resolved once, every address it has must be public, and the connection goes
to one of those very addresses, with the name in TLS and `Host` (who answers a second question otherwise finds
nobody asking it); no redirects, no proxies, no cookies, no compression; at most 64 KB and ten seconds for all of it.
No host, and no client who has hosts asked, can take up all of what is asked at once (`fetch_shares`).
In development the own machine may be asked too, over http and on any port.
"""

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from socket import IPPROTO_TCP, getaddrinfo
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.fetch_shares import ClientBusy as ClientBusy
from admitone.plumbing.fetch_shares import FetchShares, NoShareLeft
from admitone.plumbing.public_addresses import Address, is_public
from admitone.values.refusals import Busy, Invalid

ANSWER_BYTES: Final = 64 * 1024
ALL_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 3.0
URL_CHARS: Final = 2048
NAME_CHARS: Final = 253
# Slow name servers must not use up the threads that others work in, nor strangers all our connections.
_RESOLVING_AT_ONCE: Final = 8
_FETCHING_AT_ONCE: Final = 32
_ADDRESSES_TRIED: Final = 3
_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
# The last label is no number: `127.1`, `2130706433` and `0x7f000001` are addresses in disguise.
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+(?!0x)(?=[a-z0-9-]*[a-z]){_LABEL}")
_PLAIN: Final = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class AddressRefused(Invalid):
    """A stranger's address that is not asked: not https, not a public machine, or not an address at all."""

    code = "fetch.address_refused"
    text = "We do not connect to {host}: it has to be a public address that begins with https://."


class NoUsableAnswer(Busy):
    """Nobody answered in time, or not in a way that can be used."""

    code = "fetch.no_usable_answer"
    text = "{host} did not give an answer that we can use. Please try again in a minute."


class HostBusy(NoUsableAnswer):
    """So many are asking this host already that it was not asked: nothing was sent."""

    code = "fetch.host_busy"
    text = "Many people are asking {host} at this moment. Please try again in a minute."


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` is a name in lower case, or the own machine's address; `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status. `host` is who gave it."""

    host: str
    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `NoUsableAnswer` when it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise NoUsableAnswer(host=self.host) from error
        if not isinstance(found, dict):
            raise NoUsableAnswer(host=self.host)
        return found


class SystemResolver:
    """Names by the system's resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVING_AT_ONCE, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Every address of this name. Raises `OSError` when it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, lambda: getaddrinfo(host, port, proto=IPPROTO_TCP))
        # The zone of a link-local address (`fe80::1%eth0`) is cut off; the address is refused all the same.
        return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class PublicFetch:
    """Asks strangers' addresses. `loopback`: the own machine may be asked too (development and tests).

    `accept` is the kind of answer that is asked for, `answer_bytes` the most that is read of one.
    """

    def __init__(
        self,
        *,
        loopback: bool = False,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        accept: str = "application/json",
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        self._accept = accept
        self._answer_bytes = answer_bytes
        self._loopback = loopback
        self._resolve = resolve or SystemResolver()
        self._tls_given = tls
        self._free = asyncio.Semaphore(_FETCHING_AT_ONCE)
        self._shares = FetchShares()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading the list of authorities takes 20 ms, which only those pay who ask somebody.
        return self._tls_given or httpx2.create_ssl_context(trust_env=False)

    async def get(self, url: str) -> Fetched:
        """What is there. Raises `AddressRefused`, `NoUsableAnswer`."""
        return await self._ask("GET", url, None, {"accept": self._accept})

    async def post(self, url: str, body: Mapping[str, object]) -> Fetched:
        """Send this as JSON. Raises `AddressRefused`; after `NoUsableAnswer` it may have been taken all the same."""
        headers = {"accept": self._accept, "content-type": "application/json"}
        return await self._ask("POST", url, msgspec.json.encode(body), headers)

    async def get_json(self, url: str) -> dict[str, Any]:
        """The JSON object there, from an answer that says success. Raises `AddressRefused`, `NoUsableAnswer`."""
        answer = await self.get(url)
        if not answer.is_success:
            raise NoUsableAnswer(host=answer.host)
        return answer.json()

    def of_client(self, client: str | None) -> AbstractContextManager[None]:
        """What is asked within is asked for this client (`limiter.source_key`; None: for ourselves), and counts as one
        question of theirs. Raises `ClientBusy` when they have as many open as they may.
        """
        return self._shares.of_client(client)

    def url_at(self, domain: str, path: str) -> str:
        """The address of this path at a domain, which may have a port: https, and http on the own machine."""
        is_own = self._loopback and domain.partition(":")[0] in _LOOPBACK_NAMES
        return f"{'http' if is_own else 'https'}://{domain}{path}"

    def target(self, url: str) -> Target:
        """What this address says, before any name is resolved. Raises `AddressRefused`."""
        return _target(url, self._loopback)

    async def addresses(self, host: str, port: int = 443) -> Sequence[Address]:
        """All addresses of this name, each of which may be connected to, in the resolver's order.

        For those who connect by themselves (a relay's web socket). Raises `AddressRefused`, `NoUsableAnswer`.
        """
        try:
            async with asyncio.timeout(ALL_SECONDS):
                found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError, ValueError) as error:
            raise NoUsableAnswer(host=host) from error
        if not found:
            raise NoUsableAnswer(host=host)
        if not (self._is_own(found) or all(is_public(address) for address in found)):
            raise AddressRefused(host=host)
        return found

    def _is_own(self, found: Sequence[Address]) -> bool:
        return self._loopback and all(address.is_loopback for address in found)

    async def _ask(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Fetched:
        target = self.target(url)
        require_no_transaction(f"a request to {target.host}")
        try:
            async with asyncio.timeout(ALL_SECONDS), self._shares.of_host(target.authority), self._free:
                found = await self.addresses(target.host, target.port)
                if not self._is_own(found) and (target.scheme != "https" or target.port != 443):
                    raise AddressRefused(host=target.host)
                return await self._ask_one_of(found, target, method, body, headers)
        except NoShareLeft:
            raise HostBusy(host=target.host) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:  # a time-out is an OSError
            raise NoUsableAnswer(host=target.host) from error

    async def _ask_one_of(
        self,
        found: Sequence[Address],
        target: Target,
        method: str,
        body: bytes | None,
        headers: dict[str, str],
    ) -> Fetched:
        away: httpx2.HTTPError | None = None
        for address in found[:_ADDRESSES_TRIED]:
            try:
                return await self._ask_at(address, target, method, body, headers)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:  # nothing was sent
                away = error
        assert away is not None, "there is at least one address"
        raise away

    async def _ask_at(
        self, address: Address, target: Target, method: str, body: bytes | None, headers: dict[str, str]
    ) -> Fetched:
        where = f"[{address}]" if address.version == 6 else str(address)
        # A client of its own for each: connections are kept by address, and two names may share one.
        async with (
            httpx2.AsyncClient(
                verify=self._tls,
                timeout=httpx2.Timeout(ALL_SECONDS, connect=CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream(
                method,
                f"{target.scheme}://{where}:{target.port}{target.path}",
                content=body,
                headers={**headers, "host": target.authority, "accept-encoding": "identity"},
                extensions={"sni_hostname": target.host},
            ) as answer,
        ):
            if answer.is_redirect or answer.headers.get("content-encoding", "identity") != "identity":
                raise NoUsableAnswer(host=target.host)
            whole = bytearray()
            async for part in answer.aiter_raw():
                whole += part
                if len(whole) > self._answer_bytes:
                    raise NoUsableAnswer(host=target.host)
            return Fetched(target.host, answer.status_code, bytes(whole))


def _target(url: str, loopback: bool) -> Target:
    try:
        parts = urlsplit(url)
        host, port, scheme = (parts.hostname or "").lower(), parts.port, parts.scheme
    except ValueError as error:  # brackets that do not close, a port that is no number
        raise AddressRefused(host="that") from error
    is_name = len(host) <= NAME_CHARS and _NAME.fullmatch(host) is not None
    is_own = loopback and host in _LOOPBACK_NAMES
    is_fine = (
        len(url) <= URL_CHARS
        and _PLAIN.fullmatch(url)
        and scheme in (_PORTS if loopback else ("https",))
        and "@" not in parts.netloc
        and port != 0
        and (is_own or is_name)
    )
    if not is_fine or (not loopback and port not in (None, 443)):
        raise AddressRefused(host=host if is_name else "that")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port or _PORTS[scheme], path)
