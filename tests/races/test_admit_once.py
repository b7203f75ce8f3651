"""One ticket at many gates at once: exactly one person goes in."""

import asyncio
from collections import Counter

from admitone import migrations, tickets
from admitone.flows.admit import Admit
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.values.clock import FrozenClock
from tests.support.door import count, doorkeeper, drift, put_house, put_tickets, scan_in

RING = KeyRing.generate()
GATES = 8
REPEATS = 50


async def test_one_ticket_at_eight_gates_lets_one_person_in(
    db: Database, database_url: str, clock: FrozenClock
) -> None:
    house = await put_house(db)
    made = await put_tickets(db, house, RING, quantity=REPEATS)
    # Two processes share nothing but the database: here, two flows with two pools.
    other = Database(database_url, pool_size=4, role=migrations.APP_ROLE, name="other process")
    flows = [Admit(db, clock, RING), Admit(other, clock, RING)]
    keepers = [doorkeeper(house.organiser_id) for _ in range(GATES)]
    try:
        for ticket in made:
            code = tickets.code_of(ticket, RING)
            said = await asyncio.gather(
                *(
                    flows[gate % 2].scan(keepers[gate], scan_in(house, code, door=f"Gate {gate}"))
                    for gate in range(GATES)
                )
            )
            verdicts = Counter(one.answer.verdict.value for one in said)
            assert verdicts == {"admitted": 1, "already_used": GATES - 1}
            [winner] = [one.answer.door for one in said if one.answer.verdict == "admitted"]
            assert {one.answer.first_door for one in said} == {None, winner}
    finally:
        await other.close()
    assert await count(db, "checkin_admission") == REPEATS
    assert await count(db, "checkin_scan") == REPEATS * GATES
    assert (await flows[0].counts(keepers[0], house.event_id)).admitted == REPEATS
    assert await drift(db) == []


async def test_a_crowd_at_two_processes_is_let_in_once_each(
    db: Database, database_url: str, clock: FrozenClock
) -> None:
    house = await put_house(db)
    codes = [tickets.code_of(one, RING) for one in await put_tickets(db, house, RING, quantity=200)]
    other = Database(database_url, pool_size=4, role=migrations.APP_ROLE, name="other process")
    flows = [Admit(db, clock, RING), Admit(other, clock, RING)]
    scans = [(flow, code) for flow in flows for code in codes]
    try:
        said = await asyncio.gather(
            *(flow.scan(house.doorkeeper, scan_in(house, code)) for flow, code in scans)
        )
    finally:
        await other.close()
    assert Counter(one.answer.verdict.value for one in said) == {"admitted": 200, "already_used": 200}
    assert await drift(db) == []
