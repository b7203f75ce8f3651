"""Lightspark's GraphQL server, played: it parses what the SDK sends with graphql-core and answers by field name.

There is no schema: a field's value is looked up in a plain dict, an alias renames it, a fragment applies when the
dict's `__typename` fits. A variable that a query names and does not declare is refused, as a server would.
"""

import base64
import functools
import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zstandard
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from graphql import parse
from graphql.language import ast

CLIENT_ID, CLIENT_SECRET = "client-1", "secret-of-the-api"
NODE_ID, NODE_PASSWORD, HOOK_SECRET = "LightsparkNodeWithOSK:1", "open sesame", "hook-secret"
_ITERATIONS = 1000


def _amount(msat: int) -> dict[str, Any]:
    return {
        "__typename": "CurrencyAmount",
        "original_value": msat,
        "original_unit": "MILLISATOSHI",
        "preferred_currency_unit": "USD",
        "preferred_currency_value_rounded": 1,
        "preferred_currency_value_approx": 1.0,
    }


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class LightsparkServer:
    """What it knows. `clock` gives the time; `invoice_maker` makes a BOLT 11 invoice from (hash, msat, expiry)."""

    now: Callable[[], datetime]
    bolt11_of: Callable[[str, int, datetime], str]
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    outgoing: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    signed: list[bool] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    troubles: dict[str, list[str]] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    preimages: dict[str, bytes] = field(default_factory=dict)
    outcome: str = "SUCCESS"

    def __post_init__(self) -> None:
        self.key = _key()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/graphql"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def notice(
        self, event_id: str, entity_id: str, kind: str = "PAYMENT_FINISHED"
    ) -> tuple[dict[str, str], bytes]:
        """A webhook as Lightspark sends it."""
        told = {
            "event_type": kind,
            "event_id": event_id,
            "timestamp": self.now().isoformat(),
            "entity_id": entity_id,
        }
        body = json.dumps(told).encode()
        signature = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"lightspark-signature": signature}, body

    def next_trouble(self, query: str) -> str:
        """What happens to this request; empty when nothing."""
        if self.trouble:
            return self.trouble.pop(0)
        for name, troubles in self.troubles.items():
            if troubles and name in query:
                return troubles.pop(0)
        return ""

    def others_invoice(self, msat: int) -> str:
        """An invoice of a node elsewhere."""
        preimage = os.urandom(32)
        payment_hash = hashlib.sha256(preimage).hexdigest()
        self.preimages[payment_hash] = preimage
        until = self.now() + timedelta(hours=1)
        bolt11 = self.bolt11_of(payment_hash, msat, until)
        self.others[bolt11] = self._data(payment_hash, bolt11, msat, until)
        return bolt11

    def _data(self, payment_hash: str, bolt11: str, msat: int, until: datetime) -> dict[str, Any]:
        return {
            "__typename": "InvoiceData",
            "encoded_payment_request": bolt11,
            "bitcoin_network": "REGTEST",
            "payment_hash": payment_hash,
            "amount": _amount(msat),
            "created_at": self.now().isoformat(),
            "expires_at": until.isoformat(),
            "memo": None,
            "destination": self._node(),
        }

    def pay(self, payment_hash: str, msat: int | None = None) -> str:
        """Somebody pays an invoice; the payment's id."""
        invoice = self.invoices[payment_hash]
        came = msat or invoice["data"]["amount"]["original_value"]
        invoice["amount_paid"] = _amount(came)
        invoice["updated_at"] = self.now().isoformat()
        found = {
            **self._entity("IncomingPayment"),
            "status": "SUCCESS",
            "resolved_at": self.now().isoformat(),
            "amount": _amount(came),
            "transaction_hash": payment_hash,
            "is_uma": False,
            "destination": {"id": NODE_ID},
            "payment_request": {"id": invoice["id"]},
            "is_internal_payment": False,
        }
        self.payments[str(found["id"])] = found
        return str(found["id"])

    def _entity(self, kind: str) -> dict[str, Any]:
        count = len(self.invoices) + len(self.payments) + len(self.outgoing) + 1
        at = self.now().isoformat()
        return {"__typename": kind, "id": f"{kind}:{count}", "created_at": at, "updated_at": at}

    def _node(self) -> dict[str, Any]:
        return {
            **self._entity("LightsparkNodeWithOSK"),
            "id": NODE_ID,
            "alias": "ours",
            "display_name": "ours",
            "bitcoin_network": "REGTEST",
            "public_key": "02" + "ab" * 32,
            "owner": {"id": "Account:1"},
            "status": "READY",
            "local_balance": _amount(5_000_000),
            "remote_balance": _amount(7_000_000),
            "uma_prescreening_utxos": [],
            "encrypted_signing_private_key": self._sealed(),
        }

    def _sealed(self) -> dict[str, Any]:
        """The signing key under the node's password: form 4 of Lightspark's (AES-GCM, PBKDF2)."""
        der = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        salt = os.urandom(16)
        derived = PBKDF2HMAC(hashes.SHA256(), 32 + 12, salt, _ITERATIONS).derive(NODE_PASSWORD.encode())
        sealed = salt + AESGCM(derived[:32]).encrypt(derived[32:], der, None)
        return {
            "__typename": "Secret",
            "encrypted_value": base64.b64encode(sealed).decode(),
            "cipher": json.dumps({"v": 4, "i": _ITERATIONS}),
        }

    def answer(self, name: str, told: Mapping[str, Any]) -> Any:
        """What one field of a query or mutation is."""
        if name == "entity":
            known = {NODE_ID: self._node(), **self.payments}
            known |= {one["id"]: one for one in self.invoices.values()}
            return known.get(told["id"])
        return getattr(self, f"do_{name}")(told.get("input", told))

    def do_create_invoice(self, told: Mapping[str, Any]) -> Any:
        """Make an invoice."""
        preimage = os.urandom(32)
        payment_hash = hashlib.sha256(preimage).hexdigest()
        self.preimages[payment_hash] = preimage
        expires_at = self.now() + timedelta(seconds=told["expiry_secs"])
        bolt11 = self.bolt11_of(payment_hash, told["amount_msats"], expires_at)
        data = self._data(payment_hash, bolt11, told["amount_msats"], expires_at)
        data |= {"memo": told.get("memo"), "metadata_hash": told.get("metadata_hash")}
        made = {**self._entity("Invoice"), "data": data, "status": "OPEN", "amount_paid": None}
        self.invoices[payment_hash] = made
        return {"invoice": made}

    do_create_lnurl_invoice = do_create_invoice

    def do_invoice_for_payment_hash(self, told: Mapping[str, Any]) -> Any:
        """Find an invoice."""
        found = self.invoices.get(told["payment_hash"])
        return {"invoice": found} if found else {}

    def do_cancel_invoice(self, told: Mapping[str, Any]) -> Any:
        """Close an invoice."""
        [found] = [one for one in self.invoices.values() if one["id"] == told["invoice_id"]]
        found["status"] = "CLOSED"
        return {"invoice": found}

    def do_create_test_mode_payment(self, told: Mapping[str, Any]) -> Any:
        """Pay one of its own invoices with play money."""
        [payment_hash] = [
            key
            for key, one in self.invoices.items()
            if one["data"]["encoded_payment_request"] == told["encoded_invoice"]
        ]
        return {"incoming_payment": self.payments[self.pay(payment_hash)]}

    def do_decoded_payment_request(self, told: Mapping[str, Any]) -> Any:
        """Read an invoice."""
        if told["encoded_payment_request"] in self.others:
            return self.others[told["encoded_payment_request"]]
        [found] = [
            one["data"]
            for one in self.invoices.values()
            if one["data"]["encoded_payment_request"] == told["encoded_payment_request"]
        ]
        return found

    def do_pay_invoice(self, told: Mapping[str, Any]) -> Any:
        """Pay, once for each idempotency key."""
        key = str(told["idempotency_key"])
        if key not in self.outgoing:
            data = self.do_decoded_payment_request({"encoded_payment_request": told["encoded_invoice"]})
            is_paid = self.outcome == "SUCCESS"
            self.outgoing[key] = {
                **self._entity("OutgoingPayment"),
                "status": self.outcome,
                "amount": data["amount"],
                "transaction_hash": data["payment_hash"],
                "is_uma": False,
                "origin": {"id": NODE_ID},
                "fees": _amount(1000),
                "payment_preimage": self.preimages[data["payment_hash"]].hex() if is_paid else None,
                "failure_reason": "NO_ROUTE" if self.outcome == "FAILED" else None,
                "is_internal_payment": False,
                "idempotency_key": key,
            }
        return {"payment": self.outgoing[key]}

    def do_outgoing_payments_for_payment_hash(self, told: Mapping[str, Any]) -> Any:
        """What it paid."""
        wanted = told["payment_hash"]
        return {"payments": [one for one in self.outgoing.values() if one["transaction_hash"] == wanted]}


