"""The SQL of sellers' details."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from admitone.invoices.tables import SellerRow
from admitone.plumbing.database import Reader, Transaction

_TABLE = SellerRow.__table__


async def find(reader: Reader, organiser_id: UUID) -> dict[str, Any] | None:
    """The row, by column."""
    row = (await reader.execute(select(_TABLE).where(SellerRow.organiser_id == organiser_id))).one_or_none()
    return None if row is None else dict(row._mapping)


async def save(tx: Transaction, row: Mapping[str, object]) -> None:
    """Write the row, or over the one that is there."""
    written = insert(SellerRow).values(dict(row))
    kept = {name: value for name, value in row.items() if name != "organiser_id"}
    await tx.execute(written.on_conflict_do_update(index_elements=["organiser_id"], set_=kept))
