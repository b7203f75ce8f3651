"""Whose pages these are: the organiser in the address, what this member may open, and the side bar."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import accounts, events
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.nav import EventNav, OrganiserNav
from admitone.entrypoints.pages.views import State
from admitone.events import EventState, StoredEvent
from admitone.plumbing.database import Reader
from admitone.reads.needs_you import count_needs
from admitone.values import formats
from admitone.values.actor import Action, Actor

STATES = {
    EventState.DRAFT: State("Draft", "warn"),
    EventState.ON_SALE: State("On sale", "ok"),
    EventState.ENDED: State("Ended"),
    EventState.CANCELLED: State("Cancelled", "bad", "circle-x"),
}


def state_of(event: StoredEvent, now: datetime) -> State:
    """The event's state; one whose sale was ended early has not ended itself."""
    if event.state is EventState.ENDED and now < event.details.ends_at:
        return State("Sale ended")
    return STATES[event.state]


@dataclass(frozen=True, slots=True)
class Whose:
    """An organiser and the member who looks."""

    id: UUID
    slug: str
    name: str
    actor: Actor
    is_test: bool = False
    waiting: int = 0

    def may(self, action: Action) -> bool:
        """May this member do that here?"""
        return self.actor.may(action, self.id)

    def event_url(self, event_id: UUID, part: str = "") -> str:
        """A page of one of the organiser's events."""
        return links.managed_event(self.slug, str(event_id), part)


async def find_organiser(reader: Reader, actor: Actor, slug: str) -> Whose:
    """The organiser with this address, for a member of it. Raises `OrganiserNotFound`, `Forbidden`."""
    found = await accounts.organiser_by_slug(reader, slug)
    accounts.permit(actor, Action.SEE_EVENTS, found.id)
    return await whose_of(reader, actor, found)


async def whose_of(reader: Reader, actor: Actor, organiser: accounts.Organiser) -> Whose:
    """This organiser's side bar for this member, with the number of what waits for somebody who may see orders."""
    waiting = await count_needs(reader, organiser.id) if actor.may(Action.SEE_ORDERS, organiser.id) else 0
    return Whose(organiser.id, organiser.slug, organiser.name, actor, organiser.is_test, waiting)


async def find_allowed(needs: Assembly, actor: Actor, slug: str, *actions: Action) -> Whose:
    """The same, for a member who may do all of these. Raises `OrganiserNotFound`, `Forbidden`."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    for action in actions:
        accounts.permit(actor, action, whose.id)
    return whose


def organiser_nav(whose: Whose, event: StoredEvent | None = None) -> OrganiserNav:
    """The side bar, with the event when a page is about one; what a member may not open is not in it."""
    return OrganiserNav(
        organiser_name=whose.name,
        events_url=links.organiser(whose.slug),
        team_url=links.team(whose.slug) if whose.may(Action.MANAGE_MEMBERS) else "",
        transfers_url=links.transfers(whose.slug) if whose.may(Action.CHANGE_ORDERS) else "",
        new_event_url=links.organiser_new_event(whose.slug) if whose.may(Action.MANAGE_EVENTS) else "",
        others_url=links.ORGANISER if len(whose.actor.roles) > 1 else "",
        promo_url=links.promo_codes(whose.slug) if whose.may(Action.MANAGE_EVENTS) else "",
        credit_url=links.store_credit(whose.slug) if whose.may(Action.REFUND_ORDERS) else "",
        event=None if event is None else _event_nav(whose, event),
        payments_url=links.payments(whose.slug) if whose.may(Action.MANAGE_PAYOUTS) else "",
        # Also without an account of their own: what buyers pay into the site's is waited for there too.
        bitcoin_url=links.organiser_bitcoin(whose.slug) if whose.may(Action.SEE_ORDERS) else "",
        is_test=whose.is_test,
        needs_url=links.needs_you(whose.slug) if whose.may(Action.SEE_ORDERS) else "",
        approvals_url=links.approvals(whose.slug) if whose.may(Action.REFUND_ORDERS) else "",
        needs_badge=str(whose.waiting) if whose.waiting else "",
        invoices_url=links.invoices(whose.slug) if whose.may(Action.SEE_REPORTS) else "",
        payouts_url=links.payouts(whose.slug) if whose.may(Action.SEE_REPORTS) else "",
        reports_url=links.reports(whose.slug) if whose.may(Action.SEE_REPORTS) else "",
    )


def _event_nav(whose: Whose, event: StoredEvent) -> EventNav:
    details = event.details
    is_live = event.state is not EventState.DRAFT
    may_show = event.state is not EventState.CANCELLED and whose.may(Action.MANAGE_EVENTS)
    return EventNav(
        title=details.title,
        when=f"{formats.day(details.starts_at, details.zone)}, {STATES[event.state].words.lower()}",
        poster_url=poster_of(event),
        overview_url=whose.event_url(event.id),
        edit_url=edit_url_of(whose, event),
        orders_url=whose.event_url(event.id, "orders") if whose.may(Action.SEE_ORDERS) else "",
        checkin_url=links.checkin(str(event.id)) if is_live and whose.may(Action.CHECK_IN) else "",
        public_url=links.event(event.slug) if is_live else whose.event_url(event.id, "preview"),
        write_url=whose.event_url(event.id, "write") if is_live and whose.may(Action.MANAGE_EVENTS) else "",
        stream_url=whose.event_url(event.id, "stream") if may_show else "",
        uma_url=whose.event_url(event.id, "uma-invoices") if is_live and may_show else "",
    )


def edit_url_of(whose: Whose, event: StoredEvent) -> str:
    """The editor's address; empty for who may not change events, and once nothing can be changed any more."""
    can_edit = event.state in events.EDITABLE and whose.may(Action.MANAGE_EVENTS)
    return whose.event_url(event.id, "edit") if can_edit else ""


def poster_of(event: StoredEvent) -> str:
    """The address of the event's poster."""
    return links.poster(event.slug, event.details.accent, event.details.poster_style)


def is_past(event: StoredEvent, now: datetime) -> bool:
    """Does it belong among the organiser's past events?"""
    return event.state is EventState.CANCELLED or event.details.ends_at <= now
