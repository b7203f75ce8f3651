"""What the site and an organiser agreed on as fees holds for events made from then on, and is seen by the organiser."""

from dataclasses import replace
from datetime import timedelta

import pytest

from admitone import accounts, events
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.fee_agreements import BadFeeAgreement, BeginsInThePast, FeeWish
from admitone.flows.order_wish import OrderWish
from admitone.flows.site_fees import SiteFee, SiteFees, read_site_fee
from admitone.plumbing.database import Transaction
from admitone.pricing import recompute
from admitone.reads.event_page import event_page
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Problems
from tests.support.onsale import OnSale, TypeOnSale, details, must_hold, put_on_sale, wish
from tests.support.pricey import reprice

OPERATOR = Actor.person(uuid7(), session_id=uuid7(), is_operator=True)
AGREED = SiteFee(1_000, {"EUR": 50}, {"EUR": 200})
CARRIED = SiteFee(100)


async def _draft(site: Assembly, show: OnSale, usual: SiteFees) -> events.EventDetails:
    made = await publish_event.create_draft(
        site.database, site.clock, show.owner, show.organiser_id, details(site.clock.now()), fees=usual
    )
    return made.details


async def test_an_agreement_holds_for_events_made_from_then_on(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    usual = SiteFees(SiteFee(250), SiteFee(50))
    assert (await _draft(assembly, show, usual)).fee_bps == 250
    desk, agreement_id = assembly.money.fee_desk, uuid7()
    wanted = FeeWish(AGREED, CARRIED, note="Our first hall")
    made = await desk.agree(OPERATOR, show.organiser_id, wanted, agreement_id=agreement_id)
    again = await desk.agree(OPERATOR, show.organiser_id, wanted, agreement_id=agreement_id)
    assert (again, len((await desk.look(show.owner, show.organiser_id)).lines)) == (made, 1)
    drafted = await _draft(assembly, show, usual)
    assert (drafted.fee_bps, drafted.fee_fixed_minor, drafted.prices.platform_most_minor) == (1_000, 50, 200)
    assert drafted.prices.processing.bps == 100
    later = FeeWish(SiteFee(), SiteFee(), assembly.clock.now() + timedelta(days=3))
    await desk.agree(OPERATOR, show.organiser_id, later, agreement_id=uuid7())
    assert (await _draft(assembly, show, usual)).fee_bps == 1_000, "not yet"
    other = await put_on_sale(assembly)
    assert (await _draft(assembly, other, usual)).fee_bps == 250, "nothing was agreed with others"


async def test_only_those_who_run_the_site_agree_and_others_do_not_see(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    desk, wanted = assembly.money.fee_desk, FeeWish(AGREED, CARRIED)
    with pytest.raises(Forbidden):
        await desk.agree(show.owner, show.organiser_id, wanted, agreement_id=uuid7())
    with pytest.raises(Forbidden):
        await desk.look(other.owner, show.organiser_id)
    with pytest.raises(accounts.OrganiserNotFound):
        await desk.agree(OPERATOR, uuid7(), wanted, agreement_id=uuid7())
    assert (await desk.look(show.owner, show.organiser_id)).lines == []


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (FeeWish(SiteFee(5_001), CARRIED), BadFeeAgreement),
        (FeeWish(SiteFee(-1), CARRIED), BadFeeAgreement),
        (FeeWish(CARRIED, SiteFee(0, {"EUR": -1})), BadFeeAgreement),
        (FeeWish(CARRIED, SiteFee(0, {"XXZ": 1})), BadFeeAgreement),
    ],
)
async def test_fees_that_cannot_be_are_refused(assembly: Assembly, wanted: FeeWish, refusal: type) -> None:
    show = await put_on_sale(assembly)
    with pytest.raises(Problems) as refused:
        await assembly.money.fee_desk.agree(OPERATOR, show.organiser_id, wanted, agreement_id=uuid7())
    assert [type(one) for one in refused.value.problems] == [refusal]


async def test_an_agreement_does_not_reach_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    wanted = FeeWish(AGREED, CARRIED, assembly.clock.now() - timedelta(days=2))
    with pytest.raises(Problems) as refused:
        await assembly.money.fee_desk.agree(OPERATOR, show.organiser_id, wanted, agreement_id=uuid7())
    assert [type(one) for one in refused.value.problems] == [BeginsInThePast]


@pytest.mark.parametrize("bearer", ["buyer", "organiser"])
async def test_who_bears_the_fees_is_chosen_for_each_event_and_shown_all_in(
    assembly: Assembly, bearer: str
) -> None:
    """30.00: the site's 10 % + 0.50 are 2.00 at most, borne by the buyer; 1 % for carrying it by whom is chosen."""
    show = await put_on_sale(
        assembly, TypeOnSale("Standing", 3_000, 10, 4), fee_bps=1_000, fee_fixed_minor=50, fee_paid_by="buyer"
    )
    plain = events.EventPrices(
        processing=events.FeePlan(100), is_site_fee=True, platform_most_minor=200, processing_paid_by=None
    )

    async def story(tx: Transaction) -> None:
        found = await events.own_event(tx, show.organiser_id, show.event_id)
        name = "Foundry Presents"
        await events.update_event(
            tx,
            show.organiser_id,
            show.event_id,
            replace(found.details, prices=plain),
            assembly.clock.now(),
            organiser_name=name,
            new_terms=False,
        )

    await assembly.database.run(story)
    chosen = events.EventPrices(
        processing=plain.processing,
        is_site_fee=True,
        platform_most_minor=200,
        processing_paid_by="organiser" if bearer == "organiser" else "buyer",
    )
    await reprice(assembly, show, chosen)
    shown_minor = 3_200 if bearer == "organiser" else 3_230
    async with assembly.database.reading() as reader:
        page = await event_page(reader, assembly.clock.now(), show.slug)
    assert page.types[0].total_minor == shown_minor
    held = await assembly.purchase.hold(wish(show))
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    assert (order.total_minor, held.quote.fee_minor) == (shown_minor, 230)
    assert held.quote.organiser_minor + held.quote.tax_minor == shown_minor - 230
    assert recompute(order.quote).total_minor == shown_minor
    await assembly.payment.pay(order.id, "sandbox:push")
    await must_hold(assembly.database)


def test_a_fee_is_written_as_it_is_read() -> None:
    for text in ("2.5% + EUR 0.50, at most EUR 5.00 + NGN 2000.00", "0%", "NGN 100.00", "7.25%"):
        fee = read_site_fee(text)
        assert fee is not None
        assert (fee.words, read_site_fee(fee.words)) == (text, fee)
    for text in ("2.5%, EUR 5", "2.5%, at most 5%", "2.5% +", "EUR -1"):
        with pytest.raises(ValueError, match=r"."):
            read_site_fee(text)
