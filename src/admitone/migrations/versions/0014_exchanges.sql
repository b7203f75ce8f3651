-- Tickets are changed for others, and orders add to orders.
ALTER TABLE orders_order ADD COLUMN exchanged_minor BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE orders_order ADD CONSTRAINT ck_orders_order_exchanged
    CHECK (exchanged_minor BETWEEN 0 AND total_minor) NOT VALID;
ALTER TABLE orders_reversal ADD COLUMN exchanged_minor BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE orders_reversal ADD CONSTRAINT ck_orders_reversal_exchanged
    CHECK (exchanged_minor BETWEEN 0 AND organiser_minor + fee_minor + tax_minor) NOT VALID;
ALTER TABLE events_event ADD COLUMN change_policy JSONB;

CREATE TABLE orders_exchange (
    order_id UUID NOT NULL,
    from_order_id UUID NOT NULL,
    worth_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    fee_each_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    actor TEXT NOT NULL,
    reversal_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_orders_exchange PRIMARY KEY (order_id),
    CONSTRAINT fk_orders_exchange_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_orders_exchange_from_order_id FOREIGN KEY(from_order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_orders_exchange_reversal_id FOREIGN KEY(reversal_id) REFERENCES orders_reversal (id),
    CONSTRAINT uq_orders_exchange_reversal_id UNIQUE (reversal_id),
    CONSTRAINT ck_orders_exchange_state CHECK (state IN ('open', 'done', 'gone')),
    CONSTRAINT ck_orders_exchange_by_whom CHECK (by_whom IN ('buyer', 'organiser')),
    CONSTRAINT ck_orders_exchange_amounts CHECK (fee_each_minor >= 0 AND fee_minor BETWEEN 0 AND worth_minor),
    CONSTRAINT ck_orders_exchange_ended CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT ck_orders_exchange_done CHECK ((state = 'done') = (reversal_id IS NOT NULL))
);
CREATE INDEX ix_orders_exchange_from_order_id ON orders_exchange (from_order_id);

CREATE TABLE orders_exchange_unit (
    order_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    unit INTEGER NOT NULL,
    ticket_id UUID NOT NULL,
    is_open BOOLEAN NOT NULL,
    CONSTRAINT pk_orders_exchange_unit PRIMARY KEY (order_id, order_line_id, unit),
    CONSTRAINT fk_orders_exchange_unit_order_id FOREIGN KEY(order_id) REFERENCES orders_exchange (order_id),
    CONSTRAINT fk_orders_exchange_unit_order_line_id FOREIGN KEY(order_line_id) REFERENCES orders_line (id),
    CONSTRAINT ck_orders_exchange_unit_unit CHECK (unit > 0)
);
-- A ticket is being changed for one other at a time.
CREATE UNIQUE INDEX uq_orders_exchange_unit_open ON orders_exchange_unit (order_line_id, unit) WHERE is_open;
