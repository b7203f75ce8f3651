"""The SQL of an account that ends."""

from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Transaction


async def lock_leaving(tx: Transaction, person_id: UUID) -> tuple[str, bool] | None:
    """The person's address and whether they run the site, locked against everything that would name them."""
    rows = await tx.execute(
        text("SELECT email, is_operator FROM accounts_person WHERE id = :id FOR UPDATE"), {"id": person_id}
    )
    row = rows.one_or_none()
    return None if row is None else (row.email, row.is_operator)


async def delete_person(tx: Transaction, person_id: UUID) -> None:
    """Delete the person. Sessions and wallets' keys go with them (by their foreign keys), and so do links that were
    mailed to their address and invitations they have sent, used or not; orders name nobody in their place.
    """
    values = {"id": person_id}
    await tx.execute(
        text(
            "DELETE FROM accounts_mailed_link USING accounts_person AS person"
            " WHERE person.id = :id AND accounts_mailed_link.email_key = person.email_key"
        ),
        values,
    )
    await tx.execute(text("DELETE FROM accounts_invitation WHERE invited_by = :id"), values)
    await tx.execute(text("DELETE FROM accounts_person WHERE id = :id"), values)
