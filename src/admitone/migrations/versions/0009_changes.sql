-- Refund decisions, event-wide refunds, changes of orders.
SELECT 1;
