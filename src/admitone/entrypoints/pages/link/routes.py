"""The pages behind mailed links.

Opening one changes nothing, because mail scanners open links too; the button does.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone.accounts import LinkExpired, LinkNotFound, LinkUsed, Purpose, UsableLink
from admitone.entrypoints.callers import Caller, SignedIn, WithCallers, address_of, device_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.known_devices import devices_of, keep_devices
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.errors.view import ErrorView
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.entrypoints.pages.sign_in.next_path import first_page, forget, remembered
from admitone.entrypoints.pages.sign_in.view import ConfirmView, InvitationView
from admitone.entrypoints.pages.views import Link
from admitone.flows.join import LINK_PATH
from admitone.flows.team import INVITATION_PATH, ROLE_WORDS, Offered, until_words
from admitone.values.actor import Actor
from admitone.values.contact import email_key
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)
ACCEPT = "/invitation"
_TITLES = {
    Purpose.SIGN_IN: ("Sign in to {site}", "Sign in"),
    Purpose.REGISTER: ("Confirm your address", "Make my account"),
    Purpose.FIND_TICKETS: ("See your tickets", "Show my tickets"),
}


_WELCOMES = {
    Purpose.SIGN_IN: "Welcome. Your account is made.",
    Purpose.REGISTER: "Welcome. Your account is made.",
    Purpose.FIND_TICKETS: "You are signed in, and your tickets stay here.",
}
_ENDED = {
    LinkUsed: "This link is used up",
    LinkExpired: "This link is too old",
    LinkNotFound: "This link does not work",
}


@router.get(LINK_PATH + "{token}")
async def show_link(token: str, request: Request, needs: Needs, caller: Caller) -> Response:
    """What the link would do, and the button that does it."""
    try:
        link = await needs.join.look_at_link(token)
    except (LinkUsed, LinkExpired, LinkNotFound) as refusal:
        return await _ended(request, refusal, caller)
    return await page(request, _confirm(link, token, needs.settings.site_name))


async def _ended(request: Request, refusal: Refusal, caller: Actor) -> Response:
    """No, and where another link is to be had; whoever is signed in needs none."""
    if caller.person_id is None:
        sentence = refusal.sentence
        ways = (Link("Mail me a new link", links.SIGN_IN), Link("Find my tickets", links.MY_TICKETS))
    else:
        sentence = "You are signed in, so you need no link."
        ways = (Link("My tickets", links.MY_TICKETS), Link("Your account", links.ACCOUNT))
    view = ErrorView(status_of(refusal), _ENDED[type(refusal)], sentence, refusal.code, ways)
    return await page(request, view, status=view.status)


def _confirm(link: UsableLink, token: str, site_name: str) -> ConfirmView:
    title, button = _TITLES[link.purpose]
    return ConfirmView(
        title=title.format(site=site_name),
        lead=f"For {link.email}.",
        button=button,
        post_url=links.CONFIRM,
        token=token,
    )


@router.post(links.CONFIRM)
async def use_link(
    request: Request, form: checked_form, needs: Needs, caller: Caller, callers: WithCallers
) -> Response:
    """Use the link up and sign in."""
    try:
        used = await needs.join.use_link(
            text_of(form, "token"),
            source=address_of(request),
            device_label=device_of(request),
            devices=devices_of(request),
        )
    except (LinkUsed, LinkExpired, LinkNotFound) as refusal:
        return await _ended(request, refusal, caller)
    notice = Notice(_WELCOMES[used.purpose]) if used.is_new else None
    if used.purpose is Purpose.FIND_TICKETS:
        ahead = links.MY_TICKETS
    else:
        ahead = remembered(request) or await first_page(needs, used.session.person_id)
    response = go_to(request, ahead, notice)
    forget(request, response)
    callers.keep(response, used.session)
    keep_devices(request, response, used.devices)
    return response


@router.get(INVITATION_PATH + "{token}")
async def show_invitation(token: str, request: Request, actor: Caller, needs: Needs) -> Response:
    """What the invitation offers, and who may take it: to everybody who has the link, since it was mailed.

    Whoever is not signed in as the one invited does that first and comes back here.
    """
    offered = await needs.team.look_at_invitation(token)
    words = ROLE_WORDS[offered.invitation.role]
    signed_in_as = await needs.team.address_of(actor)
    if email_key(signed_in_as) != offered.invitation.email_key:
        return await page(request, _invited(offered, token, signed_in_as))
    view = ConfirmView(
        title=f"Join {offered.organiser.name}",
        lead=f"{offered.inviter_name} invites you to work on its events as {words}. For {offered.invitation.email}.",
        button=f"Join as {words}",
        post_url=ACCEPT,
        token=token,
    )
    return await page(request, view)


def _invited(offered: Offered, token: str, signed_in_as: str) -> InvitationView:
    invitation = offered.invitation
    return InvitationView(
        title=f"Join {offered.organiser.name}",
        inviter_name=offered.inviter_name,
        organiser_name=offered.organiser.name,
        role_words=ROLE_WORDS[invitation.role],
        email=invitation.email,
        until=until_words(invitation.valid_until),
        next_path=f"{INVITATION_PATH}{token}",
        link_url=links.SIGN_IN_LINK,
        password_url=links.SIGN_IN_PASSWORD,
        sign_out_url=links.SIGN_OUT,
        signed_in_as=signed_in_as,
    )


@router.post(ACCEPT)
async def accept(
    request: Request, form: checked_form, actor: SignedIn, needs: Needs, callers: WithCallers
) -> Response:
    """Join the team."""
    joined = await needs.team.accept(actor, text_of(form, "token"))
    callers.forget()
    return go_to(request, links.organiser(joined.slug), Notice(f"You are now in the team of {joined.name}."))
