"""A person and their password: signing in with it, setting it, replacing it.

Checking takes time and must not hold a transaction, so each change names the hash that was checked: if that
was replaced meanwhile, the change does not happen.
"""

from uuid import UUID

from admitone.accounts import store
from admitone.accounts.refusals import WrongPassword
from admitone.accounts.store import Credentials
from admitone.plumbing.database import Reader, Transaction
from admitone.values.contact import email_key


async def credentials(reader: Reader, email: str) -> Credentials | None:
    """What a password for this address is checked against; None when nobody has it."""
    return await store.credentials(reader, email_key(email))


async def credentials_of(reader: Reader, person_id: UUID) -> Credentials | None:
    """What a password of this person is checked against."""
    return await store.credentials_of(reader, person_id)


async def accept_password(tx: Transaction, person_id: UUID, checked_hash: str, new_hash: str | None) -> None:
    """Hold the checked password still until the session exists, and bring its hash up to date if `new_hash`
    is given.

    Raises `WrongPassword` when it was replaced since it was checked.
    """
    if new_hash is None:
        stands = await store.keep_password(tx, person_id, checked_hash)
    else:
        stands = await store.replace_password(tx, person_id, checked_hash, new_hash)
    if not stands:
        raise WrongPassword


async def set_password(tx: Transaction, person_id: UUID, checked_hash: str | None, new_hash: str) -> None:
    """Replace the password that was checked (None: there was none).

    Raises `WrongPassword` when it changed since.
    """
    if not await store.replace_password(tx, person_id, checked_hash, new_hash):
        raise WrongPassword
