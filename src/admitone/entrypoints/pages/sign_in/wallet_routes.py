"""Signing in with a Lightning wallet, and linking one: the browser's side. The wallet's is `rest/lnurl_auth.py`."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from markupsafe import Markup
from starlette.responses import Response

from admitone import accounts, tickets
from admitone.accounts import FoundSession, WalletState
from admitone.assembly import Assembly
from admitone.entrypoints.callers import (
    Caller,
    CallerSession,
    SignedIn,
    SignedInSession,
    WithCallers,
    address_of,
    callers_of,
    device_of,
)
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.known_devices import devices_of, keep_devices
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of
from admitone.entrypoints.pages.sign_in.next_path import first_page, forget, remember, remembered
from admitone.entrypoints.pages.sign_in.view import WalletView
from admitone.flows.sign_in_by_wallet import WalletPage
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal, TooMany

router = APIRouter(include_in_schema=False)
_KEPT_SECONDS: Final = 60 * (accounts.WALLET_ASK_MINUTES + accounts.WALLET_USE_MINUTES)


@router.post(ownership_links.WALLET_SIGN_IN)
async def ask(request: Request, form: checked_form, needs: Needs, caller: Caller) -> Response:
    """Ask a question, which only this browser can use the answer to."""
    name, is_secure = _cookie(request)
    browser = request.cookies.get(name) or accounts.new_token()
    token = await needs.ownership.wallet_sign_in.ask(browser, source=address_of(request))
    response = go_to(request, ownership_links.wallet_page(token))
    response.set_cookie(
        name, browser, max_age=_KEPT_SECONDS, path="/", secure=is_secure, httponly=True, samesite="lax"
    )
    if caller.person_id is None:
        remember(request, response, text_of(form, "next"))
    return response


@router.get(ownership_links.WALLET_SIGN_IN)
async def again(request: Request) -> Response:
    """For whoever reloads the page after asking, or types the address."""
    return await page(request, _gone())


@router.get(ownership_links.WALLET_SIGN_IN + "/{token}")
async def show(request: Request, token: str, needs: Needs, session: CallerSession) -> Response:
    """The code while it waits, then what comes of the answer. Opening it changes nothing."""
    return await _show(request, token, needs, session)


async def _show(
    request: Request,
    token: str,
    needs: Assembly,
    session: FoundSession | None,
    refused: Refusal | None = None,
) -> Response:
    caller = Actor.guest() if session is None else session.actor
    try:
        found = await needs.ownership.wallet_sign_in.look(token, _browser(request), caller)
    except accounts.WalletChallengeGone as refusal:
        return await page(request, _gone(), status=status_of(refusal))
    view = await _view(needs, token, found, session)
    if refused is None:
        return await page(request, view)
    return await page(request, replace(view, errors=errors_of(refused)), status=status_of(refused))


@router.get(ownership_links.WALLET_SIGN_IN + "/{token}/status")
async def status(request: Request, token: str, needs: Needs, caller: Caller) -> Response:
    """For the page that waits."""
    try:
        found = await needs.ownership.wallet_sign_in.look(token, _browser(request), caller)
    except accounts.WalletChallengeGone:
        return JSONResponse({"state": "gone"})
    return JSONResponse({"state": found.look.state.value})


@router.post(ownership_links.WALLET_SIGN_IN + "/{token}/go-on")
async def sign_in(
    request: Request,
    token: str,
    form: checked_form,
    needs: Needs,
    session: CallerSession,
    callers: WithCallers,
) -> Response:
    """Sign in by the key that answered."""
    del form
    try:
        used = await needs.ownership.wallet_sign_in.sign_in(
            token, _browser(request), device_label=device_of(request), devices=devices_of(request)
        )
    except (accounts.WalletChallengeGone, accounts.WalletKeyUnknown):
        return await _show(request, token, needs, session)
    response = go_to(request, remembered(request) or await first_page(needs, used.session.person_id))
    forget(request, response)
    callers.keep(response, used.session)
    keep_devices(request, response, used.devices)
    return response


@router.post(ownership_links.WALLET_SIGN_IN + "/{token}/link")
async def link(
    request: Request, token: str, form: checked_form, needs: Needs, session: SignedInSession
) -> Response:
    """Link the key that answered to one's account."""
    try:
        await needs.ownership.wallet_sign_in.link(
            token, _browser(request), session, text_of(form, "current_password")
        )
    except (accounts.WrongCurrentPassword, accounts.FreshSignInWanted, TooMany) as refusal:
        return await _show(request, token, needs, session, refusal)
    except Refusal as refusal:
        return go_to(request, links.ACCOUNT, Notice(refusal.sentence, "warn"))
    return go_to(request, links.ACCOUNT, Notice("Your wallet is linked. It signs you in from now on."))


@router.post(ownership_links.WALLET_KEYS + "/{key_id}/remove")
async def remove(
    request: Request, key_id: UUID, form: checked_form, needs: Needs, actor: SignedIn
) -> Response:
    """This wallet signs nobody in any more."""
    del form
    try:
        await needs.ownership.wallet_sign_in.unlink(actor, key_id)
    except accounts.WalletKeyNotFound as refusal:
        return go_to(request, links.ACCOUNT, Notice(refusal.sentence, "warn"))
    return go_to(request, links.ACCOUNT, Notice("The wallet is removed. It no longer signs you in."))


async def _view(needs: Assembly, token: str, found: WalletPage, session: FoundSession | None) -> WalletView:
    here = ownership_links.wallet_page(token)
    email, is_proven, has_password = "", False, False
    if session is not None:
        async with needs.database.reading() as reader:
            person = await accounts.person(reader, accounts.person_id_of(session.actor))
        email, is_proven, has_password = person.email, session.proves_address, person.has_password
    shown = found.look.state.value
    if found.look.state is WalletState.KNOWN and session is not None:
        shown = "mine" if found.is_mine else "taken"
    waits = shown == WalletState.WAITING
    lnurl = found.lnurl if waits else ""
    drawn = tickets.qr_svg(f"LIGHTNING:{lnurl}", "Sign-in code") if waits else ""
    return WalletView(
        state=shown,
        again_url=ownership_links.WALLET_SIGN_IN,
        sign_in_url=links.SIGN_IN,
        account_url=links.ACCOUNT,
        qr_svg=Markup(drawn),  # noqa: S704 - drawn by us
        lnurl=lnurl,
        wallet_url=f"lightning:{lnurl}" if waits else "",
        status_url=ownership_links.wallet_page(token, "status"),
        go_on_url=ownership_links.wallet_page(token, "go-on"),
        link_url=links.SIGN_IN_LINK,
        link_key_url=ownership_links.wallet_page(token, "link"),
        account_email=email,
        next_path=here,
        site_host=urlsplit(needs.settings.site_url).netloc,
        minutes=accounts.WALLET_ASK_MINUTES,
        asks_password=has_password and not is_proven,
        asks_link=bool(email) and not has_password and not is_proven,
    )


def _gone() -> WalletView:
    return WalletView("gone", again_url=ownership_links.WALLET_SIGN_IN, sign_in_url=links.SIGN_IN)


def _browser(request: Request) -> str:
    return request.cookies.get(_cookie(request)[0], "")


def _cookie(request: Request) -> tuple[str, bool]:
    is_secure = callers_of(request).session_cookie.startswith("__Host-")
    return f"{'__Host-' if is_secure else ''}admitone-wallet", is_secure
