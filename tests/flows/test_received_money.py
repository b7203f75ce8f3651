"""A transfer becomes tickets: through a bank's file, once, whatever is late, too little, too much or imported twice."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, statements, tickets
from admitone.assembly import Assembly
from admitone.flows.money_to_send import ReceiverMissing
from admitone.flows.received_money import ReceivedMoney
from admitone.flows.settlement import Heard, Settled, Settlement
from admitone.orders import OrderRow
from admitone.payments import RefundState, SettledAs
from admitone.reads.received_money import money_to_send, settled_lines
from admitone.values.refusals import Forbidden, Refusal
from tests.support.bank_desk import (
    PAYER_IBAN,
    Booked,
    bank_account,
    by_transfer,
    camt_file,
    csv_file,
    mt940_file,
)
from tests.support.onsale import OnSale, must_hold, place, put_on_sale

WRITERS = {"csv": csv_file, "camt": camt_file, "mt940": mt940_file}


class ProcessDied(Exception):
    """As if the process had gone."""


class Gone(Settlement):
    """The moment before settlement hears of it, at which the process dies."""

    def __init__(self, site: Assembly) -> None:
        super().__init__(site.database, site.clock, site.payment_accounts, site.offers, site.ring)

    async def hear(self, heard: Heard) -> Settled:
        raise ProcessDied


async def imported(
    site: Assembly, show: OnSale, account_id: UUID, *lines: Booked, write: Callable[..., bytes] = csv_file
) -> statements.Imported:
    return await site.money.received_money.import_file(
        show.owner, show.organiser_id, account_id, "november.txt", write(lines)
    )


async def now_is(site: Assembly, order: OrderRow) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order.id)


async def tickets_of(site: Assembly, order: OrderRow) -> int:
    async with site.database.reading() as reader:
        return len(await tickets.by_order(reader, order.id))


async def refunds_of(site: Assembly, order: OrderRow) -> list[tuple[str, int, RefundState]]:
    async with site.database.reading() as reader:
        return [
            (one.reason, one.amount_minor, one.state) for one in await payments.refunds_of(reader, [order.id])
        ]


async def open_ids(site: Assembly, show: OnSale) -> list[UUID]:
    found = await site.money.received_money.open_lines(show.owner, show.organiser_id)
    return [one.line.id for one in found]


async def settle(site: Assembly, show: OnSale, line_id: UUID, code: str) -> Settled:
    return await site.money.received_money.settle_line(show.owner, show.organiser_id, line_id, code)


async def run_out(site: Assembly, order: OrderRow) -> None:
    """The order's time is over, and it expires."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE orders_order SET pay_until = clock_timestamp() - interval '1 second' WHERE id = :id"
            ),
            {"id": order.id},
        )
    await site.expiry.expire_orders()
    assert (await now_is(site, order)).state == "expired"


@pytest.mark.parametrize("kind", WRITERS)
async def test_a_transfer_becomes_tickets_through_every_kind_of_file(assembly: Assembly, kind: str) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    first, second = await by_transfer(assembly, show, 2), await by_transfer(assembly, show)
    assert (await now_is(assembly, first)).state == "pending"
    lines = (
        Booked(5000, f"Tickets {first.code[:3]}-{first.code[3:].lower()} danke"),
        Booked(2500, f"Order {second.code}"),
        Booked(999, "Something else"),
        Booked(-1200, "Rent"),
    )
    got = await imported(assembly, show, account, *lines, write=WRITERS[kind])
    assert (got.new, got.known) == (4, 0)
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 2
    assert [(await now_is(assembly, one)).state for one in (first, second)] == ["paid", "paid"]
    assert [await tickets_of(assembly, one) for one in (first, second)] == [2, 1]
    assert len(await open_ids(assembly, show)) == 1
    again = await imported(assembly, show, account, *lines, write=WRITERS[kind])
    assert (again.new, again.known) == (0, 4)
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 0
    await must_hold(assembly.database)


async def test_files_that_overlap_pay_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    paid = Booked(2500, order.code)
    await imported(assembly, show, account, Booked(100, "Before", day=19), paid)
    await assembly.money.received_money.settle_certain(show.owner, show.organiser_id)
    got = await imported(assembly, show, account, paid, Booked(100, "After", day=22))
    assert (got.new, got.known) == (1, 1)
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 0
    assert await refunds_of(assembly, order) == []
    await must_hold(assembly.database)


