-- Checks that 0014 added to filled tables.
ALTER TABLE orders_order VALIDATE CONSTRAINT ck_orders_order_exchanged;
ALTER TABLE orders_reversal VALIDATE CONSTRAINT ck_orders_reversal_exchanged;
