"""What can be done with an event as a whole, and the pages that ask before it is done, in finished words."""

from collections.abc import Iterable

from admitone import events
from admitone.entrypoints.pages.orders.way_back import ASKED_IN_BITCOIN
from admitone.entrypoints.pages.organiser.view import AskView, CopyView, StepsPart
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.views import Part
from admitone.events import EventState, StoredEvent
from admitone.reads.event_editor import EditedType
from admitone.reads.organiser_events import SellingEvent
from admitone.values import formats
from admitone.values.actor import Action


def steps_of(whose: Whose, event: StoredEvent, types: Iterable[EditedType]) -> StepsPart | None:
    """What this member may do with the event in the state it is in; None for nothing at all."""
    if not whose.may(Action.MANAGE_EVENTS):
        return None
    is_taken = any(one.taken.sold or one.taken.held for one in types)

    def step(to: EventState, part: str) -> str:
        return whose.event_url(event.id, part) if events.may_become(event.state, to) else ""

    return StepsPart(
        duplicate_url=whose.event_url(event.id, "duplicate"),
        unpublish_url="" if is_taken else step(EventState.DRAFT, "unpublish"),
        end_url=step(EventState.ENDED, "end"),
        cancel_url=step(EventState.CANCELLED, "cancel") if whose.may(Action.REFUND_ORDERS) else "",
        refunds_url=whose.event_url(event.id, "refunds")
        if event.state == EventState.CANCELLED and whose.may(Action.REFUND_ORDERS)
        else "",
        delete_url=whose.event_url(event.id, "delete") if event.state == EventState.DRAFT else "",
    )


def ask_delete_view(whose: Whose, event: StoredEvent) -> AskView:
    """Before a draft is deleted."""
    return AskView(
        nav=organiser_nav(whose, event),
        title="Delete this draft?",
        icon="trash",
        about=event.details.title,
        words=(
            "The event, its ticket types and its places are gone for good. Nobody else has seen them, and nobody has"
            " ordered.",
            "This cannot be undone.",
        ),
        post_url=whose.event_url(event.id, "delete"),
        back_url=whose.event_url(event.id),
        button="Delete the draft",
        keep="Keep the draft",
    )


def copy_view(whose: Whose, event: StoredEvent, form: Part) -> CopyView:
    """Before an event is copied: the copy's times start empty, so that none is put on sale for the old ones."""
    details = event.details
    return CopyView(
        nav=organiser_nav(whose, event),
        about=details.title,
        was=formats.span(details.starts_at, details.ends_at, details.zone),
        zone_words=details.zone.replace("_", " "),
        form=form,
        back_url=whose.event_url(event.id),
    )


def ask_end_view(whose: Whose, selling: SellingEvent) -> AskView:
    """Before a sale is ended."""
    sold = "Nobody has bought a ticket so far."
    if selling.sold:
        sold = f"{formats.count(selling.sold, 'ticket', 'tickets')} already sold stay valid at the door."
    if selling.sold == 1:
        sold = "The one ticket already sold stays valid at the door."
    return AskView(
        nav=organiser_nav(whose, selling.event),
        title="End the sale for good?",
        icon="clock",
        about=selling.event.details.title,
        words=(
            f"No more tickets are sold. {sold} Whoever is buying right now may still finish.",
            "From then on nothing about the event can be changed; it can still be cancelled as a whole. "
            "This cannot be undone.",
            "To stop for a while, set “On sale until” of its tickets instead.",
        ),
        post_url=whose.event_url(selling.event.id, "end"),
        back_url=whose.event_url(selling.event.id),
        button="End the sale",
        keep="Keep selling",
    )


def ask_cancel_view(whose: Whose, selling: SellingEvent, *, has_bitcoin: bool) -> AskView:
    """Before an event is called off. `has_bitcoin`: some of it was paid in bitcoin."""
    words = ["Sales stop at once, and nobody has bought a ticket so far."]
    if selling.sold:
        lost = "Sales stop at once. " + (
            "The one ticket sold becomes invalid."
            if selling.sold == 1
            else f"All {formats.number(selling.sold)} tickets sold become invalid."
        )
        back = "Everybody who paid gets a mail and their money back."
        if selling.revenue_minor:
            back = (
                "Everybody who paid gets a mail and their money back: "
                f"{formats.money(selling.revenue_minor, selling.event.details.currency)} in "
                f"{formats.count(selling.orders_paid or 0, 'order', 'orders')}."
            )
        words = [lost, back, ASKED_IN_BITCOIN] if has_bitcoin else [lost, back]
    return AskView(
        nav=organiser_nav(whose, selling.event),
        title="Cancel the event?",
        icon="circle-x",
        about=selling.event.details.title,
        words=(*words[:-1], f"{words[-1]} This cannot be undone."),
        post_url=whose.event_url(selling.event.id, "cancel"),
        back_url=whose.event_url(selling.event.id),
        button="Cancel and refund everybody" if selling.sold else "Cancel the event",
        keep="Keep the event",
        asks_message=selling.sold > 0,
    )