async def test_two_people_with_the_same_line_settle_it_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    one, other = await by_transfer(assembly, show), await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(2500, "no code"))
    [line] = await open_ids(assembly, show)
    codes = [one.code, other.code, one.code, other.code]
    answers = await asyncio.gather(
        *(settle(assembly, show, line, code) for code in codes), return_exceptions=True
    )
    won = [found for found in answers if isinstance(found, Settled)]
    lost = [found for found in answers if not isinstance(found, Settled)]
    assert 1 <= len(won) <= 2, "whoever says the same as the first hears the same"
    assert all(isinstance(no, statements.LineNotOpen) for no in lost), lost
    assert sorted([(await now_is(assembly, found)).state for found in (one, other)]) == ["paid", "pending"]
    async with assembly.database.reading() as reader:
        written = (await reader.execute(text("SELECT count(*) FROM payments_received"))).scalar_one()
    assert written == 1
    await must_hold(assembly.database)


async def test_two_parts_make_a_whole_and_the_rest_is_asked_for(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show, 2)
    await imported(assembly, show, account, Booked(2000, order.code), Booked(3000, order.code, day=22))
    # The code is certain, the amount is not: nobody settles that without looking.
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 0
    first, second = await open_ids(assembly, show)
    part = await settle(assembly, show, first, order.code)
    assert (part.order_state, part.attempt.settled_as) == ("pending", SettledAs.PART)
    assert (await now_is(assembly, order)).due_minor == 3000
    # Now the second line is exactly what is missing.
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 1
    del second
    assert (await now_is(assembly, order)).state == "paid"
    assert await tickets_of(assembly, order) == 2
    await must_hold(assembly.database)


async def test_a_part_goes_back_when_the_order_ends(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(1000, order.code))
    [line] = await open_ids(assembly, show)
    await settle(assembly, show, line, order.code)
    await run_out(assembly, order)
    assert await refunds_of(assembly, order) == [("paid_in_part", 1000, RefundState.WANTED)]
    await must_hold(assembly.database)


async def test_too_much_gives_tickets_and_a_refund_that_people_send(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(3000, order.code))
    [line] = await open_ids(assembly, show)
    settled = await settle(assembly, show, line, order.code)
    assert settled.order_state == "paid"
    assert await refunds_of(assembly, order) == [("overpaid", 500, RefundState.WANTED)]
    await assembly.refunding.send_due()
    async with assembly.database.reading() as reader:
        [waiting] = await money_to_send(reader, show.owner, show.organiser_id)
    assert (waiting.amount_minor, waiting.iban, waiting.holder) == (500, PAYER_IBAN, "Ada Obi")
    sending = assembly.money.money_to_send
    file = await sending.transfer_file(show.owner, show.organiser_id, [waiting.refund_id])
    assert b'<InstdAmt Ccy="EUR">5.00</InstdAmt>' in file.data
    assert PAYER_IBAN.encode() in file.data
    assert await refunds_of(assembly, order) == [("overpaid", 500, RefundState.WANTED)], (
        "a file is not sent yet"
    )
    assert await sending.mark_sent(show.owner, show.organiser_id, [waiting.refund_id]) == 1
    assert await sending.mark_sent(show.owner, show.organiser_id, [waiting.refund_id]) == 0
    assert await refunds_of(assembly, order) == [("overpaid", 500, RefundState.DONE)]
    await must_hold(assembly.database)


async def test_late_money_gives_tickets_while_places_are_left(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await run_out(assembly, order)
    await imported(assembly, show, account, Booked(2500, order.code))
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 1
    assert (await now_is(assembly, order)).state == "paid"
    await must_hold(assembly.database)


async def test_late_money_without_places_goes_back_and_its_line_says_so(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await run_out(assembly, order)
    await place(assembly, show, 10)
    await imported(assembly, show, account, Booked(2500, order.code))
    await assembly.money.received_money.settle_certain(show.owner, show.organiser_id)
    assert await refunds_of(assembly, order) == [("paid_too_late", 2500, RefundState.WANTED)]
    await assembly.refunding.send_due()
    async with assembly.database.reading() as reader:
        [waiting] = await money_to_send(reader, show.owner, show.organiser_id)
    await assembly.money.money_to_send.mark_sent(show.owner, show.organiser_id, [waiting.refund_id])
    async with assembly.database.reading() as reader:
        [dealt_with] = await settled_lines(reader, show.owner, show.organiser_id)
    assert (dealt_with.line.state.value, dealt_with.settled_as) == ("returned", "refund")
    assert (dealt_with.refund_reason, dealt_with.refunded_minor) == ("paid_too_late", 2500)
    await must_hold(assembly.database)


async def test_money_in_another_currency_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, currency="PLN")
    account = await bank_account(assembly, show)
    order = await place(assembly, show)
    with pytest.raises(payments.MethodNotOffered):
        await assembly.payment.pay(order.id, "bank:transfer")
    await imported(assembly, show, account, Booked(2500, order.code))
    [line] = await open_ids(assembly, show)
    settled = await settle(assembly, show, line, order.code)
    assert (settled.order_state, settled.attempt.settled_as) == ("pending", SettledAs.REFUND)
    assert await refunds_of(assembly, order) == [("wrong_currency", 2500, RefundState.WANTED)]
    await must_hold(assembly.database)


async def test_a_second_transfer_for_a_paid_order_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(2500, order.code), Booked(2500, order.code, day=22))
    assert await assembly.money.received_money.settle_certain(show.owner, show.organiser_id) == 2
    assert (await now_is(assembly, order)).state == "paid"
    assert await refunds_of(assembly, order) == [("paid_twice", 2500, RefundState.WANTED)]
    await must_hold(assembly.database)


