"""Payments of accounts that were opened under the site's own are found by what its provider says there."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import ledger, orders, payments
from admitone.assembly import Assembly
from admitone.flows.payment import Paying
from admitone.flows.provider_books import explain
from admitone.flows.settlement import Heard
from admitone.payments import (
    SANDBOX_ACCOUNT,
    Account,
    ExplainedAs,
    Known,
    KnownAttempt,
    Movement,
    MovementKind,
    NewNotice,
    Outcome,
    Status,
)
from admitone.payments.books.known_store import KnownRefund
from admitone.payments.providers.sandbox import Decision, Fault, Faults
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7
from tests.support.letters_kept import react
from tests.support.onsale import OnSale, place, put_on_sale
from tests.support.sandbox_rig import sandbox_wire

SITE, BELOW = UUID(int=1), UUID(int=2)
BOOKS = ledger.Books(SITE, "stripe:site", None, is_test=False)
AT = datetime(2026, 11, 21, tzinfo=UTC)


def line(kind: MovementKind, amount: int, about: str) -> Movement:
    return Movement("txn", kind, "EUR", amount, 0, about, AT)


def known(account_id: UUID) -> Known:
    attempt = KnownAttempt(uuid7(), account_id, uuid7(), True, False, 2500, "EUR")
    refund = KnownRefund(uuid7(), account_id, True, False, 1000, "EUR")
    return Known({"cs_1": attempt}, {"re_1": refund}, {})


@pytest.mark.parametrize(("amount", "about"), [(-2500, "cs_1"), (250, "cs_1"), (-7, "cs_1"), (1000, "re_1")])
def test_what_is_passed_on_of_a_payment_below_moves_nothing_here(amount: int, about: str) -> None:
    found = explain(line(MovementKind.TRANSFER, amount, about), known(BELOW), {}, BOOKS)
    assert found is not None
    why, moved = found
    assert (why.as_what, moved) == (ExplainedAs.CONNECTED, [])


def test_a_transfer_about_nothing_of_ours_left_to_the_bank() -> None:
    for whose in (known(BELOW), Known({}, {}, {})):
        found = explain(line(MovementKind.TRANSFER, -300, "tr_other"), whose, {}, BOOKS)
        assert found is not None
        assert (found[0].as_what, len(found[1])) == (ExplainedAs.BANK, 1)


async def below(site: Assembly, show: OnSale) -> UUID:
    """An account of the organiser's under the site's own."""
    account = Account(
        id=uuid7(),
        organiser_id=show.organiser_id,
        provider="sandbox",
        mode="test",
        label="Below",
        state="active",
        ref="acct_below",
        country="DE",
        currencies=None,
        sealed=None,
        options={"opened_by": "site"},
        missing=(),
        can_pay_out=False,
        position=1,
        updated_at=site.clock.now(),
    )

    async def story(tx: Transaction) -> None:
        await payments.add_account(tx, account, actor="test")

    await site.database.run(story)
    return account.id


async def paid_there(site: Assembly, show: OnSale) -> tuple[Paying, str]:
    """An order whose attempt lies in the account below, and which the bank knows to be paid."""
    account_id = await below(site, show)
    paying = await site.payment.pay((await place(site, show)).id, "sandbox:card")
    ref = paying.attempt.provider_ref
    assert ref is not None
    moved = text("UPDATE payments_attempt SET account_id = :account WHERE id = :id")
    await site.database.run(lambda tx: tx.execute(moved, {"account": account_id, "id": paying.attempt.id}))
    assert site.sandbox is not None
    await site.sandbox.decide(ref, Decision(pays=True, copies=0))
    return paying, ref


async def state_of(site: Assembly, paying: Paying) -> str:
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, paying.attempt.order_id)).state


async def test_the_sites_notice_of_a_payment_below_settles_it(assembly: Assembly) -> None:
    paying, ref = await paid_there(assembly, await put_on_sale(assembly))
    assert not await assembly.settlement.ask_by_ref(SANDBOX_ACCOUNT, "sbx_nobody")
    assert await assembly.settlement.ask_by_ref(SANDBOX_ACCOUNT, ref)
    assert await state_of(assembly, paying) == "paid"


async def test_it_settles_also_when_we_do_not_know_its_name_there_yet(assembly: Assembly) -> None:
    paying, ref = await paid_there(assembly, await put_on_sale(assembly))
    forgotten = text("UPDATE payments_attempt SET provider_ref = NULL WHERE id = :id")
    await assembly.database.run(lambda tx: tx.execute(forgotten, {"id": paying.attempt.id}))
    assert await assembly.settlement.ask_by_ref(SANDBOX_ACCOUNT, ref)
    assert await state_of(assembly, paying) == "paid"


async def test_the_sites_notice_of_a_refund_below_has_it_asked_about(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paying, ref = await paid_there(assembly, show)
    await assembly.settlement.ask_by_ref(SANDBOX_ACCOUNT, ref)
    async with assembly.database.reading() as reader:
        code = (await orders.by_id(reader, paying.attempt.order_id)).code
    await assembly.refunding.take_back(show.owner, show.organiser_id, code)
    sandbox_wire(assembly).suffer(Faults(refund=(Fault.TIME_OUT_AFTER,)))
    await assembly.refunding.send_due()

    async def refund() -> payments.Refund:
        async with assembly.database.reading() as reader:
            [one] = await payments.refunds_of(reader, [paying.attempt.order_id])
        return one

    assert (await refund()).state == "unknown"
    about = payments.About.REFUND
    notice = NewNotice(uuid7(), "sandbox", "n1", ref, b"{}", SANDBOX_ACCOUNT, about)
    now = assembly.clock.now()
    await assembly.database.run(lambda tx: payments.store_notice(tx, notice, now=now))
    assert await react(assembly, payments.ProviderSpoke.kind, "ask_provider")
    assert (await refund()).state == "done"


async def test_a_split_payment_nobody_needed_takes_the_sites_fee_along(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    below_id, order = await below(assembly, show), await place(assembly, show)
    tried = [(await assembly.payment.pay(order.id, "sandbox:card")).attempt for _ in range(2)]
    split = text("UPDATE payments_attempt SET account_id = :account, fee_split_minor = 250")
    await assembly.database.run(lambda tx: tx.execute(split, {"account": below_id}))
    assert assembly.sandbox is not None
    for attempt in tried:
        assert attempt.provider_ref is not None
        await assembly.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
        await assembly.settlement.ask_by_ref(SANDBOX_ACCOUNT, attempt.provider_ref)
    async with assembly.database.reading() as reader:
        [back] = await payments.refunds_of(reader, [order.id])
    assert (back.reason, back.amount_minor, back.split_back_minor) == ("paid_twice", 2500, 250)


async def test_more_of_a_split_payment_than_was_needed_leaves_the_fee(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    below_id, order = await below(assembly, show), await place(assembly, show)
    attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt
    split = text("UPDATE payments_attempt SET account_id = :account, fee_split_minor = 250")
    await assembly.database.run(lambda tx: tx.execute(split, {"account": below_id}))
    came = Status(attempt.provider_ref, Outcome.PAID, 2900, "EUR", attempt_id=attempt.id)
    await assembly.settlement.hear(Heard(attempt.id, came))
    async with assembly.database.reading() as reader:
        [back] = await payments.refunds_of(reader, [order.id])
    # 0, not None: the money is the organiser's to give, and none of the site's fee goes along.
    assert (back.reason, back.amount_minor, back.split_back_minor) == ("overpaid", 400, 0)
