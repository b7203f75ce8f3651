"""`/organisers/{id}/events`: everything an organiser does to events. Who may is asked by the flows."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.event_answers import (
    EditorShown,
    EventManaged,
    PoolManaged,
    SellingPage,
    TypeManaged,
    editor,
    managed,
    pool_managed,
    selling,
    type_managed,
)
from admitone.entrypoints.rest.event_shapes import (
    EventChange,
    EventNew,
    PoolChange,
    PoolNew,
    TypeChange,
    TypeNew,
)
from admitone.entrypoints.rest.sales_answers import SalesShown, sales
from admitone.entrypoints.rest.shapes import Body, Cursor, Limit
from admitone.events import TypeDetails
from admitone.flows import publish_event
from admitone.flows.delete_event import delete_event
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.orders import RunWish
from admitone.reads.event_editor import EventEditor, event_editor
from admitone.reads.organiser_events import organiser_events
from admitone.reads.sales_report import sales_report
from admitone.values.actor import Actor

router = APIRouter(prefix="/organisers/{organiser_id}/events", tags=["organiser"])


def _edits(needs: Assembly) -> EventEdits:
    return EventEdits(needs.database, needs.clock, needs.settings.site_fees)


async def _open(needs: Assembly, actor: Actor, organiser_id: UUID, event_id: UUID) -> EventEditor:
    async with needs.database.reading() as reader:
        return await event_editor(reader, actor, needs.clock.now(), organiser_id, event_id)


@router.get("")
async def list_own_events(
    needs: Needs, actor: SignedIn, organiser_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> SellingPage:
    """The organiser's events, latest start first, with how they sell."""
    async with needs.database.reading() as reader:
        found = await organiser_events(reader, actor, organiser_id, cursor=cursor, limit=limit)
    return SellingPage(items=tuple(selling(one) for one in found.items), next_cursor=found.next_cursor)


@router.post("", status_code=201)
async def draft_event(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, body: EventNew
) -> EventManaged:
    """Make a draft."""
    made = await publish_event.create_draft(
        needs.database,
        needs.clock,
        actor,
        organiser_id,
        body.details(),
        event_id=new_id,
        fees=needs.settings.site_fees,
    )
    return managed(made)


