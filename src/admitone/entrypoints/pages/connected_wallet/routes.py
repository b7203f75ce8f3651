"""A person's connected wallet."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.connected_wallet.making import wallet_view
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, tried
from admitone.entrypoints.pages.sign_in.next_path import safe_path
from admitone.values.actor import Actor
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(max_length=500, alias="next")]


@router.get(links.CONNECTED_WALLET)
async def show(request: Request, actor: SignedIn, needs: Needs, back: Next = "") -> Response:
    """The wallet that is connected, and a form for one."""
    return await _show(request, actor, needs, safe_path(back))


async def _show(
    request: Request,
    actor: Actor,
    needs: Assembly,
    back: str,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    known = await needs.connected_wallets.connections.current(actor)
    return await page(request, wallet_view(known, needs.clock.now(), back, errors or {}), status=status)


@router.post(links.CONNECTED_WALLET)
async def connect(
    request: Request, actor: SignedIn, needs: Needs, form: checked_form, new_id: NewId
) -> Response:
    """Connect the wallet whose connection was pasted."""
    back = safe_path(text_of(form, "next"))
    try:
        await needs.connected_wallets.connections.connect(actor, text_of(form, "uri"), new_id)
    except Refusal as refusal:
        return await _show(request, actor, needs, back, errors_of(refusal), status_of(refusal))
    return go_to(request, back or links.CONNECTED_WALLET, Notice("Your wallet is connected."))


@router.post(links.CONNECTED_WALLET_LOOK)
async def look(request: Request, actor: SignedIn, needs: Needs, form: checked_form) -> Response:
    """Ask the wallet what it lets us do now."""
    asking = needs.connected_wallets.connections.look_again(actor)
    return go_to(request, links.CONNECTED_WALLET, await tried(asking, Notice("Your wallet has answered.")))


@router.post(links.CONNECTED_WALLET_DISCONNECT)
async def disconnect(request: Request, actor: SignedIn, needs: Needs, form: checked_form) -> Response:
    """End the connection."""
    await needs.connected_wallets.connections.disconnect(actor)
    done = "Your wallet is disconnected, and what opened it is erased here. You can also take it away in the wallet."
    return go_to(request, links.CONNECTED_WALLET, Notice(done))
