"""A file that was uploaded and waits for a yes: kept as it came, for a day at most, booked or thrown away once."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.plumbing.database import Reader, Transaction
from admitone.statements import draft_store
from admitone.statements.draft_store import Draft, DraftName
from admitone.statements.refusals import DraftNotFound

KEPT: Final = timedelta(days=1)
DRAFTS_MOST: Final = 10


async def keep_draft(tx: Transaction, draft: Draft) -> None:
    """Keep it. Of one organiser the newest ten are kept, and a file that is uploaded again takes its own place."""
    await draft_store.replace(tx, draft, DRAFTS_MOST)


async def read_draft(reader: Reader, organiser_id: UUID, draft_id: UUID) -> Draft:
    """The organiser's draft. Raises DraftNotFound."""
    found = await draft_store.read(reader, organiser_id, draft_id)
    if found is None:
        raise DraftNotFound
    return found


async def draft_names(reader: Reader, organiser_id: UUID) -> list[DraftName]:
    """The organiser's drafts, newest first."""
    return await draft_store.names(reader, organiser_id)


async def take_draft(tx: Transaction, organiser_id: UUID, draft_id: UUID) -> None:
    """It is booked or thrown away, by one person, once. Raises DraftNotFound."""
    if not await draft_store.delete(tx, organiser_id, draft_id):
        raise DraftNotFound


async def forget_drafts(tx: Transaction, now: datetime) -> int:
    """What nobody booked within a day is gone; how many."""
    return await draft_store.delete_before(tx, now - KEPT)