@router.get("/{event_id}")
async def show_own_event(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> EditorShown:
    """The event, its ticket types and pools, and what it needs before it can go on sale."""
    return editor(await _open(needs, actor, organiser_id, event_id))


@router.patch("/{event_id}")
async def change_event(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, body: EventChange
) -> EventManaged:
    """Change any of the details. Without `revision` the change is made to whatever is there now."""
    before = (await _open(needs, actor, organiser_id, event_id)).event
    changed = await _edits(needs).change_details(
        actor,
        organiser_id,
        event_id,
        replace(before.details, **body.changes(before.details)),
        slug=body.slug,
        # The details not sent are those just read, so the change is for exactly that revision.
        revision=before.revision if body.revision is None else body.revision,
    )
    return managed(changed)


@router.delete("/{event_id}", status_code=204)
async def delete(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> None:
    """Delete a draft that nobody ever ordered from. Any other event stays: it is called off instead."""
    await delete_event(needs.database, actor, organiser_id, event_id)


@router.post("/{event_id}/publish")
async def publish(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> EventManaged:
    """Put a draft on sale."""
    return managed(await publish_event.publish(needs.database, needs.clock, actor, organiser_id, event_id))


@router.post("/{event_id}/unpublish")
async def unpublish(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> EventManaged:
    """Take an event back to draft while nobody has a place."""
    return managed(await publish_event.unpublish(needs.database, needs.clock, actor, organiser_id, event_id))


@router.post("/{event_id}/end")
async def end(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> EventManaged:
    """Stop selling for good."""
    return managed(await publish_event.end(needs.database, needs.clock, actor, organiser_id, event_id))


class CancelBody(Body):
    """What buyers are told, and whether the fees come back as well."""

    with_fees: bool = True
    message: Annotated[str, Field(max_length=500)] = ""


@router.post("/{event_id}/cancel")
async def cancel(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, body: CancelBody | None = None
) -> EventManaged:
    """Call the event off: everybody who paid gets their money back, by a run (`bulk-refunds`)."""
    wish = None if body is None else RunWish(with_fees=body.with_fees, message=body.message)
    return managed(
        await publish_event.cancel(needs.database, needs.clock, actor, organiser_id, event_id, wish)
    )


@router.post("/{event_id}/duplicate", status_code=201)
async def duplicate(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, event_id: UUID
) -> EventManaged:
    """Make a draft with the same details, ticket types and pools."""
    twin = await publish_event.duplicate(
        needs.database,
        needs.clock,
        actor,
        organiser_id,
        event_id,
        twin_id=new_id,
        fees=needs.settings.site_fees,
    )
    return managed(twin)


@router.get("/{event_id}/sales")
async def show_sales(needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID) -> SalesShown:
    """Tickets sold by type, and money by currency."""
    async with needs.database.reading() as reader:
        return sales(await sales_report(reader, actor, organiser_id, event_id))


@router.post("/{event_id}/ticket-types", status_code=201)
async def add_type(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, event_id: UUID, body: TypeNew
) -> TypeManaged:
    """Add a ticket type."""
    made = await _edits(needs).add_type(
        actor, organiser_id, event_id, _plan(body), type_id=new_id, revision=body.revision
    )
    return type_managed((await _open(needs, actor, organiser_id, event_id)).type(made.id))


@router.patch("/{event_id}/ticket-types/{type_id}")
async def change_type(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, type_id: UUID, body: TypeChange
) -> TypeManaged:
    """Change a ticket type. Orders already placed keep their price."""
    opened = await _open(needs, actor, organiser_id, event_id)
    before = opened.type(type_id)
    sent = {name: getattr(body, name) for name in body.model_fields_set - {"revision"}}
    if "prices" in sent:
        sent["prices"] = body.prices.prices()
    plan = TypePlan(
        details=publish_event.details_of(before.offered),
        capacity=sent.pop("capacity", before.capacity),
        shared_pool_ids=sent.pop("shared_pool_ids", before.shared_pool_ids),
    )
    await _edits(needs).change_type(
        actor,
        organiser_id,
        event_id,
        type_id,
        replace(plan, details=replace(plan.details, **sent)),
        revision=opened.event.revision if body.revision is None else body.revision,
    )
    return type_managed((await _open(needs, actor, organiser_id, event_id)).type(type_id))


@router.delete("/{event_id}/ticket-types/{type_id}", status_code=204)
async def remove_type(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, type_id: UUID
) -> Response:
    """Remove a ticket type nobody ever ordered."""
    await _edits(needs).remove_type(actor, organiser_id, event_id, type_id)
    return Response(status_code=204)


@router.post("/{event_id}/pools", status_code=201)
async def add_pool(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, event_id: UUID, body: PoolNew
) -> PoolManaged:
    """Make a pool that several ticket types can share."""
    pool_id = await _edits(needs).add_pool(
        actor, organiser_id, event_id, body.name, body.capacity, pool_id=new_id
    )
    return pool_managed((await _open(needs, actor, organiser_id, event_id)).pool(pool_id))


@router.patch("/{event_id}/pools/{pool_id}")
async def change_pool(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, pool_id: UUID, body: PoolChange
) -> PoolManaged:
    """Rename or resize a shared pool."""
    before = (await _open(needs, actor, organiser_id, event_id)).pool(pool_id).level
    name = before.name if body.name is None else body.name
    capacity = before.capacity if body.capacity is None else body.capacity
    await _edits(needs).change_pool(actor, organiser_id, event_id, pool_id, name, capacity)
    return pool_managed((await _open(needs, actor, organiser_id, event_id)).pool(pool_id))


@router.delete("/{event_id}/pools/{pool_id}", status_code=204)
async def remove_pool(
    needs: Needs, actor: SignedIn, organiser_id: UUID, event_id: UUID, pool_id: UUID
) -> Response:
    """Remove a shared pool that no ticket type draws on."""
    await _edits(needs).remove_pool(actor, organiser_id, event_id, pool_id)
    return Response(status_code=204)


def _plan(body: TypeNew) -> TypePlan:
    details = TypeDetails(
        name=body.name,
        price_minor=body.price_minor,
        description=body.description,
        per_person_limit=body.per_person_limit,
        sales_from=body.sales_from,
        sales_until=body.sales_until,
        position=body.position,
        is_offered=body.is_offered,
        kind=body.kind,
        prices=body.prices.prices(),
    )
    return TypePlan(details, body.capacity, body.shared_pool_ids)
