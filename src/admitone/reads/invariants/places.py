"""Places: what the pools say, what holds, orders and tickets say."""

from admitone.reads.invariants.invariant import Invariant

INVENTORY = (
    Invariant(
        "I-1 capacity",
        "held and sold are not negative and never more than the capacity",
        "SELECT 'pool ' || id FROM inventory_pool WHERE held < 0 OR sold < 0 OR held + sold > capacity",
    ),
    Invariant(
        "I-2 recount",
        "a pool's counters equal the places of its holds",
        """
        SELECT 'pool ' || p.id || ' held ' || p.held || '/' || coalesce(c.held, 0)
            || ' sold ' || p.sold || '/' || coalesce(c.sold, 0)
        FROM inventory_pool p LEFT JOIN (
            SELECT l.pool_id, sum(l.quantity) FILTER (WHERE h.state IN ('active', 'claimed')) AS held,
                   sum(l.quantity) FILTER (WHERE h.state = 'sold') AS sold
            FROM inventory_hold h JOIN inventory_hold_line l ON l.hold_id = h.id GROUP BY l.pool_id
        ) c ON c.pool_id = p.id
        WHERE p.held <> coalesce(c.held, 0) OR p.sold <> coalesce(c.sold, 0)
        """,
    ),
    Invariant(
        "I-2 tickets",
        "as many valid tickets of a type as places sold for it, but for those kept without one",
        """
        SELECT 'ticket type ' || coalesce(s.id, t.id) || ' sold ' || coalesce(s.n, 0) || ' tickets ' || coalesce(t.n, 0)
        FROM (
            SELECT ticket_type_id AS id, sum(quantity) AS n FROM (
                SELECT l.hold_id, l.ticket_type_id, max(l.quantity - l.kept) AS quantity
                FROM inventory_hold h JOIN inventory_hold_line l ON l.hold_id = h.id
                WHERE h.state = 'sold' GROUP BY l.hold_id, l.ticket_type_id
            ) x GROUP BY ticket_type_id
        ) s FULL JOIN (
            SELECT ticket_type_id AS id, count(*) AS n FROM tickets_ticket WHERE state = 'valid' GROUP BY ticket_type_id
        ) t ON t.id = s.id
        WHERE coalesce(s.n, 0) <> coalesce(t.n, 0)
        """,
    ),
    Invariant(
        "I-4 holds and orders",
        "a hold and its order agree: pending-claimed, paid-sold, expired-expired, cancelled-released",
        """
        SELECT 'order ' || o.id || ' ' || o.state || ' hold ' || h.state
        FROM orders_order o JOIN inventory_hold h ON h.id = o.hold_id
        WHERE h.order_id IS DISTINCT FROM o.id OR h.state <> CASE o.state
            WHEN 'pending' THEN 'claimed' WHEN 'paid' THEN 'sold' WHEN 'expired' THEN 'expired' ELSE 'released' END
        AND NOT (o.state = 'cancelled' AND h.state = 'sold' AND NOT EXISTS (
            SELECT FROM inventory_hold_line l WHERE l.hold_id = h.id AND l.kept < l.quantity))
        """,
    ),
    Invariant(
        "I-4 no orphan",
        "a claimed or sold hold has its order",
        """
        SELECT 'hold ' || h.id FROM inventory_hold h
        WHERE h.state IN ('claimed', 'sold') AND NOT EXISTS (SELECT FROM orders_order o WHERE o.hold_id = h.id)
        """,
    ),
    Invariant(
        "I-5 limits",
        "what a buyer is counted to have equals the pending and paid orders of that address",
        """
        SELECT 'allowance ' || a.ticket_type_id || ' ' || a.taken || '/' || coalesce(c.n, 0)
        FROM orders_allowance a LEFT JOIN (
            SELECT l.ticket_type_id, o.email_key, sum(l.quantity - l.cancelled) AS n
            FROM orders_order o JOIN orders_line l ON l.order_id = o.id
            WHERE o.state IN ('pending', 'paid') AND l.kind <> 'donation' GROUP BY 1, 2
        ) c ON c.ticket_type_id = a.ticket_type_id AND c.email_key = a.email_key
        WHERE a.taken <> coalesce(c.n, 0)
        """,
    ),
)
