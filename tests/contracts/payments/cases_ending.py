"""Further promises of every provider: payments given up, and a look at the account. `ALL_CASES` has them too."""

from admitone.payments import Outcome
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import CASES, Rig, ask_of, case, paid, ref_of


@case
async def a_payment_given_up_is_not_taken_for_paid_and_stays_given_up(rig: Rig) -> None:
    ask = ask_of(rig)
    ref = ref_of(await rig.provider.start(ask))
    ended = await rig.provider.cancel(ask.attempt_id, ref)
    # Not every provider can close a payment; then it says what is true.
    assert ended.outcome in (Outcome.FAILED, Outcome.PENDING)
    again = await rig.provider.cancel(ask.attempt_id, ref)
    assert again.outcome is ended.outcome
    assert (await rig.provider.status(ask.attempt_id, ref)).outcome is ended.outcome


@case
async def a_payment_given_up_too_late_says_what_arrived(rig: Rig) -> None:
    done = await paid(rig)
    status = await rig.provider.cancel(done.ask.attempt_id, done.ref)
    assert (status.outcome, status.paid_minor, status.currency) == (Outcome.PAID, 2500, rig.currency)
    assert await rig.sent_back_minor(done.ref) == 0


@case
async def giving_up_what_was_never_started_starts_nothing(rig: Rig) -> None:
    status = await rig.provider.cancel(uuid7(), None)
    assert status.outcome in (Outcome.UNKNOWN, Outcome.FAILED)
    assert await rig.payments_made() == 0


@case
async def a_look_says_whose_account_it_is_and_that_it_moves_play_money(rig: Rig) -> None:
    found = await rig.provider.look()
    assert found.ref
    assert found.can_take
    assert not found.is_live
    assert found == await rig.provider.look()
    covered = rig.provider.capabilities[rig.method].currencies
    for known in (found.currencies, covered):
        assert known is None or rig.currency in known


@case
async def every_method_has_its_capabilities(rig: Rig) -> None:
    assert {method.id for method in rig.provider.methods} == set(rig.provider.capabilities)
    assert rig.method in rig.provider.capabilities


ALL_CASES = CASES
