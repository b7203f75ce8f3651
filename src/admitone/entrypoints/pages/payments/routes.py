"""An organiser's payments: accounts set up, paused and closed; play money or real money. For its owners."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed, organiser_nav
from admitone.entrypoints.pages.payments.guides import GUIDES
from admitone.entrypoints.pages.payments.making import (
    close_view,
    has_webhook,
    key_fields,
    mode_view,
    payments_view,
)
from admitone.entrypoints.pages.payments.view import ConnectView, KeysView
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, tried, values_of
from admitone.payments import Kind, Mode
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/payments")
_DONE = {
    "look": "The provider was asked just now.",
    "pause": "Buyers are not offered it any more. Payments under way go on.",
    "resume": "Buyers are offered it again.",
    "close": "The account is closed. Refunds of what was paid into it still go out.",
}


async def _whose(needs: Assembly, actor: Actor, slug: str) -> Whose:
    return await find_allowed(needs, actor, slug, Action.MANAGE_PAYOUTS)


def _mode_of(word: str) -> Mode:
    if word not in set(Mode):
        raise payments.AccountNotFound
    return Mode(word)


def _kind(needs: Assembly, provider: str) -> Kind:
    kind = needs.payment_accounts.kinds.get(provider)
    if kind is None:
        raise payments.ProviderNotFound
    return kind


@router.get("")
async def show(slug: str, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """All accounts."""
    whose = await _whose(needs, actor, slug)
    return await page(request, await payments_view(needs, whose))


@router.get("/add/{provider}/{mode}")
async def ask_keys(
    slug: str, provider: str, mode: str, request: Request, actor: SignedIn, needs: Needs
) -> Response:
    """The form of a new account's keys."""
    whose, wanted = await _whose(needs, actor, slug), _mode_of(mode)
    view = await _new_view(needs, whose, provider, wanted)
    return go_to(request, links.payments(slug)) if view is None else await page(request, view)


