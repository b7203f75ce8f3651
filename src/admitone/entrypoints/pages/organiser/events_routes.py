"""An organiser's events: the list, a new one, one at a glance, and a draft as buyers would see it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, invoices
from admitone.entrypoints.callers import SignedIn, callers_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.showing import Asked, event_view
from admitone.entrypoints.pages.organiser import editor_forms
from admitone.entrypoints.pages.organiser.editor_showing import CATEGORIES, currency_options, zones
from admitone.entrypoints.pages.organiser.overview import events_view, overview_view
from admitone.entrypoints.pages.organiser.refunds_showing import refund_needs
from admitone.entrypoints.pages.organiser.seller_showing import seller_need
from admitone.entrypoints.pages.organiser.view import (
    ChooseOrganiserView,
    Need,
    NewEventView,
    NewOrganiserView,
)
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser, organiser_nav
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import Link, Part
from admitone.events import TimeTwice
from admitone.flows import publish_event
from admitone.plumbing.database import Reader
from admitone.reads.event_editor import event_editor
from admitone.reads.event_page import page_of
from admitone.reads.orders_list import ListedOrder, OrdersWanted, orders_list
from admitone.reads.organiser_events import organiser_events, selling_event
from admitone.reads.refunds_stuck import refunds_stuck
from admitone.values import listed
from admitone.values.actor import Action
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Invalid, Problems, Refusal, TooMany

router = APIRouter(prefix=links.ORGANISER, include_in_schema=False)
_LATEST_ORDERS = 5
_LISTED = 100
_ALIASES = json.dumps(dict(listed.zone_aliases()), separators=(",", ":"))
_STUCK = 10


@router.get("")
async def choose(request: Request, needs: Needs, actor: SignedIn) -> Response:
    """Straight to the organiser somebody works for, or to the choice between several."""
    async with needs.database.reading() as reader:
        posts = await accounts.organisers_of(reader, accounts.person_id_of(actor))
    if len(posts) == 1:
        return go_to(request, links.organiser(posts[0].organiser.slug))
    if not posts:
        return go_to(request, links.NEW_ORGANISER)
    organisers = tuple(Link(post.organiser.name, links.organiser(post.organiser.slug)) for post in posts)
    return await page(request, ChooseOrganiserView(organisers=organisers, new_url=links.NEW_ORGANISER))


@router.get("/new")
async def begin_form(request: Request, actor: SignedIn) -> Response:
    """The form of a new organiser."""
    return await page(request, NewOrganiserView(form=Part(links.NEW_ORGANISER, {"form_key": str(uuid7())})))


@router.post("/new")
async def begin(request: Request, needs: Needs, actor: SignedIn, form: checked_form) -> Response:
    """Begin an organiser, and go on to its first event."""
    typed = values_of(form)
    try:
        made = await needs.team.create_organiser(
            actor,
            name=typed.get("name", ""),
            contact_email=typed.get("contact_email") or None,
            organiser_id=_made_by(typed, accounts.person_id_of(actor).bytes),
        )
    except (Invalid, TooMany) as refusal:
        part = Part(links.NEW_ORGANISER, typed, errors_of(refusal))
        return await page(request, NewOrganiserView(form=part), status=status_of(refusal))
    callers_of(request).forget()
    return go_to(request, links.organiser_new_event(made.slug), Notice(f"{made.name} is yours."))


@router.get("/{organiser}")
async def list_own(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """The organiser's events with how they sell."""
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        found = await organiser_events(reader, actor, whose.id, limit=_LISTED)
        waiting = await _refunds_waiting(reader, whose, now)
        is_selling = any(one.revenue_minor for one in found.items)
        unnamed = seller_need(whose, await invoices.seller_of(reader, whose.id)) if is_selling else ()
    view = events_view(whose, found.items, now)
    return await page(request, replace(view, needs=(*waiting, *unnamed, *view.needs)))


@router.get("/{organiser}/new-event")
async def new(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """The form of a new event."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
    accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
    values = {"category": "music", "currency": "EUR", "zone": "", "form_key": str(uuid7())}
    return await page(request, _new_view(whose, Part(links.organiser_new_event(organiser), values)))


@router.post("/{organiser}/new-event")
async def make(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, form: checked_form
) -> Response:
    """Make the draft and open it in the editor."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
    typed = values_of(form)
    try:
        details = editor_forms.new_event(typed)
        made = await publish_event.create_draft(
            needs.database,
            needs.clock,
            actor,
            whose.id,
            details,
            event_id=_made_by(typed, whose.id.bytes),
            fees=needs.settings.site_fees,
        )
    except Problems as problems:
        errors = errors_of(problems, editor_forms.FIELDS)
        part = Part(links.organiser_new_event(organiser), typed | asked_which(problems), errors)
        return await page(request, _new_view(whose, part), status=422)
    return go_to(request, whose.event_url(made.id, "edit"), Notice("Your draft is made."))


def _made_by(typed: Mapping[str, str], *whose: bytes) -> UUID | None:
    """The id of what a form makes: the same when its button is pressed twice."""
    key = typed.get("form_key", "")
    return derived_id("organiser form", *whose, key) if key else None


def asked_which(refusal: Refusal) -> dict[str, str]:
    """The extra field that asks which of two equal local times is meant, for each that comes twice."""
    problems = refusal.problems if isinstance(refusal, Problems) else (refusal,)
    return {f"{one.field}_which": "" for one in problems if isinstance(one, TimeTwice)}


def _new_view(whose: Whose, part: Part) -> NewEventView:
    return NewEventView(
        nav=organiser_nav(whose),
        form=part,
        categories=CATEGORIES,
        currencies=currency_options(part.values.get("currency", "")),
        zones=(("", "Choose the place's time zone"), *zones()),
        zone_aliases=_ALIASES,
    )


@router.get("/{organiser}/events/{event_id}")
async def overview(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """One event at a glance."""
    now = needs.clock.now()
    orders: tuple[ListedOrder, ...] = ()
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        selling = await selling_event(reader, actor, whose.id, event_id)
        opened = await event_editor(reader, actor, now, whose.id, event_id)
        if whose.may(Action.SEE_ORDERS):
            wanted = OrdersWanted(event_id=event_id)
            orders = (await orders_list(reader, actor, whose.id, wanted, limit=_LATEST_ORDERS)).items
        waiting = await _refunds_waiting(reader, whose, now, event_id)
    view = overview_view(whose, selling, opened, orders, now, site_url=needs.settings.site_url)
    return await page(request, replace(view, needs=(*waiting, *view.needs)))


async def _refunds_waiting(
    reader: Reader, whose: Whose, now: datetime, event_id: UUID | None = None
) -> tuple[Need, ...]:
    if not whose.may(Action.SEE_ORDERS):
        return ()
    stuck = await refunds_stuck(reader, whose.actor, whose.id, now=now, event_id=event_id, most=_STUCK)
    return refund_needs(stuck, whose.event_url, now)


@router.get("/{organiser}/events/{event_id}/preview")
async def preview(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """The event's page as buyers see it, or would."""
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        opened = await event_editor(reader, actor, now, whose.id, event_id)
        found = await page_of(reader, now, opened.event)
    asked = Asked(
        needs.settings.site_url,
        needs.settings.hold_seconds // 60,
        manage_url=whose.event_url(event_id, "edit") if whose.may(Action.MANAGE_EVENTS) else "",
    )
    return await page(request, event_view(found, asked))
