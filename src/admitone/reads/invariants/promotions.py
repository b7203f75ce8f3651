"""Promo codes: what their counters say, what was redeemed, what the orders say."""

from admitone.reads.invariants.invariant import Invariant

PROMOTIONS = (
    Invariant(
        "promo codes recount",
        "a promo code's uses and tickets equal those of its redemptions that count",
        """
        SELECT 'promo code ' || c.id || ' uses ' || c.uses || '/' || coalesce(r.uses, 0)
            || ' tickets ' || c.tickets || '/' || coalesce(r.tickets, 0)
        FROM promotions_code AS c LEFT JOIN (
            SELECT code_id, count(*) AS uses, sum(tickets) AS tickets
            FROM promotions_redemption WHERE is_counted GROUP BY code_id
        ) AS r ON r.code_id = c.id
        WHERE c.uses <> coalesce(r.uses, 0) OR c.tickets <> coalesce(r.tickets, 0)
        """,
    ),
    Invariant(
        "promo codes limit",
        "a promo code is never used more often than its limit",
        """
        SELECT 'promo code ' || id FROM promotions_code
        WHERE CASE limit_unit WHEN 'orders' THEN uses ELSE tickets END > total_limit
        """,
    ),
    Invariant(
        "promo codes and orders",
        "a redemption and its order agree: pending-reserved, paid-used, else given back; and on what came off",
        """
        SELECT 'order ' || o.id || ' ' || o.state || ' promo code ' || r.code_id || ' ' || r.state
        FROM promotions_redemption AS r JOIN orders_order AS o ON o.id = r.order_id
        WHERE r.state <> CASE o.state WHEN 'pending' THEN 'reserved' WHEN 'paid' THEN 'used' ELSE 'given_back' END
            OR r.currency <> o.currency OR r.event_id <> o.event_id OR r.organiser_id <> o.organiser_id
            OR r.off_minor <> (
                SELECT sum((used ->> 'off_minor')::bigint)
                FROM jsonb_array_elements(o.quote -> 'codes') AS used
                JOIN promotions_code AS c ON c.id = r.code_id AND c.code = used ->> 'code'
            )
        """,
    ),
    Invariant(
        "promo codes of orders",
        "an order has as many redemptions as its price has promo codes",
        """
        SELECT 'order ' || o.id FROM orders_order AS o
        WHERE jsonb_typeof(o.quote -> 'codes') = 'array' AND o.quote -> 'codes' <> '[]'
            AND jsonb_array_length(o.quote -> 'codes')
                <> (SELECT count(*) FROM promotions_redemption AS r WHERE r.order_id = o.id)
        """,
    ),
)
