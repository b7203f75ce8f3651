"""The stand-in as an ASGI application: the interface, the payment page, and the post room that runs beside them."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from admitone.entrypoints.standins.paystack import page
from admitone.entrypoints.standins.paystack.api import OPERATIONS, Call, Operation
from admitone.entrypoints.standins.paystack.books import Transaction
from admitone.entrypoints.standins.paystack.company import Company
from admitone.entrypoints.standins.paystack.knobs import Fault
from admitone.entrypoints.standins.paystack.no import No
from admitone.plumbing.outgoing import Client, open_client

Observe = Callable[[str, str, Mapping[str, str], bytes], None]
PUMP_SECONDS = 0.25
UPLOAD_MOST = 10 * 1024 * 1024


def create_app(
    company: Company,
    *,
    origin: str,
    webhook_url: str | None = None,
    observe: Observe | None = None,
    opened: Callable[[], Client] = open_client,
) -> Starlette:
    """The application for this company. `origin` is where it is served (`http://127.0.0.1:8055`).

    While it runs, money on its way arrives and webhooks are sent to `webhook_url`; without one they are kept.
    """

    @asynccontextmanager
    async def alive(_: Starlette) -> AsyncIterator[None]:
        pump = asyncio.create_task(_pump(company, webhook_url, opened))
        try:
            yield
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    desk = _Desk(company, origin.rstrip("/"), observe)
    routes = [
        Route(path, desk.operation(operation), methods=[method]) for method, path, operation in OPERATIONS
    ]
    routes += [
        Route("/checkout/{code}", desk.show, methods=["GET"]),
        Route("/checkout/{code}", desk.decide, methods=["POST"]),
        Route("/upload/{name}", desk.upload, methods=["PUT"]),
    ]
    return Starlette(routes=routes, lifespan=alive)


async def _pump(company: Company, webhook_url: str | None, opened: Callable[[], Client]) -> None:
    async with opened() as client:

        async def send(headers: Mapping[str, str], body: bytes) -> int:
            assert webhook_url is not None
            return (await client.post(webhook_url, headers=dict(headers), content=body)).status_code

        while True:
            moved = company.advance()
            sent = 0 if webhook_url is None else await company.outbox.send_due(send)
            if moved or sent:
                company.keep()
            await asyncio.sleep(PUMP_SECONDS)


class _Desk:
    """Answers requests."""

    def __init__(self, company: Company, origin: str, observe: Observe | None) -> None:
        self._company = company
        self._origin = origin
        self._observe = observe

    def operation(self, run: Operation) -> Callable[[Request], object]:
        """The endpoint of one operation: observed, perhaps going wrong, for whoever has the key."""

        async def answer(request: Request) -> Response:
            body = await request.body()
            query = f"?{request.url.query}" if request.url.query else ""
            if self._observe is not None:
                self._observe(request.method, request.url.path + query, dict(request.headers), body)
            fault = self._company.knobs.take(f"{request.method} {request.url.path}")
            if fault in (Fault.NEVER_ARRIVED, Fault.SERVER_ERROR, Fault.TOO_MANY):
                return _undone(fault)
            answered = self._answer(request, body, run)
            self._company.keep()
            if fault is Fault.ANSWER_LOST:
                return _undone(Fault.NEVER_ARRIVED)
            return HTMLResponse("<html>Welcome to nginx") if fault is Fault.GARBAGE else answered

        return answer

    def _answer(self, request: Request, raw: bytes, run: Operation) -> Response:
        wanted = f"Bearer {self._company.secret_key}"
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
            return JSONResponse({"status": False, "message": "Invalid key"}, 401)
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return _no(No(400, "Malformed request", "invalid_params"))
        call = Call(self._company, self._origin, request.path_params, request.query_params, body)
        try:
            good = run(call)
        except No as no:
            return _no(no)
        envelope: dict[str, object] = {"status": True, "message": good.message, "data": good.data}
        if good.meta is not None:
            envelope["meta"] = good.meta
        return JSONResponse(envelope, good.http)

    async def show(self, request: Request) -> Response:
        """The payment page."""
        found = self._company.by_access_code(request.path_params["code"])
        if found is None:
            return _page(page.closed("There is no such payment"), 404)
        if found.paid_at is not None:
            return _page(page.closed("This payment has been made"))
        return _page(page.page(found))

    async def decide(self, request: Request) -> Response:
        """What the person on the page chose; then they go back to where they came from."""
        found = self._company.by_access_code(request.path_params["code"])
        if found is None:
            return _page(page.closed("There is no such payment"), 404)
        decision = parse_qs((await request.body()).decode(errors="replace")).get("decision", [""])[0]
        if decision == "pay":
            self._company.pay(found.reference)
        elif decision == "decline":
            self._company.decline(found.reference)
        self._company.keep()
        return RedirectResponse(_way_back(found, is_cancelled=decision == "cancel"), 303)

    async def upload(self, request: Request) -> Response:
        """Where documents for disputes are put: the address is the permission, as in the real store."""
        body = await request.body()
        if len(body) > UPLOAD_MOST or request.headers.get("authorization"):
            return Response(status_code=400)
        self._company.books.files[request.path_params["name"]] = body
        self._company.keep()
        return Response(status_code=200)


def _way_back(found: Transaction, *, is_cancelled: bool) -> str:
    cancel = found.metadata.get("cancel_action")
    if is_cancelled and isinstance(cancel, str):
        return cancel
    mark = "&" if urlsplit(found.callback_url).query else "?"
    return f"{found.callback_url}{mark}trxref={found.reference}&reference={found.reference}"


def _page(text: str, status: int = 200) -> HTMLResponse:
    headers = {
        "content-security-policy": page.CSP,
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
    return HTMLResponse(text, status, headers)


def _no(no: No) -> JSONResponse:
    meta = {"nextStep": no.next_step}
    kind = "api_error" if no.code == "insufficient_balance" else "validation_error"
    return JSONResponse(
        {"status": False, "message": no.message, "meta": meta, "type": kind, "code": no.code}, no.http
    )


def _undone(fault: Fault) -> Response:
    if fault is Fault.TOO_MANY:
        return JSONResponse({"status": False, "message": "Too many requests"}, 429)
    if fault is Fault.SERVER_ERROR:
        return JSONResponse({"status": False, "message": "An error occurred"}, 500)
    # What a gateway says when nobody behind it answered in time; whether the work was done it does not know.
    return HTMLResponse("<html><body>504 Gateway Time-out", 504)
