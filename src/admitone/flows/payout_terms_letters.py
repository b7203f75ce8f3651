"""Owners hear that those who run the site have changed what is agreed with them about payouts: what, and from when."""

from collections.abc import Mapping
from uuid import UUID

from admitone import accounts, payouts
from admitone.flows.post_office import PostOffice
from admitone.payouts import TermsBefore, TermsChanged
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.values import formats
from admitone.values.actor import Role


class PayoutTermsLetters:
    """`site_url` has no slash at its end."""

    def __init__(self, database: Database, post: PostOffice, site_url: str) -> None:
        self._database = database
        self._post = post
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `TermsChanged`: a letter to each owner, once for each change."""
        fact, organiser_id = entry.read_as(TermsChanged), entry.subject_id
        if fact.before is None:
            return  # written before this letter was, and what was agreed until then is not known
        changes = changed_terms(organiser_id, fact.before, fact)
        if not changes:
            return  # the site's usual minimum was written down as one that is agreed, or the other way round
        async with self._database.reading() as reader:
            organiser = await accounts.organiser(reader, organiser_id)
            team = await accounts.members(reader, organiser_id)
            changer = await _name_of(reader, entry.actor)

        async def story(tx: Transaction) -> None:
            for one in team:
                if one.role is not Role.OWNER:
                    continue
                await self._post.queue(
                    tx,
                    cause=f"payout_terms:{entry.id}",
                    template="payout_terms_changed",
                    to=one.email,
                    organiser_id=organiser_id,
                    context={
                        "organiser_name": organiser.name,
                        "changer_name": changer,
                        "changes": changes,
                        "from_text": f"{formats.long_day_time(entry.at, 'UTC')} UTC",
                        "page_url": f"{self._site_url}/organiser/{organiser.slug}/payouts",
                    },
                )
            await hit("reaction.before_commit")

        await self._database.run(story)


async def _name_of(reader: Reader, actor: str) -> str:
    """Who runs the site and did it; empty for nobody who can be named."""
    kind, _, person_id = actor.partition(":")
    if kind != "person":
        return ""
    try:
        return (await accounts.person(reader, UUID(person_id))).name
    except accounts.NotSignedIn:
        return ""  # their account is gone


def changed_terms(
    organiser_id: UUID, before: TermsBefore, after: TermsChanged
) -> tuple[Mapping[str, str], ...]:
    """What is agreed otherwise now, in words: label, before, after."""
    rows = [
        ("Money becomes available", _delay(before.delay_days), _delay(after.delay_days)),
        (
            "Kept back longer, for refunds and disputes",
            _reserve(before.reserve_bps, before.reserve_days),
            _reserve(after.reserve_bps, after.reserve_days),
        ),
        ("Payouts are asked for", _drafting(before.is_drafting), _drafting(after.is_drafting)),
    ]
    least = [payouts.Terms(organiser_id, minimums=one.minimums) for one in (before, after)]
    for currency in sorted({*before.minimums, *after.minimums}):
        was, is_now = (formats.money(one.minimum(currency), currency) for one in least)
        rows.append((f"A payout in {currency} is at least", was, is_now))
    return tuple(
        {"label": label, "before": was, "after": is_now} for label, was, is_now in rows if was != is_now
    )


def _delay(days: int) -> str:
    return f"{formats.count(days, 'day', 'days')} after the event has ended"


def _reserve(bps: int, days: int) -> str:
    if not bps:
        return "nothing"
    return f"{formats.percent(bps)}% of it, {formats.count(days, 'day', 'days')} longer"


def _drafting(is_drafting: bool) -> str:
    return "by themselves, when enough is available" if is_drafting else "by an owner"
