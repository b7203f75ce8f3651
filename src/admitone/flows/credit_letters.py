"""Whoever gets store credit is sent its code: for a gift with an address, and a refund left with the organiser."""

from admitone import accounts, orders, payments
from admitone.flows.credit_desk import CreditDesk
from admitone.flows.post_office import PostOffice
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry
from admitone.plumbing.links import Links
from admitone.values import formats

LINK = "credit"


class CreditLetters:
    """`site_url` has no slash at its end."""

    def __init__(
        self, database: Database, post: PostOffice, desk: CreditDesk, links: Links, site_url: str
    ) -> None:
        self._database = database
        self._post = post
        self._desk = desk
        self._links = links
        self._site_url = site_url

    async def tell(self, entry: Entry) -> None:
        """The reaction to `CreditGiven`: a letter with the code, once. Without an address there is nobody to tell."""
        async with self._database.reading() as reader:
            found = (await payments.credit.by_ids(reader, [entry.subject_id])).get(entry.subject_id)
            assert found is not None, "facts name credits that exist"
            if found.email is None:
                return
            organiser = await accounts.organiser(reader, found.organiser_id)
            order = None if found.order_id is None else await orders.by_id(reader, found.order_id)
        email, code = found.email, self._desk.code(found)
        until = found.expires_at
        context = {
            "organiser_name": organiser.name,
            "is_gift": found.is_gift,
            "is_test": found.is_test,
            "amount_text": formats.money(found.given_minor, found.currency),
            "code": code or "",
            "order_code": "" if order is None else order.code,
            "until_text": "" if until is None else f"{formats.long_day_time(until, 'UTC')} UTC",
            "credit_url": f"{self._site_url}/credit/{self._links.make(LINK, found.id)}",
        }

        async def story(tx: Transaction) -> None:
            await self._post.queue(
                tx,
                cause=f"credit:{found.id}",
                template="store_credit",
                to=email,
                organiser_id=found.organiser_id,
                context=context,
            )
            await hit("reaction.before_commit")

        await self._database.run(story)
