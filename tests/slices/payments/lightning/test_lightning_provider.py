"""Invoices in time and late, held and let go, of nodes that lie: what becomes of the attempt."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from admitone.payments import AccountSheet, Ask, HeldOutcome, HoldsMoney, Mode, Outcome, ProviderAway
from admitone.payments.bitcoin import BitcoinBook, FixedRates
from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lightning import Lightning, LightningProvider, Preimages
from admitone.payments.providers.lightning.standing import MARGIN_BLOCKS, STALE_AFTER
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import ask_of, ref_of
from tests.contracts.payments.rig_lnd import LndEnd
from tests.support.lnd_server import Fault


def holds(end: LndEnd) -> HoldsMoney:
    role = end.provider.roles.holds_money
    assert role is not None
    return role


def without_hold(end: LndEnd) -> LightningProvider:
    return end.shared.provider(end.sheet, end.node, holds=False)


async def started(end: LndEnd) -> tuple[Ask, str]:
    ask = ask_of(end)
    return ask, ref_of(await end.provider.start(ask))


async def test_an_invoice_asks_for_whole_satoshi_at_the_quote_and_ends_with_the_order(end: LndEnd) -> None:
    ask = replace(ask_of(end, 1999), pay_until=end.now() + timedelta(minutes=7))
    prompt = await end.provider.start(ask)
    invoice = decode(prompt.instructions["Lightning invoice"])
    # 19.99 EUR at 50,000 EUR a bitcoin.
    assert (invoice.amount_msat, prompt.instructions["Amount"]) == (39_980_000, "39,980 sat")
    assert invoice.expires_at == end.now() + timedelta(minutes=7)
    assert invoice.payment_hash.hex() == prompt.provider_ref
    assert invoice.description == "Order 7K3M9QXYZ"


async def test_an_odd_price_is_rounded_up_to_a_satoshi_and_paid_exactly(end: LndEnd) -> None:
    rates = FixedRates(end.clock, {"EUR": Decimal("61234.57")})
    book = BitcoinBook(end.database, end.clock, rates)
    provider = Lightning(end.database, book, Preimages(bytes(32))).provider(end.sheet, end.node)
    ask = ask_of(end, 2500)
    ref = ref_of(await provider.start(ask))
    request = await book.request(ask.attempt_id)
    assert request is not None and request.amount_msat % 1000 == 0
    await end.pay(ref)
    assert (await provider.status(ask.attempt_id, ref)).paid_minor == 2500


async def test_an_order_that_waits_for_a_week_gets_no_rate_for_a_week(end: LndEnd) -> None:
    ask = replace(ask_of(end), pay_until=end.now() + timedelta(days=7))
    prompt = await end.provider.start(ask)
    assert decode(prompt.instructions["Lightning invoice"]).expires_at == end.now() + timedelta(minutes=20)


async def test_while_nobody_knows_the_rate_nothing_is_begun(end: LndEnd) -> None:
    book = BitcoinBook(end.database, end.clock, FixedRates(end.clock, {}))
    provider = Lightning(end.database, book, Preimages(bytes(32))).provider(end.sheet, end.node)
    prompt = await provider.start(ask_of(end))
    assert (prompt.provider_ref, prompt.status.outcome, prompt.status.reason) == (
        None,
        Outcome.UNKNOWN,
        "no_rate",
    )
    assert end.book.invoices == {}


async def test_what_is_not_paid_in_time_is_waited_for_a_while_and_then_has_failed(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.clock.move(seconds=16 * 60)
    late = await end.provider.status(ask.attempt_id, ref)
    assert (late.outcome, late.reason) == (Outcome.PENDING, "not_paid_in_time")
    end.clock.move(seconds=STALE_AFTER.total_seconds())
    gone = await end.provider.status(ask.attempt_id, ref)
    assert (gone.outcome, gone.reason) == (Outcome.FAILED, "not_paid_in_time")


async def test_an_invoice_the_node_has_forgotten_has_failed_once_its_time_is_over(end: LndEnd) -> None:
    ask, ref = await started(end)
    kept = end.book.invoices.copy()
    end.book.invoices.clear()
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.UNKNOWN
    end.clock.move(seconds=16 * 60 + STALE_AFTER.total_seconds())
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.FAILED
    end.book.invoices.update(kept)


async def test_what_arrives_is_held_and_not_paid_until_it_is_taken(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    held = await end.provider.status(ask.attempt_id, ref)
    assert (held.outcome, held.is_held, held.paid_minor, held.currency) == (Outcome.SEEN, True, 2500, "EUR")
    assert [await holds(end).take(ask.attempt_id, ref) for _ in range(2)] == [HeldOutcome.TAKEN] * 2
    done = await end.provider.status(ask.attempt_id, ref)
    assert (done.outcome, done.is_held, done.paid_minor) == (Outcome.PAID, False, 2500)
    # Too late to let it go: it says so.
    assert await holds(end).let_go(ask.attempt_id, ref) is HeldOutcome.TAKEN


async def test_what_is_let_go_is_with_the_buyer_again_and_cannot_be_taken_any_more(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    assert [await holds(end).let_go(ask.attempt_id, ref) for _ in range(2)] == [HeldOutcome.GONE] * 2
    assert await holds(end).take(ask.attempt_id, ref) is HeldOutcome.GONE
    status = await end.provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.paid_minor) == (Outcome.FAILED, None)


async def test_what_arrived_in_the_last_moment_is_still_held_after_it(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.clock.move(seconds=15 * 60 - 1)
    end.book.pay(bytes.fromhex(ref))
    end.clock.move(seconds=120)
    status = await end.provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.is_held) == (Outcome.SEEN, True)
    assert await holds(end).let_go(ask.attempt_id, ref) is HeldOutcome.GONE


@pytest.mark.parametrize(
    ("seconds", "price", "worth"),
    [
        pytest.param(15 * 60, 40_000, 2500, id="it was on its way when the invoice ended"),
        pytest.param(15 * 60 + 125, 40_000, 2000, id="late, and bitcoin is cheaper"),
        pytest.param(40 * 60, 60_000, 3000, id="late, and bitcoin is dearer"),
    ],
)
async def test_a_node_that_is_paid_too_late_was_paid_at_the_price_of_then(
    end: LndEnd, seconds: int, price: int, worth: int
) -> None:
    prices = {"EUR": Decimal(50_000)}
    book = BitcoinBook(end.database, end.clock, FixedRates(end.clock, prices))
    shared = Lightning(end.database, book, end.shared.preimages)
    provider = shared.provider(end.sheet, end.node, holds=False)
    ask = ask_of(end)
    ref = ref_of(await provider.start(ask))
    end.book.takes_expired = True
    end.clock.move(seconds=seconds)
    assert (await provider.status(ask.attempt_id, ref)).outcome is Outcome.PENDING
    prices["EUR"] = Decimal(price)
    end.book.pay(bytes.fromhex(ref))
    late = await provider.status(ask.attempt_id, ref)
    assert (late.outcome, late.paid_minor, late.currency) == (Outcome.PAID, worth, "EUR")
    # What it was worth once it stays worth: a refund of it is a part of the same.
    del prices["EUR"]
    assert await provider.status(ask.attempt_id, ref) == late


async def test_a_late_payment_is_not_counted_while_nobody_knows_the_rate(end: LndEnd) -> None:
    prices = {"EUR": Decimal(50_000)}
    book = BitcoinBook(end.database, end.clock, FixedRates(end.clock, prices))
    provider = Lightning(end.database, book, end.shared.preimages).provider(end.sheet, end.node, holds=False)
    ask = ask_of(end)
    ref = ref_of(await provider.start(ask))
    end.book.takes_expired = True
    end.clock.move(seconds=40 * 60)
    end.book.pay(bytes.fromhex(ref))
    del prices["EUR"]
    unknown = await provider.status(ask.attempt_id, ref)
    assert (unknown.outcome, unknown.reason) == (Outcome.UNKNOWN, "no_rate")
    assert [one async for one in provider.recent(end.now() - timedelta(days=1))] == []
    prices["EUR"] = Decimal(40_000)
    assert (await provider.status(ask.attempt_id, ref)).paid_minor == 2000


async def test_what_was_held_in_time_and_taken_late_was_paid_in_time(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    end.clock.move(seconds=40 * 60)
    assert await holds(end).take(ask.attempt_id, ref) is HeldOutcome.TAKEN
    dearer = BitcoinBook(end.database, end.clock, FixedRates(end.clock, {"EUR": Decimal(60_000)}))
    provider = Lightning(end.database, dearer, end.shared.preimages).provider(end.sheet, end.node)
    assert (await provider.status(ask.attempt_id, ref)).paid_minor == 2500
    request = await end.shared.book.request(ask.attempt_id)
    assert request is not None
    invoice = await end.node.look_up(ref)
    assert invoice is not None and invoice.paid_at is not None
    assert invoice.paid_at > request.expires_at


async def test_an_invoice_that_an_old_node_leaves_open_for_ever_is_closed(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.takes_expired = True
    end.clock.move(seconds=16 * 60 + STALE_AFTER.total_seconds())
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.FAILED
    assert end.server.calls.count("CancelInvoice") == 1


async def test_more_than_was_asked_is_worth_more(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref), msat=75_000_000)
    held = await end.provider.status(ask.attempt_id, ref)
    assert (held.is_held, held.paid_minor) == (True, 3750)


async def test_what_is_held_is_let_go_before_the_network_takes_it_decided_or_not(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    end.book.mine(80 - MARGIN_BLOCKS)
    assert (await end.provider.status(ask.attempt_id, ref)).is_held
    end.book.mine(1)
    status = await end.provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.is_held) == (Outcome.FAILED, False)
    end.book.mine(80)


async def test_what_was_decided_too_long_ago_is_not_taken_any_more(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    end.book.mine(80 - MARGIN_BLOCKS + 1)
    assert await holds(end).take(ask.attempt_id, ref) is HeldOutcome.GONE
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.FAILED


@pytest.mark.parametrize("fault", [Fault.NEVER, Fault.ERROR, Fault.LOST, Fault.GARBAGE])
async def test_a_decision_whose_answer_got_lost_is_carried_out_when_asked_again(
    end: LndEnd, fault: Fault
) -> None:
    ask, ref = await started(end)
    end.book.pay(bytes.fromhex(ref))
    end.server.faults = {"SettleInvoice": deque([fault])}
    assert await holds(end).take(ask.attempt_id, ref) is HeldOutcome.UNKNOWN
    assert await holds(end).take(ask.attempt_id, ref) is HeldOutcome.TAKEN
    other, other_ref = await started(end)
    end.book.pay(bytes.fromhex(other_ref))
    end.server.faults = {"CancelInvoice": deque([fault])}
    assert await holds(end).let_go(other.attempt_id, other_ref) is HeldOutcome.UNKNOWN
    assert await holds(end).let_go(other.attempt_id, other_ref) is HeldOutcome.GONE


async def test_an_invoice_on_another_network_is_not_shown(end: LndEnd) -> None:
    end.book.prefix = "lnbc"
    prompt = await end.provider.start(ask_of(end))
    assert (prompt.provider_ref, prompt.instructions) == (None, {})
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.FAILED, "other_network")


async def test_a_live_account_shows_no_invoice_of_a_network_for_trying_out(end: LndEnd) -> None:
    live = AccountSheet(end.sheet.id, None, "lnd", Mode.LIVE, None, None, "https://a.example/", {})
    rates = FixedRates(end.clock)
    shared = Lightning(end.database, BitcoinBook(end.database, end.clock, rates, rates), end.shared.preimages)
    prompt = await shared.provider(live, end.node).start(ask_of(end))
    assert (prompt.provider_ref, prompt.status.reason) == (None, "other_network")


async def test_a_live_account_sells_nothing_at_play_prices(end: LndEnd) -> None:
    live = AccountSheet(end.sheet.id, None, "lnd", Mode.LIVE, None, None, "https://a.example/", {})
    prompt = await end.shared.provider(live, end.node).start(ask_of(end))
    assert (prompt.provider_ref, prompt.status.outcome, prompt.status.reason) == (
        None,
        Outcome.UNKNOWN,
        "no_rate",
    )
    assert end.book.invoices == {}


@pytest.mark.parametrize("rate", [40_000, 50_000])
async def test_a_start_found_again_after_its_quote_is_closed_unseen(end: LndEnd, rate: int) -> None:
    ask = replace(ask_of(end), pay_until=end.now() + timedelta(days=1))
    end.server.faults = {"AddHoldInvoice": deque([Fault.LOST])}
    end.server.faults["LookupInvoiceV2"] = deque([Fault.NEVER])
    assert (await end.provider.start(ask)).status.outcome is Outcome.UNKNOWN
    end.server.faults.clear()
    dearer = FixedRates(end.clock, {"EUR": Decimal(rate)})
    shared = Lightning(end.database, BitcoinBook(end.database, end.clock, dearer), end.shared.preimages)
    end.clock.move(seconds=21 * 60)
    again = await shared.provider(end.sheet, end.node).start(ask)
    assert (again.provider_ref, again.instructions) == (None, {})
    assert (again.status.outcome, again.status.reason) == (Outcome.FAILED, "quote_ended")
    assert len(end.book.invoices) == 1


async def test_a_node_whose_wallet_is_locked_is_away(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.server.is_locked = True
    assert (await end.provider.status(ask.attempt_id, ref)).reason == "no_answer"
    with pytest.raises(ProviderAway):
        await end.provider.look()
    end.server.is_locked = False
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.PENDING


async def test_a_macaroon_that_was_taken_back_leaves_everything_unknown(end: LndEnd) -> None:
    ask, ref = await started(end)
    end.server.macaroons.clear()
    status = await end.provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, "bad_keys")
    prompt = await end.provider.start(ask_of(end))
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.UNKNOWN, "bad_keys")


async def test_a_node_that_lags_behind_or_has_no_channel_takes_no_money(end: LndEnd) -> None:
    end.server.is_synced, end.server.channels = False, 0
    found = await end.provider.look()
    assert (found.can_take, found.missing) == (False, ("synced_to_chain", "open_channel"))
    end.server.network = "mainnet"
    assert (await end.provider.look()).is_live


async def test_a_payment_of_another_account_is_not_this_ones(end: LndEnd) -> None:
    ask, ref = await started(end)
    other = AccountSheet(uuid7(), None, "lnd", Mode.TEST, None, None, "https://a.example/", {})
    provider = end.shared.provider(other, end.node)
    for status in (await provider.status(ask.attempt_id, ref), await provider.cancel(ask.attempt_id, ref)):
        assert (status.provider_ref, status.outcome) == (None, Outcome.UNKNOWN)
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.PENDING
