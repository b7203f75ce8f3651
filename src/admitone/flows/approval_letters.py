"""Who may approve something hears that it waits: everybody of the team with the right but whoever asked."""

from uuid import UUID

from admitone import accounts
from admitone.flows.approvals import About, may_decide
from admitone.flows.post_office import PostOffice
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.values import formats


class ApprovalLetters:
    """`site_url` has no slash at its end."""

    def __init__(self, database: Database, post: PostOffice, site_url: str) -> None:
        self._database = database
        self._post = post
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `ApprovalAsked`: a letter to each, once."""
        assert entry.organiser_id is not None, "somebody's team is asked"
        organiser_id: UUID = entry.organiser_id
        async with self._database.reading() as reader:
            asked = await accounts.approval(reader, organiser_id, entry.subject_id)
            organiser = await accounts.organiser(reader, organiser_id)
            team = await accounts.members(reader, organiser_id)
        assert asked is not None, "facts name approvals that exist"
        asker = next((one.name for one in team if one.person_id == asked.asked_by), organiser.name)
        about: About = "payout" if asked.kind == "payout" else "refund"

        async def story(tx: Transaction) -> None:
            for one in team:
                if one.person_id == asked.asked_by or not may_decide(one.role, about):
                    continue
                await self._post.queue(
                    tx,
                    cause=f"approval:{asked.id}",
                    template="approval_asked",
                    to=one.email,
                    organiser_id=organiser_id,
                    context={
                        "organiser_name": organiser.name,
                        "asker_name": asker,
                        "words": asked.words,
                        "page_url": f"{self._site_url}/organiser/{organiser.slug}/approvals",
                        "until_text": f"{formats.long_day_time(asked.expires_at, 'UTC')} UTC",
                    },
                )
            await hit("reaction.before_commit")

        await self._database.run(story)