class Refused(Exception):
    """A GraphQL error."""


# The SDK's queries are some of them 50 KB, always the same.
_parsed = functools.cache(parse)


def execute(server: LightsparkServer, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Run one operation."""
    document = _parsed(query)
    fragments = {
        one.name.value: one for one in document.definitions if isinstance(one, ast.FragmentDefinitionNode)
    }
    [operation] = [one for one in document.definitions if isinstance(one, ast.OperationDefinitionNode)]
    declared = {one.variable.name.value for one in operation.variable_definitions or ()}

    def value(node: Any) -> Any:
        if isinstance(node, ast.VariableNode):
            if node.name.value not in declared:
                raise Refused(f'Variable "${node.name.value}" is not defined')
            return variables.get(node.name.value)
        if isinstance(node, ast.ObjectValueNode):
            return {one.name.value: value(one.value) for one in node.fields}
        return getattr(node, "value", None)

    def pick(found: Any, selection: Any) -> Any:
        if isinstance(found, list):
            return [pick(one, selection) for one in found]
        if found is None or selection is None:
            return found
        picked: dict[str, Any] = {}
        for one in selection.selections:
            if isinstance(one, ast.FieldNode):
                name = one.name.value
                picked[one.alias.value if one.alias else name] = pick(found.get(name), one.selection_set)
            else:
                part = fragments[one.name.value] if isinstance(one, ast.FragmentSpreadNode) else one
                # An interface's name is the beginning of its types' names: LightsparkNode.
                wanted = part.type_condition.name.value
                if str(found.get("__typename", wanted)).startswith(wanted):
                    picked |= pick(found, part.selection_set)
        return picked

    answer: dict[str, Any] = {}
    for one in operation.selection_set.selections:
        assert isinstance(one, ast.FieldNode)
        told = {argument.name.value: value(argument.value) for argument in one.arguments or ()}
        server.asked.append(one.name.value)
        answer[one.name.value] = pick(server.answer(one.name.value, told), one.selection_set)
    return answer


def _handler(server: LightsparkServer) -> type[BaseHTTPRequestHandler]:
    token = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["authorization"] != f"Basic {token}":
                self._send(401, b"")
                return
            sent = raw
            if self.headers.get("content-encoding") == "zstd":
                sent = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
            asked = json.loads(sent)
            trouble = server.next_trouble(asked["query"])
            if trouble == "never arrived":
                self.connection.close()
                return
            if trouble == "server error":
                self._send(500, b"oops")
                return
            if signature := self.headers.get("x-lightspark-signing"):
                signed = base64.b64decode(json.loads(signature)["signature"])
                server.key.public_key().verify(
                    signed, sent, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
                )
            server.signed.append(bool(signature))
            try:
                told: dict[str, Any] = {"data": execute(server, asked["query"], asked["variables"])}
            except Refused as error:
                told = {"errors": [{"message": str(error)}]}
            if trouble == "answer lost":
                self.connection.close()
            elif trouble == "garbage":
                self._send(200, b"<html>")
            else:
                self._send(200, json.dumps(told).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
