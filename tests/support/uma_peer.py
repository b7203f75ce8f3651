"""Another UMA provider, written down to its bytes: for requests that a decent SDK would never make."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import coincurve

from tests.support.raw_server import RawServer, json_answer, raw_server

SECRET = bytes.fromhex("11" * 32)


@dataclass(frozen=True, slots=True)
class UmaPeer:
    """`server` shows the key it signs with."""

    server: RawServer
    secret: bytes = SECRET

    @property
    def domain(self) -> str:
        """Where its keys are."""
        return f"localhost:{self.server.port}"

    def sign(self, payload: str) -> str:
        """DER, as hexadecimal digits."""
        return coincurve.PrivateKey(self.secret).sign(payload.encode()).hex()

    def query(
        self, receiver: str, at: int, nonce: str = "1", changes: Mapping[str, str | None] | None = None
    ) -> str:
        """The query of a signed question who is paid by `receiver`; None leaves a field out."""
        fields: dict[str, str | None] = {
            "signature": self.sign(f"{receiver}|{nonce}|{at}"),
            "vaspDomain": self.domain,
            "nonce": nonce,
            "isSubjectToTravelRule": "false",
            "timestamp": str(at),
            "umaVersion": "1.3",
            **(changes or {}),
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})

    def pay_request(
        self, at: int, nonce: str = "1", payer: str | None = None, changes: Mapping[str, object] | None = None
    ) -> bytes:
        """The body of a signed pay request of version 1 over 50,000 satoshi; None leaves a field out."""
        payer = payer or f"$ada@{self.domain}"
        compliance = {
            "kycStatus": "VERIFIED",
            "utxos": [],
            "utxoCallback": "https://wallet.example/utxos",
            "signature": self.sign(f"{payer}|{nonce}|{at}"),
            "signatureNonce": nonce,
            "signatureTimestamp": at,
        }
        body: dict[str, object] = {
            "convert": "SAT",
            "amount": "50000.SAT",
            "payerData": {"identifier": payer, "compliance": compliance},
            **(changes or {}),
        }
        return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


def keys_of(secret: bytes, **more: object) -> bytes:
    """What a provider with this key shows."""
    public = coincurve.PrivateKey(secret).public_key.format(compressed=False).hex()
    return json_answer(json.dumps({"signingPubKey": public, "encryptionPubKey": public, **more}).encode())


@asynccontextmanager
async def uma_peer(**more: object) -> AsyncIterator[UmaPeer]:
    """A provider on this machine, whose shown keys have `more` fields."""
    async with raw_server(keys_of(SECRET, **more)) as server:
        yield UmaPeer(server)
