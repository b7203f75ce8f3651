"""Events with more than one price, one fee and one tax."""

from dataclasses import replace
from uuid import UUID

from admitone import events, inventory
from admitone.assembly import Assembly
from admitone.events import EventPrices, TypeDetails, TypePrices
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.flows.publish_event import details_of
from admitone.pricing import Kind
from tests.support.onsale import OnSale


def edits_of(site: Assembly) -> EventEdits:
    """What an organiser may change."""
    return EventEdits(site.database, site.clock, site.settings.site_fees)


async def reprice(site: Assembly, show: OnSale, prices: EventPrices, **changes: object) -> None:
    """Give an event on sale these prices, as its organiser does."""
    async with site.database.reading() as reader:
        found = await events.own_event(reader, show.organiser_id, show.event_id)
    wanted = replace(found.details, prices=prices, **changes)  # type: ignore[arg-type]
    await edits_of(site).change_details(show.owner, show.organiser_id, show.event_id, wanted)


async def retype(
    site: Assembly, show: OnSale, at: int, prices: TypePrices, *, kind: Kind = "ticket", **changes: object
) -> None:
    """Give a ticket type of an event on sale these prices, as its organiser does."""
    type_id = show.types[at]
    async with site.database.reading() as reader:
        found = next(one for one in await events.types(reader, show.event_id) if one.id == type_id)
        pools = (await inventory.draws(reader, show.event_id)).get(type_id, ())
        levels = await inventory.levels(reader, show.event_id)
    own = next((levels[one].capacity for one in pools if not levels[one].is_shared), None)
    shared = tuple(one for one in pools if levels[one].is_shared)
    details = replace(details_of(found), kind=kind, prices=prices, **changes)  # type: ignore[arg-type]
    plan = TypePlan(details, own, shared)
    await edits_of(site).change_type(show.owner, show.organiser_id, show.event_id, type_id, plan)


async def add_donation(
    site: Assembly, show: OnSale, *, least_minor: int = 100, suggested_minor: int = 500
) -> UUID:
    """Let people give something; the type's id."""
    details = TypeDetails(
        "For the roof", suggested_minor, kind="donation", prices=TypePrices(least_minor=least_minor)
    )
    made = await edits_of(site).add_type(show.owner, show.organiser_id, show.event_id, TypePlan(details))
    return made.id
