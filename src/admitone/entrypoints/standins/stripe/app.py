"""The stand-in as an application: keys, idempotency, faults, and Stripe's interface operation by operation.

Sources: docs.stripe.com/api/idempotent_requests, docs.stripe.com/api/errors.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admitone.entrypoints.standins.stripe import company, paying
from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Says, Thing
from admitone.entrypoints.standins.stripe.forms import Call, nested
from admitone.entrypoints.standins.stripe.pages import Pages
from admitone.entrypoints.standins.stripe.posting import API_VERSION, Endpoint, Posting
from admitone.entrypoints.standins.stripe.settling import Settling
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

Observe = Callable[[str, str, Mapping[str, str], bytes], None]
FAULT_HEADER = "x-stand-in-fault"


class Fault(StrEnum):
    """What goes wrong with a request. The work is done in `ANSWER_LOST` and `GARBAGE`.

    `KEPT_ERROR`: a 500 that is kept under the idempotency key and repeated, as Stripe does once work has begun.
    A fault on the wire itself is answered 504 with the header `x-stand-in-fault`, which a test's transport makes real.
    """

    NEVER_ARRIVED = "never_arrived"
    SERVER_ERROR = "server_error"
    KEPT_ERROR = "kept_error"
    ANSWER_LOST = "answer_lost"
    GARBAGE = "garbage"
    TOO_MANY = "too_many"


class StandIn:
    """Stripe, played. `plan` lets the next requests of an operation go wrong; `posting.habits` do so for webhooks."""

    def __init__(
        self,
        clock: Clock,
        *,
        secret_key: str,
        public_url: str,
        endpoints: tuple[Endpoint, ...] = (),
        client: Client | None = None,
        path: Path | None = None,
        observe: Observe | None = None,
        fee_bps: int = 150,
        fee_fixed: int = 25,
    ) -> None:
        self.books = Books(clock, is_live="_live_" in secret_key, path=path)
        self.posting = Posting(self.books, endpoints, client)
        self.settling = Settling(self.books, fee_bps=fee_bps, fee_fixed=fee_fixed)
        self.pages = Pages(self.books, self.settling)
        company.open_platform(self.books)
        self._secret_key = secret_key
        self._public_url = public_url.rstrip("/")
        self._observe = observe
        self._faults: dict[str, deque[Fault]] = {}
        self._operations = self._routes()

    def plan(self, operation: str, *faults: Fault) -> None:
        """What goes wrong in the next requests to `POST /v1/refunds`, say; a name in a path is written `*`."""
        self._faults[operation] = deque(faults)

    async def api(self, request: Request) -> Response:
        """Any request to the interface."""
        body = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if self._observe is not None:
            self._observe(request.method, path, dict(request.headers), body)
        fault = self._fault(request.method, request.url.path)
        if fault is Fault.NEVER_ARRIVED:
            return Response(status_code=504, headers={FAULT_HEADER: fault})
        if fault is Fault.SERVER_ERROR:
            return _json(500, _error("api_error", "An unknown error occurred"))
        if fault is Fault.TOO_MANY:
            told = {**_error("invalid_request_error", "Too many requests")}
            told["error"]["code"] = "rate_limit"
            return _json(429, told)
        try:
            self._check_key(request)
            params = await _params(request, body)
            status, answer, is_replayed = self._once(request, params, fault)
        except Says as says:
            status, answer, is_replayed = says.status, {"error": says.error}, False
        self.books.save()
        if fault is Fault.ANSWER_LOST:
            return Response(status_code=504, headers={FAULT_HEADER: fault})
        if fault is Fault.GARBAGE:
            return Response("<html>upstream", 200, media_type="text/html")
        return _json(status, answer, is_replayed=is_replayed)

    def _once(self, request: Request, params: Thing, fault: Fault | None) -> tuple[int, Thing, bool]:
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        sent = json.dumps([request.url.path, params], sort_keys=True)
        digest = hashlib.sha256(sent.encode()).hexdigest()
        kept = None if key is None else self.books.keys.get(key)
        if kept is not None:
            if kept["digest"] != digest:
                raise Says(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they were first used "
                    f"with. Try using a key other than '{key}' if you meant to execute a different request.",
                    kind="idempotency_error",
                )
            return kept["status"], kept["answer"], True
        is_kept = True
        if fault is Fault.KEPT_ERROR:
            status, answer = 500, _error("api_error", "An unknown error occurred")
        else:
            try:
                status, answer = 200, self._work(request, params)
            except Says as says:
                status, answer, is_kept = says.status, {"error": says.error}, says.is_kept
        if key is not None and is_kept:
            self.books.keys[key] = {"digest": digest, "status": status, "answer": answer}
        return status, answer, False

    def _work(self, request: Request, params: Thing) -> Thing:
        path = request.url.path
        for method, pattern, run in self._operations:
            found = pattern.fullmatch(path)
            if method == request.method and found is not None:
                account = request.headers.get("stripe-account", PLATFORM)
                options = {"public_url": self._public_url}
                return run(Call(self.books, params, found.groups(), account, path, options))
        raise Says(404, f"Unrecognized request URL ({request.method}: {path}).")

    def _fault(self, method: str, path: str) -> Fault | None:
        for operation, planned in self._faults.items():
            pattern = re.escape(operation).replace(r"\*", "[^/]+")
            if planned and re.fullmatch(pattern, f"{method} {path}"):
                return planned.popleft()
        return None

    def _check_key(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            raise Says(401, "You did not provide an API key.")
        if not hmac.compare_digest(given.encode(), self._secret_key.encode()):
            raise Says(401, f"Invalid API Key provided: {given[:8]}****{given[-4:]}")

    def _routes(self) -> list[tuple[str, re.Pattern[str], Callable[[Call], Thing]]]:
        table: dict[str, Callable[[Call], Thing]] = {
            "POST /v1/checkout/sessions": paying.create_session,
            "GET /v1/checkout/sessions": paying.list_sessions,
            "GET /v1/checkout/sessions/*": paying.read_session,
            "POST /v1/checkout/sessions/*/expire": paying.expire_session,
            "POST /v1/payment_intents": paying.create_intent,
            "GET /v1/payment_intents": paying.list_intents,
            "GET /v1/payment_intents/search": paying.search_intents,
            "GET /v1/payment_intents/*": paying.read_intent,
            "POST /v1/payment_intents/*/cancel": paying.cancel_intent,
            "POST /v1/payment_intents/*/confirm": self.settling.confirm,
            "GET /v1/charges/*": paying.read_charge,
            "POST /v1/refunds": self.settling.refund,
            "GET /v1/refunds": _refunds,
            "GET /v1/refunds/*": _read("refund"),
            "GET /v1/application_fees/*": _read("application_fee"),
            "GET /v1/application_fees/*/refunds": _fee_refunds,
            "POST /v1/application_fees/*/refunds": self.settling.give_fee_back,
            "GET /v1/balance": company.read_balance,
            "GET /v1/balance_transactions": company.list_lines,
            "GET /v1/account": company.read_own_account,
            "POST /v1/accounts": company.create_account,
            "GET /v1/accounts/*": company.read_account,
            "POST /v1/account_links": company.create_account_link,
            "POST /v1/transfers": company.create_transfer,
            "GET /v1/transfers": company.list_transfers,
            "GET /v1/transfers/*": _read("transfer"),
            "GET /v1/payouts/*": _read("payout"),
            "GET /v1/disputes/*": _read("dispute"),
            "POST /v1/disputes/*": company.answer_dispute,
            "POST /v1/files": company.create_file,
            "GET /v1/events": _events,
        }
        return [(*_split(operation), run) for operation, run in table.items()]


def create_app(stand_in: StandIn, *, sends: bool = True) -> Starlette:
    """The application; with `sends` it posts webhooks by itself while it runs."""

    @asynccontextmanager
    async def living(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(stand_in.posting.keep_sending()) if sends else None
        yield
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    pages = stand_in.pages
    return Starlette(
        routes=[
            Route("/v1/{path:path}", stand_in.api, methods=["GET", "POST", "DELETE"]),
            Route("/c/pay/{ref}", pages.checkout, methods=["GET", "POST"]),
            Route("/setup/s/{ref}", pages.setup, methods=["GET", "POST"]),
            Route("/", pages.overview, methods=["GET", "POST"]),
        ],
        lifespan=living,
    )


def _split(operation: str) -> tuple[str, re.Pattern[str]]:
    method, path = operation.split(" ")
    return method, re.compile(re.escape(path).replace(r"\*", "([^/]+)"))


def _read(kind: str) -> Callable[[Call], Thing]:
    return lambda call: call.show(call.books.get(kind, call.names[0], kind))


def _refunds(call: Call) -> Thing:
    wanted = call.params.get("payment_intent")
    return call.listed(one for one in call.books.all("refund") if wanted in (None, one["payment_intent"]))


def _fee_refunds(call: Call) -> Thing:
    fee = call.books.get("application_fee", call.names[0])
    return call.listed(one for one in call.books.all("fee_refund") if one["fee"] == fee["id"])


def _events(call: Call) -> Thing:
    types = call.params.get("types", [])
    found = call.books.all("event")
    return call.listed(one for one in found if "account" not in one and (not types or one["type"] in types))


async def _params(request: Request, body: bytes) -> Thing:
    if request.method != "POST":
        return nested(parse_qsl(request.url.query, keep_blank_values=True))
    if request.headers.get("content-type", "").startswith("multipart/"):
        async with request.form() as form:
            return await _uploaded(form)
    return nested(parse_qsl(body.decode(), keep_blank_values=True))


async def _uploaded(form: FormData) -> Thing:
    params: dict[str, Any] = {}
    for name, value in form.items():
        if isinstance(value, UploadFile):
            content = await value.read()
            params |= {"filename": value.filename, "size": str(len(content))}
            params["digest"] = hashlib.sha256(content).hexdigest()
        else:
            params[name] = value
    return params


def _error(kind: str, message: str) -> dict[str, dict[str, Any]]:
    return {"error": {"message": message, "type": kind}}


def _json(status: int, answer: Thing, *, is_replayed: bool = False) -> Response:
    headers = {"Request-Id": "req_standin", "Stripe-Version": API_VERSION}
    if is_replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(json.dumps(answer, indent=2), status, headers, "application/json")
