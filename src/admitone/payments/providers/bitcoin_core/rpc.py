"""The wire to a Bitcoin Core node: JSON-RPC over HTTP, one call or a batch of them. It knows nothing of money.

Source: the node's own interface (`doc/JSON-RPC-interface.md` of Bitcoin Core, `help` of each call). Amounts are
decimal: they are read as `Decimal` and written as texts, never as binary fractions, and none is read that nothing in
this world is as large as (`plumbing/strict_numbers.py`). The password goes with every request, so without encryption it
goes to machines of one's own only: `https`, or `http` to an address nobody else can have. Each request goes to an
address that was looked at for it (`plumbing/node_addresses.py`), with the node's name in TLS and `Host`. Whoever
answers and is no node is `no_answer`, as is nobody.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx2
import structlog

from admitone.payments.account_status import NodeRefusesKeys
from admitone.payments.bitcoin.chain import ChainAway, ChainRefused
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.fetch_shares import NoShareLeft
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable, NotEncrypted
from admitone.plumbing.outgoing import Client
from admitone.plumbing.public_addresses import Address
from admitone.plumbing.strict_numbers import read_json, whole

log = structlog.get_logger(__name__)
ANSWER_SECONDS: Final = 20.0
ANSWER_MOST: Final = 16 * 1024 * 1024
# What takes longer to read than anybody may wait for is read beside everybody else.
_READ_AT_ONCE: Final = 64 * 1024
BATCH_MOST: Final = 500
# The node's error codes (`src/rpc/protocol.h`).
WRONG_PARAMETER: Final = -8
NOT_THERE: Final = -5
POOR: Final = -6
NO_LABEL: Final = -11
LOCKED: Final = -13
NO_WALLET: Final = -18
SPENT: Final = -25
REJECTED: Final = -26
IN_CHAIN: Final = -27
STARTING: Final = -28
_CODE_MOST: Final = 99_999
_CODES: Final = {
    NOT_THERE: "not_there",
    POOR: "insufficient_balance",
    LOCKED: "wallet_locked",
    NO_WALLET: "no_wallet",
}


class RpcNo(ChainRefused):
    """The node's own no, with its number."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(_CODES.get(number, "refused"), f"{number}")
        self.number = number
        self.said = message


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node answers and for which wallet; an empty name is the only one it has."""

    url: str
    core_wallet: str
    user: str
    password: str = field(repr=False)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is asked over TLS."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """The node's name, or its address in numbers."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or (443 if self.is_encrypted else 80)

    def at(self, address: Address) -> str:
        """Where its wallet answers, at this address of it."""
        where = f"[{address}]" if address.version == 6 else str(address)
        path = f"/wallet/{quote(self.core_wallet, safe='')}" if self.core_wallet else "/"
        return f"{'https' if self.is_encrypted else 'http'}://{where}:{self.port}{path}"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    realm: str
    raw: bytes


def checked_url(typed: str) -> str:
    """The address of a node without a slash at its end. Raises `NodeRefusesKeys`."""
    try:
        parts = urlsplit(typed.strip())
        port = parts.port
    except ValueError:
        raise NodeRefusesKeys(
            field="url", reason="it is no address such as https://node.example.org:8332"
        ) from None
    is_plain = not (
        parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/")
    )
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not is_plain:
        raise NodeRefusesKeys(field="url", reason="it is no address such as https://node.example.org:8332")
    return f"{parts.scheme}://{parts.netloc}"


