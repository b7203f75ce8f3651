"""A draft that nobody ever ordered from is deleted with all that is its own; everything else stays, and says why."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.plumbing.database import Transaction
from admitone.reads.invariants import broken
from admitone.values.actor import Role
from tests.support import onsale
from tests.support.event_makers import take_places
from tests.support.organiser_desk import Desk, desk, drafted, on_sale, said
from tests.support.site import bearer, program

TABLES = (
    "events_event",
    "events_ticket_type",
    "events_terms",
    "inventory_pool",
    "inventory_draw",
    "inventory_hold",
)


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


async def _rows(assembly: Assembly) -> dict[str, int]:
    async with assembly.database.reading() as reader:
        return {
            table: int((await reader.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())
            for table in TABLES
        }


async def _ids(assembly: Assembly) -> tuple[UUID, UUID, UUID]:
    async with assembly.database.reading() as reader:
        query = text("SELECT organiser_id, event_id, id FROM events_ticket_type")
        [(organiser_id, event_id, type_id)] = (await reader.execute(query)).all()
    return organiser_id, event_id, type_id


async def _back_to_draft(ann: Desk, edit: str) -> str:
    overview = edit.removesuffix("/edit")
    assert (await ann.send(overview, f"{overview}/unpublish", {})).status_code == 303
    return overview


async def test_a_draft_asks_once_more_and_is_gone(assembly: Assembly, ann: Desk) -> None:
    overview = (await drafted(ann)).removesuffix("/edit")
    asked = await ann.client.get(f"{overview}/delete")
    assert "Delete this draft?" in said(asked)
    assert (await _rows(assembly))["events_event"] == 1, "asked first"
    done = await ann.send(f"{overview}/delete", f"{overview}/delete", {})
    assert (done.status_code, done.headers["location"]) == (303, "/organiser/ann")
    assert "The draft is deleted." in said(await ann.client.get("/organiser/ann"))
    assert (await ann.client.get(overview)).status_code == 404
    assert set((await _rows(assembly)).values()) == {0}
    again = await ann.send("/account", f"{overview}/delete", {})
    assert again.status_code in (303, 404)
    async with assembly.database.reading() as reader:
        kinds = (
            await reader.execute(text("SELECT kind FROM journal_fact WHERE kind = 'events.deleted'"))
        ).all()
    assert len(kinds) == 1


async def test_what_was_on_sale_for_a_moment_and_held_by_nobody_is_gone_with_its_holds_and_versions(
    assembly: Assembly, ann: Desk
) -> None:
    edit = await on_sale(ann)
    organiser_id, event_id, type_id = await _ids(assembly)
    hold_id = await take_places(assembly.database, event_id, type_id, 2)

    async def let_go(tx: Transaction) -> None:
        await tx.execute(text("UPDATE inventory_hold SET state = 'expired' WHERE id = :id"), {"id": hold_id})
        await tx.execute(text("UPDATE inventory_pool SET held = 0"))
        await tx.execute(
            text(
                "INSERT INTO events_stream (event_id, organiser_id, shown, opens_minutes, stays_minutes, replay_days,"
                " after_door) VALUES (:event_id, :organiser_id, 'auto', 15, 30, 0, true)"
            ),
            {"event_id": event_id, "organiser_id": organiser_id},
        )

    await assembly.database.run(let_go)
    overview = await _back_to_draft(ann, edit)
    await ann.send(f"{overview}/delete", f"{overview}/delete", {})
    assert set((await _rows(assembly)).values()) == {0}
    async with assembly.database.reading() as reader:
        assert await broken(reader) == []


async def test_an_event_on_sale_is_not_deleted(assembly: Assembly, ann: Desk) -> None:
    overview = (await on_sale(ann)).removesuffix("/edit")
    before = await _rows(assembly)
    asked = await ann.client.get(f"{overview}/delete")
    assert (asked.status_code, asked.headers["location"]) == (303, overview)
    await ann.send(overview, f"{overview}/delete", {})
    assert "This event is on sale, and only a draft can be deleted." in said(await ann.client.get(overview))
    assert await _rows(assembly) == before


@pytest.mark.parametrize("state", ["active", "claimed", "sold"])
async def test_a_draft_somebody_has_a_place_in_stays(assembly: Assembly, ann: Desk, state: str) -> None:
    overview = await _back_to_draft(ann, await on_sale(ann))
    _, event_id, type_id = await _ids(assembly)
    await take_places(assembly.database, event_id, type_id, 1, state=state)
    before = await _rows(assembly)
    await ann.send(f"{overview}/delete", f"{overview}/delete", {})
    assert "This is no longer possible" in said(await ann.client.get(overview))
    assert await _rows(assembly) == before


async def test_an_event_that_was_ever_ordered_from_stays_in_the_books(assembly: Assembly) -> None:
    show = await onsale.put_on_sale(assembly)
    owner = show.owner
    assert owner.person_id is not None
    await onsale.place(assembly, show)

    async def given_up(tx: Transaction) -> None:
        await tx.execute(text("UPDATE orders_order SET state = 'expired'"))
        await tx.execute(text("UPDATE inventory_hold SET state = 'expired'"))
        await tx.execute(text("UPDATE inventory_pool SET held = 0"))

    await assembly.database.run(given_up)
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}"
    async with program(assembly) as client:
        headers = await bearer(assembly, owner.person_id)
        assert (await client.post(f"{url}/unpublish", headers=headers)).status_code == 200
        before = await _rows(assembly)
        refused = await client.delete(url, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "events.has_orders")
        assert refused.json()["detail"].startswith("Somebody has ordered tickets for this event")
    assert await _rows(assembly) == before


async def test_over_the_api_only_who_manages_events_deletes_them(assembly: Assembly, ann: Desk) -> None:
    overview = (await drafted(ann)).removesuffix("/edit")
    event_id = overview.rpartition("/")[2]
    async with assembly.database.reading() as reader:
        organiser = await accounts.organiser_by_slug(reader, "ann")
        [owner] = await accounts.members(reader, organiser.id)
    door = await assembly.database.run(lambda tx: onsale.person(tx, assembly, "dora@example.org"))
    now = assembly.clock.now()
    await assembly.database.run(lambda tx: accounts.add_member(tx, organiser.id, door, Role.DOOR, now))
    url = f"/api/v1/organisers/{organiser.id}/events/{event_id}"
    async with program(assembly) as client:
        assert (await client.delete(url)).status_code == 401
        assert (await client.delete(url, headers=await bearer(assembly, door))).status_code == 403
        assert (await _rows(assembly))["events_event"] == 1
        headers = await bearer(assembly, owner.person_id)
        assert (await client.delete(url, headers=headers)).status_code == 204
        again = await client.delete(url, headers=headers)
        assert (again.status_code, again.json()["code"]) == (404, "events.not_found")
