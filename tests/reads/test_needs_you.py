"""What waits for a person is in one list, with a sentence, an amount and a moment."""

import pytest
from sqlalchemy import text

from admitone import payouts
from admitone.assembly import Assembly
from admitone.flows.draft_payouts import DraftPayouts
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.reads.needs_you import Kind, count_needs, needs_you
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Forbidden
from tests.support.onsale import buy, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import TO_BANK, Till, available


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


async def test_a_payout_that_waits_failed_or_has_nowhere_to_go_waits_for_somebody(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await buy(assembly, show, 2)
    till = Till(assembly, show, FrozenClock(assembly.clock.now()))
    await available(till)

    async def kinds() -> list[tuple[Kind, str]]:
        async with assembly.database.reading() as reader:
            found = await needs_you(reader, show.owner, show.organiser_id, now=till.clock.now())
        return [(one.kind, one.detail) for one in found if one.kind.value.startswith("payout")]

    till.pass_days(2)
    assert await kinds() == [], "of play money nobody is reminded"
    await till.receivers.set(show.owner, till.purse, TO_BANK)
    await DraftPayouts(assembly.database, till.clock, till.desk).run_due()
    [(kind, detail)] = await kinds()
    assert (kind, detail[:18]) == (Kind.PAYOUT_ASKED, "Drafted by itself,")
    async with assembly.database.reading() as reader:
        [draft] = await payouts.payouts_of(reader, show.organiser_id, is_test=True, most=9)
    await till.desk.approve(show.owner, show.organiser_id, draft.id)
    sandbox_wire(assembly).suffer(Faults(pay_out=(Fault.REFUSED,)))
    await till.desk.send_due()
    [(kind, detail)] = await kinds()
    assert kind is Kind.PAYOUT_FAILED
    assert detail.endswith("Check where payouts go, then ask again.")
    real = text("UPDATE ledger_account SET is_test = false WHERE name LIKE '%available'")
    await assembly.database.run(lambda tx: tx.execute(real))
    freed = text("UPDATE payouts_release SET is_test = false")
    await assembly.database.run(lambda tx: tx.execute(freed))
    assert Kind.PAYOUT_NOWHERE in [one for one, _ in await kinds()]
