"""The order with this code, whosever it is: for somebody who wants to pay it and has read its code."""

from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader

_FIND = text("SELECT id FROM orders_order WHERE code = :code AND state = 'pending'")


async def pending_by_code(reader: Reader, code: str) -> UUID | None:
    """Its id, if it waits for money; `code` as `values.ids.normalise_code` gives it."""
    found: UUID | None = (await reader.execute(_FIND, {"code": code})).scalar_one_or_none()
    return found
