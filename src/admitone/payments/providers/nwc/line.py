"""A web socket to the relay of one wallet, for as long as a few questions take (NIP-01, NIP-47).

The relay's name is looked up once, every address it has must be public, and the connection goes to one of those very
addresses: a relay is named by strangers. Each wait has an end. Whether a question left us is known: what fails before
may be asked again (`RelayAway`), what fails after may have been heard (`WalletSilent`).
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from admitone.payments.nwc import ConnectionUri
from admitone.payments.providers.nwc.answers import (
    UNSUPPORTED_ENCRYPTION,
    RelayAway,
    WalletSaidNo,
    WalletSilent,
)
from admitone.payments.providers.nwc.envelope import (
    INFO_KIND,
    NIP04,
    NIP44,
    NOTICE_KINDS,
    RESPONSE_KIND,
    Announced,
    Envelope,
    Garbled,
    Unreadable,
)
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.public_fetch import NoUsableAnswer, PublicFetch
from admitone.values.clock import Clock

CONNECT_SECONDS: Final = 5.0
ANNOUNCED_SECONDS: Final = 3.0
MESSAGE_BYTES: Final = 256 * 1024
# What a relay sends that is not for us is not listened to for ever.
MESSAGES_MOST: Final = 1000


class _Known(AbstractResolver):
    """Names whose addresses were looked at before."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        return


class Line:
    """Open it with `open_line`. One question at a time."""

    def __init__(self, to: aiohttp.ClientWebSocketResponse, envelope: Envelope, clock: Clock) -> None:
        self._to = to
        self._envelope = envelope
        self._clock = clock
        self._announced: Announced | None = None

    async def ask(self, method: str, params: Mapping[str, object], *, seconds: float) -> dict[str, Any]:
        """The result of a method. Raises `RelayAway`, `WalletSilent`, `WalletSaidNo`."""
        announced = await self.read_announced()
        try:
            return await self._ask(method, params, announced.encryption, seconds)
        except WalletSaidNo as no:
            if no.code != UNSUPPORTED_ENCRYPTION or announced.encryption == NIP04:
                raise
            # It had announced nothing yet, and speaks the old way only: what it could not read it has not done.
            self._announced = replace(announced, encryption=NIP04)
            return await self._ask(method, params, NIP04, seconds)

    async def _ask(
        self, method: str, params: Mapping[str, object], encryption: str, seconds: float
    ) -> dict[str, Any]:
        request = self._envelope.seal(
            method, params, encryption, now=self._clock.now(), valid=timedelta(seconds=seconds + 30)
        )
        wanted = {"kinds": [RESPONSE_KIND], "authors": [self._envelope.service], "#e": [request.id]}
        is_sent = False
        try:
            async with asyncio.timeout(seconds):
                name = await self._subscribe(wanted)
                async for kind, message in self._messages():
                    if kind == "EOSE" and message[1] == name:
                        is_sent = True
                        await self._say("EVENT", request.event)
                    if kind == "CLOSED" and message[1] == name:
                        break
                    if kind == "OK" and message[1:3] == [request.id, False]:
                        is_sent = False  # the relay did not pass it on
                        break
                    if kind == "EVENT" and message[1] == name:
                        with contextlib.suppress(Unreadable):
                            return _result(self._envelope.open_answer(message[2], request.id), method)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise (WalletSilent if is_sent else RelayAway)(method) from error
        except Garbled as error:
            raise WalletSilent(method) from error
        raise (WalletSilent if is_sent else RelayAway)(method)

    async def notices(self) -> AsyncIterator[dict[str, Any] | None]:
        """What the wallet tells by itself, until the connection ends. None first: from here on nothing is missed."""
        name = await self._subscribe(
            {
                "kinds": list(NOTICE_KINDS),
                "authors": [self._envelope.service],
                "#p": [self._envelope.own_key],
                "since": int(self._clock.now().timestamp()),
            }
        )
        async for kind, message in self._messages(most=None):
            if kind == "EOSE" and message[1] == name:
                yield None
            if kind == "EVENT" and message[1] == name:
                with contextlib.suppress(Unreadable, Garbled):
                    yield self._envelope.open_notice(message[2])

    async def read_announced(self) -> Announced:
        """What the wallet says to everybody; a wallet that says nothing is taken for a modern one."""
        if self._announced is not None:
            return self._announced
        found: Announced | None = None
        try:
            async with asyncio.timeout(ANNOUNCED_SECONDS):
                name = await self._subscribe({"kinds": [INFO_KIND], "authors": [self._envelope.service]})
                async for kind, message in self._messages():
                    if kind == "EVENT" and message[1] == name:
                        with contextlib.suppress(Unreadable):
                            found = self._envelope.read_announced(message[2])
                    if kind in ("EOSE", "CLOSED") and message[1] == name:
                        break
                await self._say("CLOSE", name)
        except TimeoutError:
            pass
        except (aiohttp.ClientError, OSError) as error:
            raise RelayAway from error
        self._announced = found or Announced((), NIP44, notices=False)
        return self._announced

    async def _subscribe(self, wanted: Mapping[str, object]) -> str:
        name = secrets.token_hex(8)
        await self._say("REQ", name, wanted)
        return name

    async def _say(self, *parts: object) -> None:
        await self._to.send_str(json.dumps(parts))

    async def _messages(self, most: int | None = MESSAGES_MOST) -> AsyncIterator[tuple[str, list[Any]]]:
        """What the relay says: the kind of each message, and all of it. Ends when the connection does."""
        count = 0
        while most is None or count < most:
            count += 1
            frame = await self._to.receive()
            if frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
                return
            if frame.type is aiohttp.WSMsgType.ERROR:
                return
            message = _message(frame)
            if message is not None:
                yield str(message[0]), message