async def test_a_process_that_dies_between_writing_and_settling_loses_nothing(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(2500, order.code))
    [line] = await open_ids(assembly, show)

    doomed = ReceivedMoney(assembly.database, assembly.clock, assembly.payment_accounts, Gone(assembly))
    with pytest.raises(ProcessDied):
        await doomed.settle_line(show.owner, show.organiser_id, line, order.code)
    assert (await now_is(assembly, order)).state == "pending"
    with pytest.raises(statements.LineNotOpen):
        await assembly.money.received_money.ignore_line(show.owner, show.organiser_id, line)
    with pytest.raises(statements.LineSettled):
        await assembly.money.received_money.reopen_line(show.owner, show.organiser_id, line)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_attempt SET ask_at = now() - interval '1 second'"))
    await assembly.payment.ask_due()
    assert (await now_is(assembly, order)).state == "paid"
    assert (await settle(assembly, show, line, order.code)).order_state == "paid"
    await must_hold(assembly.database)


async def test_a_line_put_aside_can_be_taken_out_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    account = await bank_account(assembly, show)
    await imported(assembly, show, account, Booked(2500, "A gift"))
    [line] = await open_ids(assembly, show)
    money = assembly.money.received_money
    await money.ignore_line(show.owner, show.organiser_id, line)
    assert await open_ids(assembly, show) == []
    await money.reopen_line(show.owner, show.organiser_id, line)
    assert await open_ids(assembly, show) == [line]


async def test_nobody_else_sees_or_settles_lines(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    account = await bank_account(assembly, show)
    order, theirs = await by_transfer(assembly, show), await place(assembly, other)
    await imported(assembly, show, account, Booked(2500, order.code))
    [line] = await open_ids(assembly, show)
    money = assembly.money.received_money
    refused: Sequence[tuple[type[Refusal], object]] = (
        (Forbidden, money.open_lines(other.owner, show.organiser_id)),
        (Forbidden, money.open_lines(show.door, show.organiser_id)),
        (Forbidden, money.settle_line(show.door, show.organiser_id, line, order.code)),
        (orders.OrderNotFound, money.settle_line(show.owner, show.organiser_id, line, theirs.code)),
        (statements.LineNotFound, money.settle_line(other.owner, other.organiser_id, line, theirs.code)),
        (payments.AccountNotFound, money.import_file(other.owner, other.organiser_id, account, "a", b"x")),
    )
    for kind, asked in refused:
        with pytest.raises(kind):
            await asked  # type: ignore[misc]
    assert (await now_is(assembly, order)).state == "pending"
    assert await open_ids(assembly, show) == [line]


async def test_where_money_goes_is_typed_when_the_statement_does_not_say(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    account = await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    await imported(assembly, show, account, Booked(3000, order.code, iban=""))
    [line] = await open_ids(assembly, show)
    await settle(assembly, show, line, order.code)
    await assembly.refunding.send_due()
    async with assembly.database.reading() as reader:
        [waiting] = await money_to_send(reader, show.owner, show.organiser_id)
    assert waiting.iban is None
    sending, refund_id = assembly.money.money_to_send, waiting.refund_id
    with pytest.raises(ReceiverMissing):
        await sending.transfer_file(show.owner, show.organiser_id, [refund_id])
    with pytest.raises(payments.RefundNotFound):
        await sending.mark_sent(other.owner, other.organiser_id, [refund_id])
    with pytest.raises(statements.BadIban):
        await sending.name_receiver(
            show.owner, show.organiser_id, refund_id, holder="Ada", iban="DE00120300000000202051"
        )
    await sending.name_receiver(show.owner, show.organiser_id, refund_id, holder="Ada Obi", iban=PAYER_IBAN)
    file = await sending.transfer_file(show.owner, show.organiser_id, [refund_id])
    assert PAYER_IBAN.encode() in file.data
    await sending.mark_sent(show.owner, show.organiser_id, [refund_id])
    with pytest.raises(payments.SentAlready):
        await sending.name_receiver(
            show.owner, show.organiser_id, refund_id, holder="Eve", iban="DE89370400440532013000"
        )
    await must_hold(assembly.database)


async def test_an_order_by_transfer_waits_as_long_as_the_organiser_says(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await bank_account(assembly, show, days_to_pay="3")
    order = await by_transfer(assembly, show)
    waits = (await now_is(assembly, order)).pay_until - assembly.clock.now()
    assert timedelta(days=2, hours=23) < waits <= timedelta(days=3)
