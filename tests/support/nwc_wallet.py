"""A wallet as its owner has it: the other side of Nostr Wallet Connect (NIP-47), on a relay in this process.

It keeps invoices and payments in memory and pays what it `knows`. What goes wrong is planned by method: in `silent`, so
many answers are lost after the work was done; in `troubles`, "deaf", "broken", "silent" or "garbled"; in `noes`, the
word it says no with. Written from the protocol's text; what it is held against are our client and those of JavaScript
and Electrum.
"""

import asyncio
import hashlib
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from nostr_sdk import (
    Client,
    Event,
    EventBuilder,
    Filter,
    Keys,
    Kind,
    LocalRelay,
    LocalRelayBuilder,
    PublicKey,
    RelayUrl,
    ReqTarget,
    Tag,
)

METHODS = ("get_info", "get_balance", "get_budget", "pay_invoice", "make_invoice", "lookup_invoice")
"""What a usual wallet lets a connection do."""


class No(Exception):
    """The wallet's no, with a word of NIP-47."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class PlayedWallet:
    """`say` may replace any answer: it gets the method and what would be said, and gives what is said."""

    relay: str
    keys: Keys
    client_keys: Keys
    methods: tuple[str, ...] = METHODS
    is_old: bool = False
    balance_msat: int = 1_000_000_000
    budget_msat: int | None = 100_000_000
    used_msat: int = 0
    alias: str = "Ada's phone"
    network: str = "regtest"
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    silent: dict[str, int] = field(default_factory=dict)
    troubles: dict[str, deque[str]] = field(default_factory=dict)
    noes: dict[str, str] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    preimages: dict[str, bytes] = field(default_factory=dict)
    say: Callable[[str, dict[str, Any]], dict[str, Any]] | None = None
    make_bolt11: Callable[[int, bytes, str], str] | None = None
    tell: Callable[[dict[str, Any]], Any] | None = None
    notices: bool = True

    @property
    def uri(self) -> str:
        """The connection as its owner copies it."""
        secret = self.client_keys.secret_key().to_hex()
        return f"nostr+walletconnect://{self.keys.public_key().to_hex()}?relay={self.relay}&secret={secret}"

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What is said to this question; raises `No`."""
        if method not in self.methods:
            raise No("NOT_IMPLEMENTED")
        if method in self.noes:
            raise No(self.noes[method])
        result: dict[str, Any] = getattr(self, f"_{method}")(params)
        return self.say(method, result) if self.say is not None else result

    def _get_info(self, params: dict[str, Any]) -> dict[str, Any]:
        return {
            "alias": self.alias,
            "network": self.network,
            "methods": list(self.methods),
            "pubkey": self.keys.public_key().to_hex(),
            "block_height": 100,
        }

    def _get_balance(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"balance": self.balance_msat}

    def _get_budget(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.budget_msat is None:
            return {}
        renews_at = int(time.time()) + 86_400
        return {
            "used_budget": self.used_msat,
            "total_budget": self.budget_msat,
            "renews_at": renews_at,
            "renewal_period": "daily",
        }

    def knows(self, bolt11: str, preimage: bytes, amount_msat: int) -> None:
        """An invoice of somebody else's that this wallet can pay: whose preimage it will get."""
        self.preimages[bolt11] = preimage
        self.lists.setdefault(
            hashlib.sha256(preimage).hexdigest(),
            {"type": "outgoing", "amount": amount_msat, "invoice": bolt11, "state": "unknown to the list"},
        )

    def _pay_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        bolt11 = params["invoice"]
        preimage = self.preimages.get(bolt11)
        if preimage is None:
            raise No("PAYMENT_FAILED")
        payment_hash = hashlib.sha256(preimage).hexdigest()
        listed = self.lists[payment_hash]
        if listed["state"] == "settled":
            raise No("PAYMENT_FAILED")
        if listed["amount"] > self.balance_msat:
            raise No("INSUFFICIENT_BALANCE")
        if self.budget_msat is not None and self.used_msat + listed["amount"] > self.budget_msat:
            raise No("QUOTA_EXCEEDED")
        self.balance_msat -= listed["amount"]
        self.used_msat += listed["amount"]
        listed |= {
            "state": "settled",
            "preimage": preimage.hex(),
            "fees_paid": 1000,
            "settled_at": int(time.time()),
        }
        return {"preimage": preimage.hex(), "fees_paid": 1000}

    def _make_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        preimage, now = secrets.token_bytes(32), int(time.time())
        payment_hash = hashlib.sha256(preimage).hexdigest()
        assert self.make_bolt11 is not None, "this wallet makes invoices"
        listed = {
            "type": "incoming",
            "state": "pending",
            "invoice": self.make_bolt11(params["amount"], preimage, params.get("description") or ""),
            "payment_hash": payment_hash,
            "amount": params["amount"],
            "created_at": now,
            "expires_at": now + params.get("expiry", 3600),
        }
        self.lists[payment_hash] = {**listed, "preimage": preimage.hex()}
        return listed

    def _lookup_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        listed = self.lists.get(params.get("payment_hash", ""))
        if listed is None or listed["state"] == "unknown to the list":
            raise No("NOT_FOUND")
        # The proof of what was not paid yet is nobody's.
        hidden = () if listed["state"] == "settled" else ("preimage",)
        return {name: value for name, value in listed.items() if name not in hidden}

    async def receive(self, payment_hash: str) -> None:
        """Somebody pays an invoice of this wallet's; its owner's programs are told."""
        listed = self.lists[payment_hash]
        listed |= {"state": "settled", "settled_at": int(time.time())}
        self.balance_msat += listed["amount"]
        if self.tell is not None and self.notices:
            await self.tell({"notification_type": "payment_received", "notification": dict(listed)})


class _Serving:
    def __init__(self, played: PlayedWallet, client: Client) -> None:
        self._played = played
        self._client = client

    async def announce(self) -> None:
        """Tell everybody what this wallet can do, unless it is of the old kind that says nothing of how it encrypts."""
        tags = [] if self._played.is_old else [Tag.parse(["encryption", "nip44_v2 nip04"])]
        if self._played.notices:
            tags.append(Tag.parse(["notifications", "payment_received"]))
        info = (
            EventBuilder(Kind(13194), " ".join(self._played.methods)).tags(tags).finalize(self._played.keys)
        )
        await self._client.send_event(info)

    async def serve(self) -> None:
        """Answer every question until cancelled."""
        wanted = Filter().kind(Kind(23194)).pubkey(self._played.keys.public_key())
        await self._client.subscribe(ReqTarget.auto([wanted]))
        notes = self._client.notifications()
        while (note := await notes.next()) is not None:
            if note.is_NEW_EVENT():
                await self._answer(note.event)

    async def tell(self, said: dict[str, Any]) -> None:
        """A notice, encrypted in both ways."""
        to = self._played.client_keys.public_key()
        for kind, content in (
            (23196, self._played.keys.nip04_encrypt(to, json.dumps(said))),
            (23197, self._played.keys.nip44_encrypt(to, json.dumps(said))),
        ):
            event = EventBuilder(Kind(kind), content).tags([Tag.public_key(to)]).finalize(self._played.keys)
            await self._client.send_event(event)

    def _trouble(self, method: str) -> str | None:
        if self._played.silent.get(method, 0) > 0:
            self._played.silent[method] -= 1
            return "silent"
        waiting = self._played.troubles.get(method)
        return waiting.popleft() if waiting else None

    async def _answer(self, event: Event) -> None:
        author: PublicKey = event.author()
        if author.to_hex() != self._played.client_keys.public_key().to_hex():
            return
        is_new = any(tag.to_vec() == ["encryption", "nip44_v2"] for tag in event.tags())
        keys = self._played.keys
        read = keys.nip44_decrypt if is_new else keys.nip04_decrypt
        asked = json.loads(read(author, event.content()))
        method = asked["method"]
        self._played.asked.append((method, asked["params"]))
        said: dict[str, Any] = {"result_type": method, "error": None, "result": None}
        trouble = self._trouble(method)
        if trouble == "deaf":
            return
        try:
            if trouble == "broken":
                raise No("INTERNAL")
            said["result"] = self._played.answer(method, asked["params"])
        except No as error:
            said["error"] = {"code": error.code, "message": "no"}
        if trouble == "silent":
            return
        if trouble == "garbled":
            said = {"neither": "result nor error"}
        write = keys.nip44_encrypt if is_new else keys.nip04_encrypt
        answer = EventBuilder(Kind(23195), write(author, json.dumps(said)))
        tags = [Tag.public_key(author), Tag.event(event.id())]
        await self._client.send_event(answer.tags(tags).finalize(keys))


@asynccontextmanager
async def a_relay() -> AsyncIterator[str]:
    """A relay on a port of its own; its address."""
    relay: LocalRelay = LocalRelayBuilder().addr("127.0.0.1").build()
    await relay.run()
    try:
        yield str(await relay.url())
    finally:
        relay.shutdown()


@asynccontextmanager
async def a_wallet(relay: str, **said: Any) -> AsyncIterator[PlayedWallet]:
    """A wallet that listens on this relay."""
    played = PlayedWallet(relay, Keys.generate(), Keys.generate(), **said)
    client = Client()
    await client.add_relay(RelayUrl.parse(relay))
    await client.connect(and_wait=timedelta(seconds=5))
    serving = _Serving(played, client)
    played.tell = serving.tell
    await serving.announce()
    task = asyncio.create_task(serving.serve())
    try:
        yield played
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.shutdown()
