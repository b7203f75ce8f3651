"""What waits for a person is in one list, with a sentence, an amount and a moment."""

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.reads.needs_you import Kind, count_needs, needs_you
from admitone.values.refusals import Forbidden
from tests.support.onsale import buy, put_on_sale
from tests.support.sandbox_rig import sandbox_wire


async def test_a_refund_that_was_refused_and_a_case_wait(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paid = await buy(assembly, show)
    async with assembly.database.reading() as reader:
        code = (await reader.execute(text("SELECT code FROM orders_order"))).scalar_one()
    await assembly.refunding.take_back(show.owner, show.organiser_id, code)
    sandbox_wire(assembly).suffer(Faults(refund=(Fault.REFUSED,)))
    await assembly.refunding.send_due()
    case = text(
        "INSERT INTO payments_case (id, account_id, organiser_id, kind, ref, currency, amount_minor, detail, "
        "opened_at) VALUES (gen_random_uuid(), :account, :organiser, 'unknown_payment', 'x', 'EUR', 700, 'Look.', :now)"
    )
    now = assembly.clock.now()
    params = {"account": paid.attempt.account_id, "organiser": show.organiser_id, "now": now}
    await assembly.database.run(lambda tx: tx.execute(case, params))
    async with assembly.database.reading() as reader:
        waiting = await needs_you(reader, show.owner, show.organiser_id, now=now)
        count = await count_needs(reader, show.organiser_id, now=now)
        with pytest.raises(Forbidden):
            await needs_you(reader, show.door, show.organiser_id, now=now)
    assert count == 2
    assert [(one.kind, one.amount_minor, one.order_code) for one in waiting] == [
        (Kind.REFUND_REFUSED, 2500, code),
        (Kind.CASE, 700, None),
    ]
    assert waiting[0].title == "€25 could not go back to Ada Obi"
    assert waiting[1].detail == "Look."