def _message(frame: aiohttp.WSMessage) -> list[Any] | None:
    if frame.type is not aiohttp.WSMsgType.TEXT:
        return None
    try:
        said = json.loads(frame.data)
    except (ValueError, RecursionError):
        return None
    fits = isinstance(said, list) and len(said) >= (3 if said[:1] in (["EVENT"], ["OK"]) else 2)
    return said if fits else None


def _result(said: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Raises `WalletSaidNo`, `Garbled`."""
    error = said.get("error")
    if isinstance(error, Mapping):
        code = error.get("code")
        raise WalletSaidNo(_code(code))
    result = said.get("result")
    if not isinstance(result, dict) or said.get("result_type", method) != method:
        raise Garbled
    return result


def _code(said: object) -> str:
    """A word of capital letters; what else a wallet says is not repeated."""
    is_word = isinstance(said, str) and len(said) <= 40 and said.isascii() and said.replace("_", "").isalpha()
    return str(said).upper() if is_word else "OTHER"


@contextlib.asynccontextmanager
async def open_line(uri: ConnectionUri, fetch: PublicFetch, clock: Clock) -> AsyncIterator[Line]:
    """A line to the first relay of this connection that answers. Raises `RelayAway`, `AddressRefused`."""
    require_no_transaction("a question to a wallet")
    envelope = Envelope(uri)
    async with contextlib.AsyncExitStack() as closing:
        for relay in uri.relays:
            to = await _connect(relay, fetch, closing)
            if to is not None:
                yield Line(to, envelope, clock)
                return
        raise RelayAway


def _nowhere_else() -> aiohttp.TraceConfig:
    """A relay that sends us elsewhere is away: the library would go there, and nobody looked at that address."""

    async def stop(*_: object) -> None:
        raise aiohttp.ClientConnectionError

    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(stop)
    return tracing


async def _connect(
    relay: str, fetch: PublicFetch, closing: contextlib.AsyncExitStack
) -> aiohttp.ClientWebSocketResponse | None:
    """Connected, closed with `closing`; None when this relay does not answer. Raises `AddressRefused`."""
    parts = urlsplit(relay)
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        addresses = await fetch.addresses((parts.hostname or "").lower(), port)
    except NoUsableAnswer:
        return None
    resolver = _Known([str(address) for address in addresses])
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
    session = await closing.enter_async_context(
        aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[_nowhere_else()],
        )
    )
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            to = await session.ws_connect(
                relay,
                max_msg_size=MESSAGE_BYTES,
                autoclose=True,
                heartbeat=20.0,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
    except (TimeoutError, aiohttp.ClientError, OSError):
        return None
    closing.push_async_callback(to.close)
    return to
