"""Giving back single places of a hold that is sold. Its pools are locked by the caller."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.inventory.store import IDS
from admitone.plumbing.database import Transaction

_GIVE_BACK = text(
    """
    WITH asked AS (
        SELECT hold_id, type_id, sum(quantity)::int AS quantity, sum(kept)::int AS kept
        FROM unnest(:hold_ids, :type_ids, CAST(:quantities AS int[]), CAST(:kept AS int[]))
            AS asked (hold_id, type_id, quantity, kept)
        GROUP BY hold_id, type_id
    ), less AS (
        UPDATE inventory_hold_line AS line
        SET quantity = line.quantity - asked.quantity, kept = line.kept + asked.kept
        FROM asked, inventory_hold AS hold
        WHERE line.hold_id = asked.hold_id AND line.ticket_type_id = asked.type_id AND hold.id = line.hold_id
          AND hold.state = 'sold' AND line.quantity > asked.quantity + line.kept + asked.kept - 1
          AND line.quantity > asked.quantity
        RETURNING line.hold_id, line.ticket_type_id, line.pool_id, asked.quantity
    ), gone AS (
        DELETE FROM inventory_hold_line AS line USING asked, inventory_hold AS hold
        WHERE line.hold_id = asked.hold_id AND line.ticket_type_id = asked.type_id AND hold.id = line.hold_id
          AND hold.state = 'sold' AND line.quantity = asked.quantity AND line.kept = 0 AND asked.kept = 0
        RETURNING line.hold_id, line.ticket_type_id, line.pool_id, asked.quantity
    ), back AS (
        SELECT * FROM less UNION ALL SELECT * FROM gone
    ), moved AS (
        UPDATE inventory_pool AS pool SET sold = pool.sold - places.quantity
        FROM (SELECT pool_id, sum(quantity)::int AS quantity FROM back GROUP BY pool_id) AS places
        WHERE pool.id = places.pool_id AND places.quantity > 0
    )
    SELECT DISTINCT hold_id, ticket_type_id FROM back
    """
).bindparams(bindparam("hold_ids", type_=IDS), bindparam("type_ids", type_=IDS))


async def give_back(tx: Transaction, units: Sequence[tuple[UUID, UUID, int, int]]) -> set[tuple[UUID, UUID]]:
    """For each (hold, ticket type, quantity, kept): so many sold places return to their pools (locked before), and so
    many more stay sold without a ticket. The (hold, type) pairs for which that could be.
    """
    rows = await tx.execute(
        _GIVE_BACK,
        {
            "hold_ids": [one[0] for one in units],
            "type_ids": [one[1] for one in units],
            "quantities": [one[2] for one in units],
            "kept": [one[3] for one in units],
        },
    )
    return {(row.hold_id, row.ticket_type_id) for row in rows}
