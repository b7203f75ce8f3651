"""Links mailed to an address: whoever presses the button behind one has read that mailbox.

A link works once, for 20 minutes. Using it is one conditional UPDATE: of any number of presses at once, one
wins. Looking at the page behind it changes nothing, because mail scanners open links too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from admitone.accounts import store
from admitone.accounts.refusals import LinkExpired, LinkNotFound, LinkUsed
from admitone.accounts.tokens import hash_of, new_token
from admitone.plumbing.database import Reader, Transaction
from admitone.values.contact import email_key

LINK_MINUTES = 20


class Purpose(StrEnum):
    """What the link was asked for."""

    SIGN_IN = "sign_in"
    REGISTER = "register"
    FIND_TICKETS = "find_tickets"


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that is about to be mailed.

    `token` is in the letter and nowhere else; `token_hash` names the link.
    """

    token: str
    token_hash: bytes

    def __repr__(self) -> str:
        return f"NewLink(token_hash={self.token_hash.hex()!r})"


@dataclass(frozen=True, slots=True)
class UsableLink:
    """What a link is for. `name` is what the person called themselves when they asked, if they did."""

    purpose: Purpose
    email: str
    email_key: str
    name: str | None


async def make_link(
    tx: Transaction, purpose: Purpose, email: str, name: str | None, now: datetime
) -> NewLink:
    """Keep a new link to this address (as `valid_email` returns it)."""
    token = new_token()
    link = NewLink(token, hash_of(token))
    until = now + timedelta(minutes=LINK_MINUTES)
    await store.insert_link(tx, link.token_hash, purpose.value, email, email_key(email), name, now, until)
    return link


async def look_at_link(reader: Reader, token: str, now: datetime) -> UsableLink:
    """What the link would do, without using it. Raises `LinkNotFound`, `LinkUsed`, `LinkExpired`."""
    row = await store.link(reader, hash_of(token))
    if row is None:
        raise LinkNotFound
    if row.used_at is not None:
        raise LinkUsed
    if row.valid_until <= now:
        raise LinkExpired
    return UsableLink(Purpose(row.purpose), row.email, row.email_key, row.name)


async def use_link(tx: Transaction, token: str, now: datetime) -> UsableLink:
    """Use the link up. Raises `LinkNotFound`, `LinkUsed`, `LinkExpired`."""
    row = await store.use_link(tx, hash_of(token), now)
    if row is None:
        await look_at_link(tx, token, now)
        raise LinkUsed
    return UsableLink(Purpose(row.purpose), row.email, row.email_key, row.name)
