"""One scan: what each kind of code is answered, what is recorded, and who may ask."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import checkin, events, tickets
from admitone.checkin import Reason, Verdict
from admitone.flows.admit import Admit, Counts, Said
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.values.actor import Actor, Role
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Unauthenticated
from tests.support.door import DOOR, House, count, doorkeeper, drift, put_house, put_tickets, scan_in

RING = KeyRing.generate()
# 18:02 UTC is 19:02 on a wall in Berlin in November.
EVENING = datetime(2026, 11, 21, 18, 2, tzinfo=UTC)


@pytest.fixture
def evening(clock: FrozenClock) -> FrozenClock:
    """Two minutes past seven in Berlin."""
    clock.set(EVENING)
    return clock


@pytest.fixture
def admit(db: Database, evening: FrozenClock) -> Admit:
    """The flow of one process."""
    return Admit(db, evening, RING)


async def say(admit: Admit, house: House, code: str, *, scan_id: UUID | None = None) -> Said:
    """Scan at the house's own door."""
    return await admit.scan(house.doorkeeper, scan_in(house, code, scan_id=scan_id))


async def recorded(db: Database) -> list[tuple[object, ...]]:
    """(verdict, reason, ticket id, door) of every scan, oldest first."""
    async with db.reading() as reader:
        rows = await reader.execute(
            text("SELECT verdict, reason, ticket_id, door FROM checkin_scan ORDER BY id")
        )
        return [tuple(row) for row in rows]


