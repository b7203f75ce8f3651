"""Sessions: sign in with a password, sign out.

The answer to a sign-in carries the token once, for `Authorization: Bearer`; it sets no cookie, so a page of
another site that tries it gains nothing. What a program is to be known by (`device`) is in the answer for the same
reason; a browser's cookie counts here too.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone.accounts import MARK_LENGTH, NewSession, newest
from admitone.entrypoints.callers import Caller, SignedIn, WithCallers, address_of, device_of
from admitone.entrypoints.known_devices import devices_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, Shown

router = APIRouter(tags=["people"])
# Longer than any address or password can be; what they really may be is said by their own refusals.
EmailTyped = Annotated[str, Field(max_length=320)]
PasswordTyped = Annotated[str, Field(max_length=1000)]
DeviceKept = Annotated[
    str | None,
    Field(
        max_length=MARK_LENGTH,
        description="`device` of the last sign-in to this account from here: its tries have counts of their own.",
    ),
]


class SignIn(Body):
    """An address and the password that belongs to it."""

    email: EmailTyped
    password: PasswordTyped
    device: DeviceKept = None


class SessionMade(Shown):
    """A session. `token` is shown this once. It ends 30 days after it was last used.

    `device` is to be kept, longer than the session, and sent with the next sign-in to this account.
    """

    token: str
    device: str
    person_id: UUID
    valid_until: datetime


def session_made(session: NewSession, devices: str) -> SessionMade:
    """The new session as the API shows it."""
    return SessionMade(
        token=session.token,
        device=newest(devices),
        person_id=session.person_id,
        valid_until=session.valid_until,
    )


@router.post("/sessions", status_code=201)
async def sign_in(body: SignIn, request: Request, needs: Needs) -> SessionMade:
    """Sign in. A wrong password and an address nobody has are answered alike."""
    used = await needs.join.sign_in(
        email=body.email,
        password=body.password,
        source=address_of(request),
        device_label=device_of(request),
        devices=body.device or devices_of(request),
    )
    return session_made(used.session, used.devices)


@router.delete("/sessions/current", status_code=204)
async def sign_out(actor: Caller, needs: Needs, callers: WithCallers) -> None:
    """End this session. Saying it twice changes nothing."""
    await needs.join.sign_out(actor)
    callers.forget()


class SessionsEnded(Shown):
    """How many sessions ended."""

    ended: int


@router.delete("/sessions")
async def sign_out_everywhere(
    actor: SignedIn, needs: Needs, callers: WithCallers, remove_wallets: bool = False
) -> SessionsEnded:
    """End all sessions of this person, this one too. `remove_wallets`: no linked wallet signs them in any more."""
    ended = await needs.join.sign_out_everywhere(actor, remove_wallets=remove_wallets)
    callers.forget()
    return SessionsEnded(ended=ended)