class Rpc:
    """Asks one node for one account. Each question waits for its `turn`, for no longer than for an answer."""

    def __init__(
        self,
        client: Client,
        addresses: NodeAddresses,
        place: Place,
        answer_seconds: float = ANSWER_SECONDS,
        *,
        turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        self._turn = turn
        self._client = client
        self._addresses = addresses
        self._place = place
        self._seconds = answer_seconds

    @property
    def where(self) -> str:
        """Host and port as they were typed, for whoever typed them."""
        return urlsplit(self._place.url).netloc

    def __repr__(self) -> str:
        return f"Rpc({self._place.url!r})"

    async def call(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON, as the node has it
        """One call, to the wallet where it is about one. Raises `ChainAway`, `RpcNo`, `ChainRefused`."""
        [said] = await self.batch([(method, params)])
        if isinstance(said, RpcNo):
            raise said
        return said

    async def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """The answers in order; an `RpcNo` in place of each that was refused. Raises `ChainAway`, `ChainRefused`."""
        require_no_transaction("a request to a Bitcoin node")
        answers: list[Any] = []
        for at in range(0, len(calls), BATCH_MOST):
            answers += await self._ask(calls[at : at + BATCH_MOST])
        return answers

    async def _ask(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        asked = [
            {"jsonrpc": "1.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(calls)
        ]
        try:
            answer = await self._fetch(json.dumps(asked, default=str).encode())
            if len(answer.raw) <= _READ_AT_ONCE:
                return _read(answer, len(calls))
            return await asyncio.to_thread(_read, answer, len(calls))
        except ChainAway as away:
            log.warning("bitcoin_core.no_answer", method=calls[0][0], calls=len(calls), reason=str(away))
            raise

    async def _fetch(self, content: bytes) -> _Answer:
        place = self._place
        try:
            async with asyncio.timeout(self._seconds), self._turn():
                found = await self._addresses.of(place.host, place.port, is_encrypted=place.is_encrypted)
                for address in found:
                    try:
                        return await self._post(address, content)
                    except (httpx2.ConnectError, httpx2.ConnectTimeout):  # nothing was sent
                        continue
        except NoShareLeft:
            raise ChainAway("too_busy") from None
        except NotEncrypted:
            raise ChainRefused("not_encrypted") from None
        except NodeUnreachable:
            raise ChainAway("no_answer") from None
        # What these carry is the request, and the request carries the password: it ends here.
        except (TimeoutError, httpx2.TimeoutException):
            raise ChainAway("time_out") from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise ChainAway("no_answer") from None
        raise ChainAway("no_answer")

    async def _post(self, address: Address, content: bytes) -> _Answer:
        place = self._place
        headers = {"content-type": "application/json", "host": urlsplit(place.url).netloc}
        if place.is_encrypted:
            # Connections are kept by address, and TLS was held against this name only: two names may share one.
            headers["connection"] = "close"
        async with self._client.stream(
            "POST",
            place.at(address),
            content=content,
            headers=headers,
            auth=(place.user, place.password),
            extensions={"sni_hostname": place.host},
        ) as answer:
            raw = bytearray()
            async for chunk in answer.aiter_bytes():
                raw += chunk
                if len(raw) > ANSWER_MOST:
                    raise ChainAway("too_long")
            return _Answer(answer.status_code, answer.headers.get("www-authenticate", ""), bytes(raw))


def _read(answer: _Answer, wanted: int) -> list[Any]:
    # Only as a node says it: what else listens somewhere is nobody's business.
    if answer.status == 401 and 'realm="jsonrpc"' in answer.realm:
        raise ChainRefused("bad_keys")
    if answer.status == 403 and not answer.raw:
        raise ChainRefused("forbidden")
    if answer.status == 503:
        raise ChainAway("too_busy")
    try:
        said = read_json(answer.raw)
        answers = {one["id"]: (one.get("result"), one.get("error")) for one in said}
        return [_answer(*answers[number]) for number in range(wanted)]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ChainAway("server_error" if answer.status >= 500 else "unreadable") from None


def _answer(result: Any, error: Any) -> Any:  # noqa: ANN401 - JSON, as the node has it
    if error is None:
        return result
    number = whole(error["code"], -_CODE_MOST, _CODE_MOST)
    if number == STARTING:
        raise ChainAway("starting")
    return RpcNo(number, str(error.get("message", "")))