async def test_a_good_ticket_lets_one_person_in(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    first, _ = await put_tickets(db, house, RING, quantity=2)
    said = await say(admit, house, tickets.code_of(first, RING))
    assert said.words == checkin.Words("Let them in", "Let them in")
    assert said.answer.verdict is Verdict.ADMITTED
    assert said.answer.guest == checkin.Guest("Ada Obi", "General admission", 1, 2)
    assert (said.answer.at, said.answer.door, said.zone) == (EVENING, DOOR, "Europe/Berlin")
    assert await recorded(db) == [("admitted", None, first.id, DOOR)]
    assert await admit.counts(house.doorkeeper, house.event_id) == Counts(1, 2)
    assert await drift(db) == []


async def test_the_second_scan_hears_when_and_where_the_first_was(
    db: Database, admit: Admit, evening: FrozenClock
) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    await say(admit, house, code)
    evening.move(seconds=600)
    again = await admit.scan(house.doorkeeper, scan_in(house, code, door="Yard"))
    assert again.words == checkin.Words("Already used", "Already used at 19:02, Mill Lane door")
    assert (again.answer.first_at, again.answer.first_door) == (EVENING, DOOR)
    assert again.answer.guest == checkin.Guest("Ada Obi", "General admission", 1, 1)
    evening.move(seconds=86_400)
    next_day = await say(admit, house, code)
    assert next_day.words.sentence == "Already used on 21 November at 19:02, Mill Lane door"
    assert await count(db, "checkin_admission") == 1
    assert await admit.counts(house.doorkeeper, house.event_id) == Counts(1, 1)
    assert [row[0] for row in await recorded(db)] == ["admitted", "already_used", "already_used"]
    assert await drift(db) == []


async def test_the_fact_names_the_door_person_and_the_scan_by_id(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    scan_id = uuid7()
    await say(admit, house, tickets.code_of(ticket, RING), scan_id=scan_id)
    async with db.reading() as reader:
        wanted = text(
            "SELECT subject_id, organiser_id, actor, body FROM journal_fact WHERE kind = 'checkin.admitted'"
        )
        rows = [tuple(row) for row in await reader.execute(wanted)]
    body = {"event_id": str(house.event_id), "scan_id": str(scan_id)}
    assert rows == [(ticket.id, house.organiser_id, f"person:{house.doorkeeper.person_id}", body)]


async def test_a_ticket_for_another_event_opens_nothing_and_names_nobody(db: Database, admit: Admit) -> None:
    mine = await put_house(db)
    other_event = await put_house(db, mine.organiser_id)
    stranger = await put_house(db)
    [same_organiser] = await put_tickets(db, other_event, RING)
    [foreign] = await put_tickets(db, stranger, RING)
    for ticket in (same_organiser, foreign):
        said = await say(admit, mine, tickets.code_of(ticket, RING))
        assert (said.answer.verdict, said.words.title, said.answer.guest) == (
            Verdict.WRONG_EVENT,
            "Not for this event",
            None,
        )
    assert await recorded(db) == [
        ("wrong_event", None, same_organiser.id, DOOR),
        ("wrong_event", None, None, DOOR),
    ]
    assert await count(db, "checkin_admission") == 0


async def test_a_cancelled_ticket_says_so(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    await db.run(lambda tx: tickets.cancel(tx, [ticket.order_id]))
    said = await say(admit, house, tickets.code_of(ticket, RING))
    assert (said.answer.verdict, said.answer.reason) == (Verdict.CANCELLED, Reason.TAKEN_BACK)
    assert said.words == checkin.Words("Cancelled", "This ticket was cancelled")
    assert await count(db, "checkin_admission") == 0
    assert await admit.counts(house.doorkeeper, house.event_id) == Counts(0, 0)


async def test_a_replaced_code_is_dead_and_the_new_one_lives(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    old_code, old_short = tickets.code_of(ticket, RING), tickets.short_of(ticket.serial, ticket.code_digest)
    newer = await db.run(lambda tx: tickets.reissue(tx, RING, ticket.id, actor="system"))
    old = await say(admit, house, old_code)
    assert (old.answer.verdict, old.answer.reason) == (Verdict.CANCELLED, Reason.REPLACED)
    assert old.words.sentence == "This ticket was replaced by a newer one"
    # One short code in 1,024 survives by chance; then this ticket proves nothing.
    if old_short != tickets.short_of(newer.serial, newer.code_digest):
        assert (await say(admit, house, old_short)).answer.reason is Reason.NOT_OURS
    assert (await say(admit, house, tickets.code_of(newer, RING))).answer.verdict is Verdict.ADMITTED


async def test_tickets_of_a_retired_key_are_still_good(db: Database, evening: FrozenClock) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    rotated = RING.with_new_key(2)
    code = tickets.code_of(ticket, rotated)
    assert code == tickets.code_of(ticket, RING)
    said = await say(Admit(db, evening, rotated), house, code)
    assert said.answer.verdict is Verdict.ADMITTED
    newer = await db.run(lambda tx: tickets.reissue(tx, rotated, ticket.id, actor="system"))
    assert newer.key_id == 2
    assert (await say(Admit(db, evening, rotated), house, code)).answer.reason is Reason.REPLACED


async def test_a_short_code_works_at_its_own_organisers_doors_only(db: Database, admit: Admit) -> None:
    mine, stranger = await put_house(db), await put_house(db)
    sibling = await put_house(db, mine.organiser_id)
    first, second = await put_tickets(db, mine, RING, quantity=2)
    short = tickets.short_of(first.serial, first.code_digest)
    elsewhere = await say(admit, stranger, short)
    assert (elsewhere.answer.verdict, elsewhere.answer.reason) == (Verdict.NOT_VALID, Reason.UNKNOWN)
    assert (await say(admit, sibling, short)).answer.verdict is Verdict.WRONG_EVENT
    assert (await say(admit, mine, f" {short.lower().replace('-', ' ')} ")).answer.verdict is Verdict.ADMITTED
    assert (await say(admit, mine, tickets.code_of(first, RING))).answer.verdict is Verdict.ALREADY_USED
    assert (await say(admit, mine, tickets.code_of(second, RING))).answer.verdict is Verdict.ADMITTED


async def test_a_code_typed_by_hand_in_groups_is_the_same_code(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    scan_id = uuid7()
    typed = await say(admit, house, tickets.grouped(code).lower(), scan_id=scan_id)
    assert typed.answer.verdict is Verdict.ADMITTED
    assert await say(admit, house, f"  {code}\r\n", scan_id=scan_id) == typed


def flipped(code: str, place: int) -> str:
    """The code with one character replaced by its neighbour in the alphabet."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    return code[:place] + alphabet[(alphabet.index(code[place]) + 1) % 45] + code[place + 1 :]


TAMPERED = {
    "nothing like a code": "hello",
    "10 kB": "T1:" + "A" * 10_000,
    "1 MB": "7" * 1_000_000,
    "control characters": "T1:\x00\x01\x02\x1b[2J",
    "a lone surrogate": "T1:\ud800",
    "an address": "javascript:alert(1)",
    "SQL": "'; DROP TABLE checkin_scan; --",
    "prefix only": "T1:",
    "right to left": "T1:\u202eABC\u0660\u0661",
    "a short code of nobody": "0000-0000-0000-0000",
    "emoji": "🎟️" * 50,
}


@pytest.mark.parametrize("code", TAMPERED.values(), ids=list(TAMPERED))
async def test_what_is_no_code_is_not_valid_and_recorded(db: Database, admit: Admit, code: str) -> None:
    house = await put_house(db)
    scan_id = uuid7()
    said = await say(admit, house, code, scan_id=scan_id)
    assert (said.answer.verdict, said.answer.reason) == (Verdict.NOT_VALID, Reason.UNREADABLE)
    assert said.words == checkin.Words("Not valid", "Not valid")
    assert await recorded(db) == [("not_valid", "unreadable", None, DOOR)]
    assert await say(admit, house, code, scan_id=scan_id) == said
    assert await count(db, "checkin_scan") == 1


async def test_every_changed_character_makes_a_code_worthless(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    tampered = [flipped(code, place) for place in range(3, len(code))]
    # A gap put in is none of these: it is how people type a code, and is read as one.
    tampered += [code[:-1], code + "0", code[1:], code.replace("T1:", "T2:")]
    for bad in tampered:
        said = await say(admit, house, bad)
        assert said.answer.verdict is Verdict.NOT_VALID, bad
        assert said.answer.guest is None
    assert await count(db, "checkin_admission") == 0
    assert await count(db, "checkin_scan") == len(tampered)
    assert (await say(admit, house, code)).answer.verdict is Verdict.ADMITTED


async def test_a_code_signed_by_somebody_else_is_not_valid(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    forged = tickets.encode(tickets.parse(tickets.code_of(ticket, RING)).payload, KeyRing.generate().signer)
    said = await say(admit, house, forged)
    assert (said.answer.verdict, said.answer.reason) == (Verdict.NOT_VALID, Reason.NOT_OURS)
    newer = tickets.parse(tickets.code_of(ticket, RING)).payload
    invented = tickets.Payload(
        event_number=newer.event_number,
        serial=2**64 - 1,
        type_number=1,
        reissue=0,
        valid_from_minute=0,
        valid_minutes=1,
        key_id=1,
    )
    said = await say(admit, house, tickets.encode(invented, RING.signer))
    assert (said.answer.verdict, said.answer.reason) == (Verdict.NOT_VALID, Reason.UNREADABLE)
    assert await count(db, "checkin_admission") == 0


async def test_the_same_scan_again_gets_the_same_answer_whatever_happened_since(
    db: Database, admit: Admit, evening: FrozenClock
) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    code = tickets.code_of(ticket, RING)
    first_id, second_id = uuid7(), uuid7()
    first = await say(admit, house, code, scan_id=first_id)
    second = await say(admit, house, code, scan_id=second_id)
    await db.run(lambda tx: tickets.cancel(tx, [ticket.order_id]))
    evening.move(seconds=3_600)
    restarted = Admit(db, evening, RING)
    assert await say(restarted, house, code, scan_id=first_id) == first
    assert await say(restarted, house, code, scan_id=second_id) == second
    assert second.answer.verdict is Verdict.ALREADY_USED
    assert await count(db, "checkin_scan") == 2
    assert await drift(db) == []


async def test_a_scan_id_is_good_for_one_code_at_one_event(db: Database, admit: Admit) -> None:
    house, other = await put_house(db), await put_house(db)
    used, fresh = await put_tickets(db, house, RING, quantity=2)
    scan_id = uuid7()
    await say(admit, house, tickets.code_of(used, RING), scan_id=scan_id)
    with pytest.raises(checkin.ScanIdReused):
        await say(admit, house, tickets.code_of(fresh, RING), scan_id=scan_id)
    with pytest.raises(checkin.ScanIdReused):
        await say(admit, other, tickets.code_of(used, RING), scan_id=scan_id)
    assert await count(db, "checkin_scan") == 1
    assert await count(db, "checkin_admission") == 1
    assert (await say(admit, house, tickets.code_of(fresh, RING))).answer.verdict is Verdict.ADMITTED


@pytest.mark.parametrize("door", ["", "   ", "x" * 61, "Main\ngate", "Main\x00gate", "\ud800"])
async def test_a_door_needs_a_name_one_can_read(db: Database, admit: Admit, door: str) -> None:
    house = await put_house(db)
    with pytest.raises(checkin.BadDoor) as refused:
        await admit.scan(house.doorkeeper, scan_in(house, "anything", door=door))
    assert refused.value.field == "door"
    assert await count(db, "checkin_scan") == 0


@pytest.mark.parametrize("code", ["", " \r\n\t "])
async def test_nothing_is_not_a_scan(db: Database, admit: Admit, code: str) -> None:
    house = await put_house(db)
    with pytest.raises(checkin.NoCode):
        await say(admit, house, code)
    assert await count(db, "checkin_scan") == 0


async def test_only_who_may_check_in_for_the_event_may_scan(db: Database, admit: Admit) -> None:
    house, other = await put_house(db), await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    scan = scan_in(house, tickets.code_of(ticket, RING))
    for actor in (Actor.guest(), Actor.person(uuid7()), other.doorkeeper):
        kind = Unauthenticated if actor.kind == "guest" else Forbidden
        with pytest.raises(kind):
            await admit.scan(actor, scan)
        with pytest.raises(kind):
            await admit.counts(actor, house.event_id)
    with pytest.raises(events.EventNotFound):
        await admit.counts(house.doorkeeper, uuid7())
    assert await count(db, "checkin_scan") == 0
    for role in Role:
        actor = Actor.person(uuid7(), roles=((house.organiser_id, role),))
        await admit.scan(actor, scan_in(house, "hello"))
    assert await count(db, "checkin_scan") == 3


async def test_a_dismissed_door_person_is_refused_although_the_event_is_remembered(
    db: Database, admit: Admit
) -> None:
    house = await put_house(db)
    await say(admit, house, "hello")
    dismissed = Actor.person(house.doorkeeper.person_id or uuid7())
    with pytest.raises(Forbidden):
        await admit.scan(dismissed, scan_in(house, "hello"))
    assert (
        await admit.scan(doorkeeper(house.organiser_id), scan_in(house, "hello"))
    ).answer.ticket_id is None


async def test_the_devices_clock_is_kept_and_not_believed(db: Database, admit: Admit) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    scan = scan_in(house, tickets.code_of(ticket, RING))
    late = EVENING + timedelta(days=400)
    said = await admit.scan(
        house.doorkeeper,
        type(scan)(scan.scan_id, scan.event_id, scan.code, scan.door, device_at=late),
    )
    assert said.answer.at == EVENING
    async with db.reading() as reader:
        row = (await reader.execute(text("SELECT at, device_at FROM checkin_scan"))).one()
    assert tuple(row) == (EVENING, late)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_device_that_tells_an_impossible_time_is_answered_and_its_time_forgotten(
    db: Database, admit: Admit, told: str
) -> None:
    house = await put_house(db)
    [ticket] = await put_tickets(db, house, RING)
    scan = scan_in(house, tickets.code_of(ticket, RING))
    odd = type(scan)(scan.scan_id, scan.event_id, scan.code, scan.door, datetime.fromisoformat(told))
    said = [await admit.scan(house.doorkeeper, odd) for _ in range(2)]
    assert said[0].answer == said[1].answer
    async with db.reading() as reader:
        assert (await reader.execute(text("SELECT device_at FROM checkin_scan"))).one() == (None,)
