"""A person's own page: name, password, where they are signed in, whom they work for, and the end of it all."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import accounts
from admitone.accounts import FoundSession, SessionSeen, WalletKey
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedInSession, WithCallers
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.account.view import AccountView, SessionRow, WalletKeyRow
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of
from admitone.entrypoints.pages.views import Link, Part
from admitone.values import formats
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)
# Nobody has told us their time zone; the one of an event would be a guess.
_ZONE = "UTC"
# Its form stands beside that of the password, which has a field of this name already.
_DELETING = {"current_password": "delete_password"}


@router.get(links.ACCOUNT)
async def show(request: Request, session: SignedInSession, needs: Needs) -> Response:
    """The page."""
    return await page(request, await _view(needs, session))


async def _view(
    needs: Assembly,
    session: FoundSession,
    *,
    name: str | None = None,
    name_errors: Mapping[str, str] | None = None,
    password_errors: Mapping[str, str] | None = None,
    delete_errors: Mapping[str, str] | None = None,
) -> AccountView:
    person_id = accounts.person_id_of(session.actor)
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        person = await accounts.person(reader, person_id)
        sessions = await accounts.sessions_of(reader, person_id, now)
        posts = await accounts.organisers_of(reader, person_id)
        wallet_keys = await accounts.wallet_keys_of(reader, person_id)
    return AccountView(
        email=person.email,
        name=Part(links.ACCOUNT_NAME, {"name": person.name if name is None else name}, name_errors or {}),
        password=Part(links.ACCOUNT_PASSWORD, errors=password_errors or {}),
        has_password=person.has_password,
        # Whoever has just proved the address need not know the password they forgot.
        asks_current=person.has_password and not session.proves_address,
        asks_link=not person.has_password and not session.proves_address,
        mail_link_url=links.SIGN_IN_LINK,
        page_path=links.ACCOUNT,
        delete=Part(links.ACCOUNT_DELETE, errors=delete_errors or {}),
        sessions=tuple(_row(one, session, now) for one in sessions),
        sign_out_url=links.SIGN_OUT,
        sign_out_everywhere_url=links.SIGN_OUT_EVERYWHERE,
        organisers=tuple(Link(post.organiser.name, links.organiser(post.organiser.slug)) for post in posts),
        site=_site_links() if session.actor.is_operator else (),
        wallet_keys=tuple(_wallet_row(one, now) for one in wallet_keys),
        link_wallet_url=ownership_links.WALLET_SIGN_IN,
        password_min=accounts.LENGTH_LEAST,
        wallet_url=links.CONNECTED_WALLET,
    )


def _wallet_row(one: WalletKey, now: datetime) -> WalletKeyRow:
    at = formats.near_time(one.used_at or one.linked_at, now, _ZONE)
    return WalletKeyRow(
        name=one.name,
        seen_words=f"Last used {at} UTC" if one.used_at else f"Linked {at} UTC",
        remove_url=ownership_links.wallet_key_remove(str(one.id)),
    )


def _site_links() -> tuple[Link, ...]:
    return (
        Link("Payouts of all organisers", links.site_payouts()),
        Link("Fees of all organisers", links.site_fees()),
    )


def _row(seen: SessionSeen, current: FoundSession, now: datetime) -> SessionRow:
    day = formats.relative_day(seen.seen_at, now, _ZONE)
    return SessionRow(
        device=seen.device_label,
        seen_words=f"Last used {day}, {formats.clock_time(seen.seen_at, _ZONE)} UTC",
        is_current=seen.id == current.actor.session_id,
    )


@router.post(links.ACCOUNT_NAME)
async def change_name(
    request: Request, form: checked_form, session: SignedInSession, needs: Needs, callers: WithCallers
) -> Response:
    """Change the name."""
    name = text_of(form, "name")
    try:
        await needs.join.change_name(session.actor, name)
    except Refusal as refusal:
        view = await _view(needs, session, name=name, name_errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    callers.forget()
    return go_to(request, links.ACCOUNT, Notice("Your name is saved."))


@router.post(links.ACCOUNT_PASSWORD)
async def change_password(
    request: Request, form: checked_form, session: SignedInSession, needs: Needs, callers: WithCallers
) -> Response:
    """Set or change the password; all other devices are signed out."""
    try:
        await needs.join.change_password(
            session,
            current_password=text_of(form, "current_password"),
            new_password=text_of(form, "new_password"),
        )
    except Refusal as refusal:
        view = await _view(needs, session, password_errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    callers.forget()
    return go_to(
        request,
        links.ACCOUNT,
        Notice("Your password is saved. Other devices are signed out, and no wallet signs you in."),
    )


@router.post(links.ACCOUNT_DELETE)
async def delete(
    request: Request, form: checked_form, session: SignedInSession, needs: Needs, callers: WithCallers
) -> Response:
    """Delete the account. Its form is unfolded first, and wants a fresh proof."""
    try:
        await needs.account_ending.delete(session, text_of(form, "delete_password"))
    except Refusal as refusal:
        view = await _view(needs, session, delete_errors=errors_of(refusal, _DELETING))
        return await page(request, view, status=status_of(refusal))
    callers.forget()
    response = go_to(request, links.SIGN_IN, Notice("Your account is deleted. Your tickets stay good."))
    callers.drop(response)
    return response
