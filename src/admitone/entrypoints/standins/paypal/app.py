"""The stand-in put together: addresses, state, signer, and the loop that sends webhooks and finishes payouts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from admitone.entrypoints.standins.paypal.company import Company
from admitone.entrypoints.standins.paypal.desk import Desk, HungUp, Observe
from admitone.entrypoints.standins.paypal.knobs import Knobs, Merchant
from admitone.entrypoints.standins.paypal.office import Office
from admitone.entrypoints.standins.paypal.page import Page
from admitone.entrypoints.standins.paypal.post import Post
from admitone.entrypoints.standins.paypal.signing import CERTIFICATE_PATH, Signer
from admitone.entrypoints.standins.paypal.state import Memory, new_id, write_privately
from admitone.plumbing.outgoing import Client, open_client
from admitone.values.clock import Clock, SystemClock

TICK_SECONDS = 0.5


class StandIn:
    """A handle on a running stand-in, for tests and the demo: what buyers, PayPal and the weather do."""

    def __init__(self, company: Company, office: Office, desk: Desk, signer: Signer) -> None:
        self.company = company
        self.office = office
        self.knobs = company.knobs
        self.root_pem = signer.root_pem
        self.forget_tokens = desk.forget_tokens
        self._post = Post(company, signer)

    def notice(self, event: Mapping[str, object], at: datetime) -> tuple[dict[str, str], bytes]:
        """A signed webhook about this, as it would be sent at this moment: headers and raw body."""
        return self._post.signed(dict(event), new_id(36), at)

    async def deliver_due(self, client: Client) -> int:
        """Send the webhooks that are due; how many were received."""
        return await self._post.deliver_due(client)

    async def tick(self, client: Client) -> None:
        """What happens by itself: payouts and refunds that wait are done, webhooks are sent."""
        self.office.finish_payouts()
        self.company.finish_refunds()
        await self.deliver_due(client)


def create_app(
    merchant: Merchant,
    origin: str,
    *,
    clock: Clock | None = None,
    knobs: Knobs | None = None,
    path: Path | None = None,
    signer: Signer | None = None,
    observe: Observe | None = None,
) -> Starlette:
    """The stand-in as an application; `app.state.standin` is the handle on it.

    `origin` is where it is reached (`http://localhost:8101`). With `path` its state is kept in that file and its
    signing keys beside it. It is for machines of one's own: it keeps nothing secret from whoever can reach it.
    """
    used_clock = clock or SystemClock()
    company = Company(Memory(path), merchant, used_clock, origin.rstrip("/"), knobs or Knobs())
    office = Office(company)
    desk, page = Desk(company, office, observe), Page(company)
    signs = signer or kept_signer(path, used_clock)
    standin = StandIn(company, office, desk, signs)

    async def certificate(request: Request) -> Response:
        return PlainTextResponse(signs.chain_pem.decode())

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        async with open_client() as client:
            ticking = asyncio.create_task(_tick(standin, client))
            yield
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    routes = [
        Route("/checkoutnow", page.show, methods=["GET"]),
        Route("/checkoutnow", page.choose, methods=["POST"]),
        Route(CERTIFICATE_PATH, certificate, methods=["GET"]),
        *_interface(desk),
    ]
    app = Starlette(routes=routes, lifespan=life, middleware=[Middleware(_LineCut)])
    app.state.standin = standin
    return app


def _interface(desk: Desk) -> Sequence[Route]:
    once = {"keeps_keys": True}
    table = (
        ("POST", "/v2/checkout/orders", desk.operation("create_order", desk.create_order, **once)),
        ("GET", "/v2/checkout/orders/{id}", desk.operation("get_order", desk.get_order)),
        ("PATCH", "/v2/checkout/orders/{id}", desk.operation("patch_order", desk.patch_order)),
        ("POST", "/v2/checkout/orders/{id}/capture", desk.operation("capture", desk.capture, **once)),
        ("GET", "/v2/payments/captures/{id}", desk.operation("get_capture", desk.get_capture)),
        ("POST", "/v2/payments/captures/{id}/refund", desk.operation("refund", desk.refund, **once)),
        ("GET", "/v2/payments/refunds/{id}", desk.operation("get_refund", desk.get_refund)),
        ("POST", "/v1/payments/payouts", desk.operation("pay_out", desk.pay_out)),
        ("GET", "/v1/payments/payouts/{id}", desk.operation("get_payout", desk.get_payout)),
        ("GET", "/v1/notifications/webhooks/{id}", desk.operation("get_webhook", desk.get_webhook)),
        ("GET", "/v1/notifications/webhooks-events", desk.operation("list_events", desk.list_events)),
        ("GET", "/v1/identity/oauth2/userinfo", desk.operation("owner", desk.owner)),
        ("GET", "/v1/reporting/balances", desk.operation("balances", desk.balances)),
        ("GET", "/v1/reporting/transactions", desk.operation("transactions", desk.transactions)),
        ("GET", "/v1/customer/disputes", desk.operation("list_disputes", desk.list_disputes)),
        ("GET", "/v1/customer/disputes/{id}", desk.operation("get_dispute", desk.get_dispute)),
        (
            "POST",
            "/v1/customer/disputes/{id}/provide-evidence",
            desk.operation("provide_evidence", desk.provide_evidence),
        ),
    )
    answered = [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]
    return [Route("/v1/oauth2/token", desk.token, methods=["POST"]), *answered]


class _LineCut:
    """Begins an answer that never ends when the stand-in hangs up, so that servers close the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except HungUp:
            headers = [(b"content-length", b"9"), (b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            raise


async def _tick(standin: StandIn, client: Client) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        await standin.tick(client)


def kept_signer(path: Path | None, clock: Clock) -> Signer:
    """The signer kept beside the file of the state, made on first use; a new one each time without a file."""
    if path is None:
        return Signer.make(clock.now())
    beside = path.with_suffix(".signer")
    if beside.exists():
        return Signer.read(beside.read_text("ascii"))
    signer = Signer.make(clock.now())
    write_privately(beside, signer.written())
    return signer
