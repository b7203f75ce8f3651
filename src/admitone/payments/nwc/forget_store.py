"""The SQL of forgetting whose something was, when a person's account is deleted."""

from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Transaction


async def forget_person(tx: Transaction, person_id: UUID) -> None:
    """Nothing names this person any more. Their connection has ended; what wallets were asked to pay stays.

    An order that their wallet was to pay at once is brought to its UMA address, or waits for its buyer.
    """
    values = {"person_id": person_id}
    await tx.execute(
        text("UPDATE payments_wallet_connection SET person_id = NULL WHERE person_id = :person_id"), values
    )
    await tx.execute(
        text("DELETE FROM payments_at_once WHERE person_id = :person_id AND uma_address IS NULL"), values
    )
    await tx.execute(
        text("UPDATE payments_at_once SET person_id = NULL WHERE person_id = :person_id"), values
    )
