"""The ASGI application: layers from the outside in, and every router by name."""

import contextlib
from typing import Final

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from admitone import assembly as building
from admitone.assembly import Assembly
from admitone.entrypoints import openapi, routers
from admitone.entrypoints.answering import Answering, Faults
from admitone.entrypoints.assets import MOUNT, Assets
from admitone.entrypoints.callers import Callers, find_actor, require_ours
from admitone.entrypoints.csrf import Csrf
from admitone.entrypoints.frame.bodies import Bodies
from admitone.entrypoints.frame.compression import Compression
from admitone.entrypoints.frame.envelope import Envelope
from admitone.entrypoints.frame.policies import Policies
from admitone.entrypoints.frame.proxies import AllowedHosts, TrustedProxies
from admitone.entrypoints.idempotency import Idempotency
from admitone.entrypoints.lean import Lean
from admitone.entrypoints.misfits import from_http, from_validation
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import Pages
from admitone.entrypoints.surfaces import is_data
from admitone.entrypoints.switchboard import Switchboard
from admitone.entrypoints.trying_out import shows_mailbox
from admitone.values.actor import Actor
from admitone.values.refusals import Busy, Refusal

API: Final = "/api/v1"


def create_app(assembly: Assembly, *, with_lean: bool = True) -> ASGIApp:
    """The whole site. `with_lean` False leaves the fast way out, to prove that it answers like the other."""
    settings = assembly.settings
    assets = Assets()
    pages = Pages(assets.url, site_name=settings.site_name)
    pages.warm()
    answering = Answering(pages, mailbox_url=links.MAILBOX if shows_mailbox(settings) else None)
    csrf = Csrf(building.master_key(settings), settings.site_url)
    callers = Callers(assembly.database, assembly.clock, csrf, site_url=settings.site_url)
    app = _routes(assembly, pages, callers, answering)
    inner: ASGIApp = app

    async def actor_of(scope: Scope) -> Actor:
        return await find_actor(Request({**scope, "app": app, "state": scope["state"]}))

    inner = Idempotency(inner, assembly, answering, actor_of)
    inner = Bodies(inner, answering)
    inner = Compression(inner)
    if with_lean:
        inner = Lean(inner, app, assembly, callers, answering)
    inner = Static(inner, assets)
    inner = Faults(inner, answering)
    return Envelope(
        inner,
        policies=Policies(settings.is_https, assembly.payment_accounts.redirect_origins),
        proxies=TrustedProxies(settings.trusted_proxies),
        hosts=AllowedHosts(settings.site_url, settings.allowed_hosts),
        answering=answering,
        refuses_proxied=settings.is_development and not settings.trusted_proxies,
    )


class Static:
    """Sends `/static/…` to the assets before anything else is asked."""

    def __init__(self, app: ASGIApp, assets: Assets) -> None:
        self._app = app
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One comparison for everybody else."""
        is_asset = scope["type"] == "http" and scope["path"].startswith(MOUNT + "/")
        await (self._assets if is_asset else self._app)(scope, receive, send)


def _routes(assembly: Assembly, pages: Pages, callers: Callers, answering: Answering) -> FastAPI:
    app = FastAPI(
        title=assembly.settings.site_name,
        version="1",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.assembly = assembly
    app.state.pages = pages
    app.state.callers = callers
    ours = [Depends(require_ours)]
    for router in routers.API:
        app.include_router(router, prefix=API, dependencies=ours)
    for router in routers.OTHERS:
        app.include_router(router)
    app.router.middleware_stack = Switchboard(app.router, API, routers.API, routers.OTHERS, ours)

    async def refused(request: Request, error: Exception) -> Response:
        refusal = _refusal(error)
        if not is_data(request.url.path) and not isinstance(refusal, Busy):
            # The page greets whoever is signed in; it says no also when that cannot be asked.
            with contextlib.suppress(Exception):
                await callers.session(request)
        answer = answering.answer(refusal, request.scope)
        response = Response(answer.body, answer.status)
        response.raw_headers = list(answer.headers)
        if isinstance(error, HTTPException) and error.status_code == 405 and error.headers:
            response.headers["allow"] = error.headers.get("Allow", "")
        return response

    for kind in (Refusal, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, refused)
    # Inside of the framework's own catch-all, which would answer in plain text and raise the error again.
    app.add_middleware(Faults, answering=answering)
    openapi.describe(app)
    return app


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        return from_validation(error)
    assert isinstance(error, HTTPException), "one of the three kinds this is registered for"
    return from_http(error)