async def _new_view(
    needs: Assembly,
    whose: Whose,
    provider: str,
    mode: Mode,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> KeysView | None:
    kind = _kind(needs, provider)
    addable = await needs.money.payment_setup.addable(whose.actor, whose.id, mode)
    new = next((one for one in addable if one.kind.name == provider), None)
    if new is None:
        return None
    money = "for trying out; no real money moves" if mode is Mode.TEST else "real money"
    return KeysView(
        nav=organiser_nav(whose),
        title=f"Add {kind.label}, {mode.value} mode",
        intro=f"What buyers pay this way goes straight to you, not through this site ({money}).",
        fields=key_fields(kind.credentials, {}),
        notice_url=new.notice_url if has_webhook(kind) else "",
        post_url=links.payment_add(whose.slug, provider, mode.value),
        back_url=links.payments(whose.slug),
        button=f"Add {kind.label}",
        values=_harmless(kind, values or {}),
        errors=errors or {},
        guide=GUIDES.get(kind.name, ()),
    )


def _harmless(kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """What was typed, without secrets: those are typed again rather than written into a page."""
    shown = {one.name for one in kind.credentials if not one.is_secret}
    return {name: value for name, value in values.items() if name in shown}


@router.post("/add/{provider}/{mode}")
async def add(
    slug: str,
    provider: str,
    mode: str,
    request: Request,
    form: checked_form,
    actor: SignedIn,
    needs: Needs,
) -> Response:
    """Add an account; the provider is asked about the keys before anything is kept."""
    whose, wanted, values = await _whose(needs, actor, slug), _mode_of(mode), values_of(form)
    try:
        added = await needs.money.payment_setup.add(actor, whose.id, provider, wanted, values)
    except Refusal as refusal:
        view = await _new_view(needs, whose, provider, wanted, values=values, errors=errors_of(refusal))
        if view is None:
            return go_to(request, links.payments(slug), Notice(refusal.sentence, "warn"))
        return await page(request, view, status=status_of(refusal))
    label = _kind(needs, provider).label
    notice = Notice(f"{label} is connected, and buyers can pay with it.")
    if added.state != "active":
        notice = Notice(
            f"The keys are right, but {label} does not let this account take payments yet.", "warn"
        )
    return go_to(request, links.payments(slug), notice)


@router.get("/connect/{provider}/{mode}")
async def ask_country(
    slug: str, provider: str, mode: str, request: Request, actor: SignedIn, needs: Needs
) -> Response:
    """Before an account is opened under the site's own."""
    whose, wanted = await _whose(needs, actor, slug), _mode_of(mode)
    return await page(request, _connect_view(needs, whose, provider, wanted))


def _connect_view(
    needs: Assembly,
    whose: Whose,
    provider: str,
    mode: Mode,
    *,
    go_url: str = "",
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ConnectView:
    return ConnectView(
        nav=organiser_nav(whose),
        provider=_kind(needs, provider).label,
        post_url=links.payment_connect(whose.slug, provider, mode.value),
        back_url=links.payments(whose.slug),
        countries=(("", "Choose"), *formats.countries()),
        go_url=go_url,
        values=values or {},
        errors=errors or {},
    )


@router.post("/connect/{provider}/{mode}")
async def connect(
    slug: str,
    provider: str,
    mode: str,
    request: Request,
    form: checked_form,
    actor: SignedIn,
    needs: Needs,
) -> Response:
    """Begin, or go on; answers with the way to the provider's page, as browsers let no form lead there."""
    whose, wanted, country = await _whose(needs, actor, slug), _mode_of(mode), text_of(form, "country")
    if country not in dict(formats.countries()):
        errors = {"country": "Please choose a country."}
        return await page(request, _connect_view(needs, whose, provider, wanted, errors=errors), status=422)
    try:
        url = await needs.money.payment_setup.connect(
            actor,
            whose.id,
            provider,
            wanted,
            country=country,
            return_url=f"{needs.settings.site_url}{links.payment_connected(slug, provider, mode)}",
        )
    except Refusal as refusal:
        view = _connect_view(
            needs, whose, provider, wanted, values={"country": country}, errors={"": refusal.sentence}
        )
        return await page(request, view, status=status_of(refusal))
    return await page(request, _connect_view(needs, whose, provider, wanted, go_url=url))


@router.get("/connected/{provider}/{mode}")
async def connected(
    slug: str, provider: str, mode: str, request: Request, actor: SignedIn, needs: Needs
) -> Response:
    """Back from the provider: ask what the account may do now."""
    whose = await _whose(needs, actor, slug)
    async with needs.database.reading() as reader:
        mine = await payments.accounts_of(reader, whose.id)
    account = next((one for one in mine if (one.provider, one.mode) == (provider, mode)), None)
    notice = None
    if account is not None:
        label = _kind(needs, provider).label
        try:
            found = await needs.money.payment_setup.look(actor, whose.id, account.id)
            is_ready = found.state == "active"
            notice = Notice(f"{label} is ready: buyers can pay with it.") if is_ready else None
            notice = notice or Notice(
                f"{label} still wants to know something. You can go on any time.", "warn"
            )
        except Refusal as refusal:
            notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.payments(slug), notice)


@router.get("/mode")
async def ask_mode(slug: str, request: Request, actor: SignedIn, needs: Needs, to: str = "live") -> Response:
    """What switching would do."""
    whose = await _whose(needs, actor, slug)
    switch = await needs.money.payment_modes.preview(actor, whose.id, _mode_of(to))
    if switch.now is switch.to:
        return go_to(request, links.payments(slug))
    return await page(request, mode_view(whose, switch))


@router.post("/mode")
async def switch_mode(
    slug: str, request: Request, form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Switch."""
    whose, to = await _whose(needs, actor, slug), _mode_of(text_of(form, "to"))
    try:
        await needs.money.payment_modes.switch(actor, whose.id, to)
    except Refusal:
        switch = await needs.money.payment_modes.preview(actor, whose.id, to)
        return await page(request, mode_view(whose, switch), status=409)
    words = "You sell for real money now." if to is Mode.LIVE else "You are in test mode: play money only."
    return go_to(request, links.payments(slug), Notice(words))


@router.post("/sites/{provider}/{mode}/{verb}")
async def sites_own(
    slug: str,
    provider: str,
    mode: str,
    verb: str,
    request: Request,
    form: checked_form,
    actor: SignedIn,
    needs: Needs,
) -> Response:
    """Sell through the site's own account, or not."""
    del form
    whose, wanted = await _whose(needs, actor, slug), _mode_of(mode)
    if verb not in ("use", "leave"):
        raise payments.AccountNotFound
    notice = Notice("Buyers are offered it." if verb == "use" else "Buyers are not offered it any more.")
    setup = needs.money.payment_setup
    work = setup.use_sites_own(actor, whose.id, provider, wanted, is_used=verb == "use")
    return go_to(request, links.payments(slug), await tried(work, notice))


@router.get("/{account_id}/keys")
async def ask_other_keys(
    slug: str, account_id: UUID, request: Request, actor: SignedIn, needs: Needs
) -> Response:
    """The form of other keys for an account."""
    whose = await _whose(needs, actor, slug)
    return await page(request, await _changed_view(needs, whose, account_id))


async def _changed_view(
    needs: Assembly,
    whose: Whose,
    account_id: UUID,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> KeysView:
    async with needs.database.reading() as reader:
        account = await payments.find_account(reader, account_id)
    if account is None or account.organiser_id != whose.id or account.sealed is None:
        raise payments.AccountNotFound
    kind, setup = _kind(needs, account.provider), needs.money.payment_setup
    title, intro = f"Change {kind.label}, {account.mode} mode", "What buyers are shown from now on."
    if any(one.is_secret for one in kind.credentials):
        title = f"Change the keys of {kind.label}, {account.mode} mode"
        intro = "They have to be keys of the same account: refunds go out of the account that was paid."
    return KeysView(
        nav=organiser_nav(whose),
        title=title,
        intro=intro,
        fields=key_fields(kind.credentials, setup.hints(account)),
        notice_url=setup.notice_url(account) if has_webhook(kind) else "",
        post_url=links.payment_account(whose.slug, str(account_id), "keys"),
        back_url=links.payments(whose.slug),
        button="Check and keep",
        values=_harmless(kind, values or setup.hints(account)),
        errors=errors or {},
        guide=GUIDES.get(kind.name, ()),
    )


@router.post("/{account_id}/keys")
async def change_keys(
    slug: str, account_id: UUID, request: Request, form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Put other keys in place."""
    whose, values = await _whose(needs, actor, slug), values_of(form)
    try:
        await needs.money.payment_setup.change_keys(actor, whose.id, account_id, values)
    except payments.AccountNotFound:
        raise
    except Refusal as refusal:
        view = await _changed_view(needs, whose, account_id, values=values, errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    return go_to(request, links.payments(slug), Notice("The provider accepts the new keys. They are kept."))


@router.get("/{account_id}/close")
async def ask_close(slug: str, account_id: UUID, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """Ask before an account is closed."""
    whose = await _whose(needs, actor, slug)
    async with needs.database.reading() as reader:
        mine = await payments.accounts_of(reader, whose.id)
    account = next((one for one in mine if one.id == account_id and not one.is_set_aside), None)
    if account is None:
        raise payments.AccountNotFound
    return await page(request, close_view(needs, whose, account))


@router.post("/{account_id}/{verb}")
async def do(
    slug: str,
    account_id: UUID,
    verb: str,
    request: Request,
    form: checked_form,
    actor: SignedIn,
    needs: Needs,
) -> Response:
    """Look at it, pause it, resume it, close it."""
    del form
    whose, setup = await _whose(needs, actor, slug), needs.money.payment_setup
    deeds = {"look": setup.look, "pause": setup.pause, "resume": setup.resume, "close": setup.close}
    if verb not in deeds:
        raise payments.AccountNotFound
    notice = await tried(deeds[verb](actor, whose.id, account_id), Notice(_DONE[verb]))
    return go_to(request, links.payments(slug), notice)
