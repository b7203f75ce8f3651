"""All organisers of a site, for those who run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone import accounts
from admitone.plumbing.database import Reader
from admitone.values.actor import Actor

MOST = 50


@dataclass(frozen=True, slots=True)
class SiteOrganiser:
    """An organiser in the list."""

    id: UUID
    slug: str
    name: str


async def site_organisers(
    reader: Reader, actor: Actor, *, after: str = ""
) -> tuple[Sequence[SiteOrganiser], str]:
    """50 organisers by their addresses, from the one behind `after` on, and where the rest begins ("": nowhere).

    Raises `NotOperator`.
    """
    accounts.permit_operator(actor)
    rows = await reader.execute(
        text("SELECT id, slug, name FROM accounts_organiser WHERE slug > :after ORDER BY slug LIMIT :most"),
        {"after": after, "most": MOST + 1},
    )
    found = [SiteOrganiser(*row) for row in rows]
    return found[:MOST], found[MOST - 1].slug if len(found) > MOST else ""
