"""Mailed links: ask for one, use one. The answer to asking is the same for every address."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from admitone.accounts import LINK_MINUTES, Purpose
from admitone.entrypoints.callers import address_of, device_of
from admitone.entrypoints.known_devices import devices_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.sessions import DeviceKept, EmailTyped, SessionMade, session_made
from admitone.entrypoints.rest.shapes import Body, Shown

router = APIRouter(tags=["people"])


class LinkAsked(Body):
    """Where to send the link. `purpose`: sign_in, or find_tickets after buying as a guest."""

    email: EmailTyped
    purpose: Annotated[str, Field(pattern="^(sign_in|find_tickets)$")] = Purpose.SIGN_IN.value
    device: DeviceKept = None


class LinkSent(Shown):
    """What was done, in a sentence."""

    detail: str = (
        f"If the address is right, we have sent a link to it. It works once, for {LINK_MINUTES} minutes."
    )
    valid_minutes: int = LINK_MINUTES


@router.post("/sign-in-links", status_code=202)
async def ask(body: LinkAsked, request: Request, needs: Needs) -> LinkSent:
    """Mail a link that signs in."""
    wanted = needs.join.find_tickets if body.purpose == Purpose.FIND_TICKETS else needs.join.ask_link
    await wanted(email=body.email, source=address_of(request), devices=body.device or devices_of(request))
    return LinkSent()


class LinkUse(Body):
    """The last part of the link's address."""

    token: Annotated[str, Field(max_length=64)]


class LinkUsed(SessionMade):
    """The session the link began.

    `purpose` is what the link was asked for; `is_new` says the account is new.
    """

    purpose: str
    is_new: bool


@router.post("/sign-in-links/use", status_code=201)
async def use(body: LinkUse, request: Request, needs: Needs) -> LinkUsed:
    """Sign in by the link, which is used up. Whoever had no account has one then."""
    used = await needs.join.use_link(body.token, source=address_of(request), device_label=device_of(request))
    made = session_made(used.session, used.devices)
    return LinkUsed(**made.model_dump(), purpose=used.purpose.value, is_new=used.is_new)
