"""People: who they are, and how somebody becomes one.

Nobody is a person before they have read a letter at their address, so every address here is proven and an
account cannot be prepared for somebody else.
"""

from datetime import datetime
from uuid import UUID

from admitone.accounts import store
from admitone.accounts.names import NAME_MOST, checked_name
from admitone.accounts.refusals import NameMissing, NotSignedIn
from admitone.accounts.store import Person
from admitone.plumbing.database import Reader, Transaction
from admitone.values.contact import email_key
from admitone.values.ids import uuid7


async def person(reader: Reader, person_id: UUID) -> Person:
    """The person with this id. Raises `NotSignedIn` when they are gone: their sessions went with them."""
    found = await store.person(reader, person_id)
    if found is None:
        raise NotSignedIn
    return found


async def arrive(tx: Transaction, email: str, name: str | None, now: datetime) -> tuple[UUID, bool]:
    """The person whose address was just proven, made if need be: (id, whether they are new).

    Without a name they are called by what stands before the @ until they say otherwise.
    """
    person_id = uuid7()
    found = await store.arrive(tx, person_id, email, email_key(email), name or _name_from(email), now)
    return found, found == person_id


def _name_from(email: str) -> str:
    local = email.rpartition("@")[0].partition("+")[0]
    try:
        return checked_name(local.replace(".", " ").replace("_", " ").title()[:NAME_MOST])
    except NameMissing:
        return "Guest"


async def rename(tx: Transaction, person_id: UUID, name: str) -> None:
    """Give the person another name, already checked. Raises `NotSignedIn` when they are gone."""
    if not await store.rename(tx, person_id, name):
        raise NotSignedIn
