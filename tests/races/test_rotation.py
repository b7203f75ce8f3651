"""The signing key is replaced while processes run: every ticket is shown and let in by all of them, all the time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from admitone import checkin, tickets
from admitone.assembly import Assembly, master_key
from admitone.checkin import Reason, Verdict
from admitone.entrypoints.serving import keep_up_with_keys
from admitone.flows.admit import ScanIn
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import Sealer
from admitone.plumbing.signing import KeyRing
from admitone.tickets import Ticket
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, buy, put_on_sale
from tests.support.site import program


async def rotate(site: Assembly) -> int:
    """`admitone rotate-key`, from a process of its own."""
    sealer = Sealer({1: master_key(site.settings)}, active=1)
    return await site.database.run(lambda tx: tickets.rotate(tx, sealer))


async def bought(site: Assembly, show: OnSale) -> Ticket:
    """A ticket bought through this process."""
    paid = await buy(site, show)
    async with site.database.reading() as reader:
        return (await tickets.by_order(reader, paid.attempt.order_id))[0]


async def scanned(site: Assembly, show: OnSale, code: str) -> checkin.ScanAnswer:
    """What this process says at the door."""
    scan = ScanIn(uuid7(), show.event_id, code, "Mill Lane door")
    return (await site.admit.scan(show.door, scan)).answer


@contextmanager
def readings(database: Database) -> Iterator[list[str]]:
    """The statements that read signing keys."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "tickets_signing_key" in statement:
            seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_a_process_from_before_shows_and_admits_tickets_of_the_new_key(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    assert await rotate(assembly) == 2
    assert await twin.keys.keep_up() == 1
    ticket = await bought(twin, show)
    assert (ticket.key_id, assembly.ring.active) == (2, 1)
    assert (await scanned(assembly, show, tickets.code_of(ticket, twin.ring))).verdict is Verdict.ADMITTED
    assert assembly.ring.active == 1, "a digest was enough"

    token = assembly.links.make("order", ticket.order_id)
    async with program(assembly) as client:
        shown = await client.get(f"/api/v1/orders/{token}/tickets")
        assert [one["code"] for one in shown.json()["tickets"]] == [tickets.code_of(ticket, twin.ring)]
    assert assembly.ring.active == 2


@pytest.mark.parametrize(
    "path", ["/orders/{order}", "/t/{ticket}", "/orders/{order}/tickets.pdf", "/t/{ticket}/ticket.pdf"]
)
async def test_every_page_with_a_code_knows_the_new_key_at_once(
    assembly: Assembly, twin: Assembly, path: str
) -> None:
    show = await put_on_sale(assembly)
    await rotate(assembly)
    await twin.keys.keep_up()
    ticket = await bought(twin, show)
    url = path.format(
        order=assembly.links.make("order", ticket.order_id), ticket=assembly.links.make("ticket", ticket.id)
    )
    async with program(assembly) as client:
        assert (await client.get(url)).status_code == 200


async def test_letters_with_tickets_of_the_new_key_are_written_by_a_worker_from_before(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    await rotate(assembly)
    await twin.keys.keep_up()
    ticket = await bought(twin, show)
    await assembly.letters.tickets(ticket.order_id, f"paid:{ticket.order_id}")
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT count(*) FROM messaging_letter"))).scalar_one() == 1


async def test_until_it_keeps_up_a_process_signs_with_the_retired_key_and_those_tickets_are_good(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    await rotate(assembly)
    await twin.keys.keep_up()
    before = await bought(assembly, show)
    assert await assembly.keys.keep_up() == 1
    assert await assembly.keys.keep_up() == 0
    after = await bought(assembly, show)
    assert (before.key_id, after.key_id) == (1, 2)
    for ticket in (before, after):
        code = tickets.code_of(ticket, assembly.ring)
        assert code == tickets.code_of(ticket, twin.ring)
        assert (await scanned(twin, show, code)).verdict is Verdict.ADMITTED


async def test_a_replaced_code_of_the_new_key_lets_nobody_in_and_is_told_apart_once_the_key_is_known(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    await rotate(assembly)
    await twin.keys.keep_up()
    ticket = await bought(twin, show)
    old = tickets.code_of(ticket, twin.ring)
    await twin.database.run(lambda tx: tickets.reissue(tx, twin.ring, ticket.id, actor="system"))
    unknown = await scanned(assembly, show, old)
    assert (unknown.verdict, unknown.reason) == (Verdict.NOT_VALID, Reason.NOT_OURS)
    await assembly.keys.keep_up()
    known = await scanned(assembly, show, old)
    assert (known.verdict, known.reason) == (Verdict.CANCELLED, Reason.REPLACED)


async def test_forged_key_ids_at_the_door_cause_no_reading_of_keys(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    ticket = await bought(assembly, show)
    mine = tickets.parse(tickets.code_of(ticket, assembly.ring)).payload
    with readings(assembly.database) as seen:
        for key_id in range(2, 256, 23):
            forged = tickets.encode(
                tickets.Payload(
                    **{name: getattr(mine, name) for name in mine.__dataclass_fields__} | {"key_id": key_id}
                ),
                KeyRing.generate(key_id).signer,
            )
            assert (await scanned(assembly, show, forged)).verdict is Verdict.NOT_VALID
    assert seen == []


async def test_a_crowd_that_wants_a_new_key_reads_it_once(assembly: Assembly) -> None:
    await rotate(assembly)
    with readings(assembly.database) as seen:
        await asyncio.gather(*(assembly.keys.know([1, 2]) for _ in range(50)))
    assert assembly.ring.active == 2
    assert len(seen) == 2, "one look, and one reading of all keys"
    with readings(assembly.database) as seen:
        await assembly.keys.know([1, 2])
    assert seen == []


async def test_a_web_process_keeps_up_by_itself(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "KEEP_UP_SECONDS", 0.001)
    keeping_up = asyncio.create_task(keep_up_with_keys(assembly.keys))
    try:
        for wanted in (2, 3):
            await rotate(assembly)
            async with asyncio.timeout(20):
                while assembly.ring.active != wanted:
                    async with assembly.database.reading():
                        pass
        assert sorted(assembly.ring.public_keys()) == [1, 2, 3]
    finally:
        keeping_up.cancel()
