"""Signing in by mailed link or with a password, and signing out."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from admitone import accounts
from admitone.entrypoints.callers import Caller, WithCallers, address_of, device_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.known_devices import devices_of, keep_devices
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of
from admitone.entrypoints.pages.sign_in.demo import demo_sign_ins
from admitone.entrypoints.pages.sign_in.next_path import first_page, remember, safe_path
from admitone.entrypoints.pages.sign_in.view import LinkSentView, SignInView
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)
_REASONS: Final = (
    ("/invitation/", "Sign in to accept the invitation. The mailed link makes an account if you have none."),
    (links.ORGANISER, "Sign in to sell tickets and to look after your events."),
    (links.CHECKIN, "Sign in to let people in at the door."),
)
"""Why somebody who was going there is asked to sign in."""


@router.get(links.SIGN_IN)
async def show(request: Request, actor: Caller, needs: Needs) -> Response:
    """The two ways in. Whoever is in already goes on to where they were going."""
    next_path = safe_path(request.query_params.get("next", ""))
    if actor.person_id is not None:
        return go_to(request, next_path or links.MY_TICKETS)
    return await page(request, _view(next_path, demo=await demo_sign_ins(needs, request)))


def _view(
    next_path: str,
    *,
    with_password: bool = False,
    email: str = "",
    errors: Mapping[str, str] | None = None,
    demo: tuple[tuple[str, str, str], ...] = (),
) -> SignInView:
    return SignInView(
        link_url=links.SIGN_IN_LINK,
        password_url=links.SIGN_IN_PASSWORD,
        register_url=links.with_query(links.REGISTER, next=next_path),
        wallet_url=ownership_links.WALLET_SIGN_IN,
        next_path=next_path,
        reason=next((words for start, words in _REASONS if next_path.startswith(start)), ""),
        with_password=with_password,
        demo=demo,
        values={"email": email},
        errors=errors or {},
    )


async def _refused(request: Request, form: FormData, refusal: Refusal, *, with_password: bool) -> Response:
    view = _view(
        safe_path(text_of(form, "next")),
        with_password=with_password,
        email=text_of(form, "email"),
        errors=errors_of(refusal),
    )
    # A page with a form to try again is no challenge to a program, so a wrong password is no 401 here.
    status = 422 if isinstance(refusal, accounts.WrongPassword) else status_of(refusal)
    return await page(request, view, status=status)


@router.post(links.SIGN_IN_LINK)
async def mail_link(request: Request, form: checked_form, needs: Needs) -> Response:
    """Mail a link. The page that follows says the same for every address."""
    email = text_of(form, "email")
    try:
        await needs.join.ask_link(email=email, source=address_of(request), devices=devices_of(request))
    except Refusal as refusal:
        return await _refused(request, form, refusal, with_password=False)
    back_url = links.with_query(links.SIGN_IN, next=safe_path(text_of(form, "next")))
    view = LinkSentView(email=email.strip(), minutes=accounts.LINK_MINUTES, back_url=back_url)
    response = await page(request, view)
    remember(request, response, text_of(form, "next"))
    return response


@router.post(links.SIGN_IN_PASSWORD)
async def with_password(request: Request, form: checked_form, needs: Needs, callers: WithCallers) -> Response:
    """Sign in with a password."""
    try:
        used = await needs.join.sign_in(
            email=text_of(form, "email"),
            password=text_of(form, "password"),
            source=address_of(request),
            device_label=device_of(request),
            devices=devices_of(request),
        )
    except Refusal as refusal:
        return await _refused(request, form, refusal, with_password=True)
    ahead = safe_path(text_of(form, "next")) or await first_page(needs, used.session.person_id)
    response = go_to(request, ahead)
    callers.keep(response, used.session)
    keep_devices(request, response, used.devices)
    return response


@router.post(links.SIGN_OUT)
async def sign_out(
    request: Request, _form: checked_form, actor: Caller, needs: Needs, callers: WithCallers
) -> Response:
    """End this session."""
    await needs.join.sign_out(actor)
    callers.forget()
    response = go_to(request, links.SIGN_IN, Notice("You are signed out."))
    callers.drop(response)
    return response


@router.post(links.SIGN_OUT_EVERYWHERE)
async def sign_out_everywhere(
    request: Request, form: checked_form, actor: Caller, needs: Needs, callers: WithCallers
) -> Response:
    """End all sessions of this person, and have no wallet sign them in if they want that too."""
    await needs.join.sign_out_everywhere(actor, remove_wallets=bool(text_of(form, "remove_wallets")))
    callers.forget()
    response = go_to(request, links.SIGN_IN, Notice("You are signed out everywhere."))
    callers.drop(response)
    return response
