"""Owners hear what was changed in what is agreed with them about payouts, by whom and from when; nobody else does."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, payouts
from admitone.assembly import Assembly
from admitone.flows.payout_terms import TermsWish
from admitone.flows.payout_terms_letters import changed_terms
from admitone.flows.reactions import REACTIONS
from admitone.payouts import TermsBefore, TermsChanged
from admitone.plumbing.database import Transaction
from admitone.plumbing.jobs import Reaction
from admitone.plumbing.journal import announce
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import put_on_sale
from tests.support.till import Till

USUAL = TermsWish(3, 0, 0, {}, is_drafting=True)
NEW = TermsWish(10, 2_050, 30, {"EUR": 6_000}, is_drafting=False)


async def an_operator(site: Assembly) -> Actor:
    async def story(tx: Transaction) -> UUID:
        person_id, _ = await accounts.arrive(tx, "sade@site.example", "Sade Cole", site.clock.now())
        return person_id

    return Actor.person(await site.database.run(story), is_operator=True)


async def react(site: Assembly) -> None:
    """Every reaction to changed terms, twice: a job may run again."""
    async with site.database.reading() as reader:
        found = text("SELECT id FROM journal_fact WHERE kind = :kind ORDER BY id")
        facts = list((await reader.execute(found, {"kind": TermsChanged.kind})).scalars())
    for fact_id in facts * 2:
        for name in REACTIONS[TermsChanged.kind]:
            await site.reactions.react(Reaction(fact_id, name))


async def letters(site: Assembly) -> list[tuple[str, str]]:
    """(to, words) of every letter about terms, in the order written."""
    async with site.database.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT to_email, plain FROM messaging_letter WHERE template = 'payout_terms_changed' "
                "ORDER BY created_at, id"
            )
        )
        return [(row.to_email, " ".join(row.plain.split())) for row in rows]


async def test_owners_alone_hear_what_was_changed_by_whom_and_from_when(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    till, operator = Till(assembly, show, FrozenClock(assembly.clock.now())), await an_operator(assembly)
    await till.manager()
    async with assembly.database.reading() as reader:
        owners = [
            one.email
            for one in await accounts.members(reader, show.organiser_id)
            if one.person_id == show.owner.person_id
        ]
    for wish in (USUAL, NEW, NEW):
        await assembly.money.payout_terms.set(operator, show.organiser_id, wish)
    await react(assembly)
    [(to, words)] = await letters(assembly)
    assert [to] == owners
    async with assembly.database.reading() as reader:
        at = (
            await reader.execute(
                text("SELECT at FROM journal_fact WHERE kind = :k"), {"k": TermsChanged.kind}
            )
        ).scalar_one()
    for said in (
        "Sade Cole, for Admit One, has changed when and how your money is paid out.",
        "Money becomes available, now: 10 days after the event has ended (before: 3 days after",
        "disputes, now: 20.5% of it, 30 days longer (before: nothing)",
        "Payouts are asked for, now: by an owner (before: by themselves",
        "A payout in EUR is at least, now: €60 (before: €10)",
        f"{at:%-d %B %Y, %H:%M} UTC",
    ):
        assert said in words
    await assembly.money.payout_terms.set(operator, show.organiser_id, replace(NEW, delay_days=1))
    await react(assembly)
    assert len(await letters(assembly)) == 2, "each change is told once"
    assert "now: 1 day after the event has ended (before: 10 days" in (await letters(assembly))[1][1]
    assert "Payouts are asked for" not in (await letters(assembly))[1][1]


async def test_nobody_is_told_of_terms_that_say_the_same_or_of_which_the_past_is_not_known(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    nobody = Actor.person(uuid7(), is_operator=True)
    usual = payouts.Terms(show.organiser_id).minimum("EUR")
    await assembly.money.payout_terms.set(nobody, show.organiser_id, replace(USUAL, minimums={"EUR": usual}))
    old = TermsChanged(
        subject_id=show.organiser_id,
        organiser_id=show.organiser_id,
        delay_days=9,
        reserve_bps=0,
        reserve_days=0,
        is_drafting=True,
    )
    await assembly.database.run(lambda tx: announce(tx, [old], nobody.label))
    await react(assembly)
    assert await letters(assembly) == []
    await assembly.money.payout_terms.set(nobody, show.organiser_id, replace(USUAL, delay_days=5))
    await react(assembly)
    [(_, words)] = await letters(assembly)
    assert "Admit One has changed when and how" in words, "nobody that can be named"


def test_a_minimum_that_is_agreed_no_more_is_the_usual_one_again() -> None:
    before = TermsBefore(
        delay_days=3, reserve_bps=0, reserve_days=0, is_drafting=True, minimums={"JPY": 5_000, "EUR": 100}
    )
    after = TermsChanged(
        subject_id=uuid7(),
        organiser_id=uuid7(),
        delay_days=3,
        reserve_bps=0,
        reserve_days=0,
        is_drafting=True,
        minimums={"EUR": 100},
    )
    [row] = changed_terms(uuid7(), before, after)
    assert (row["label"], row["before"]) == ("A payout in JPY is at least", "¥5,000")
