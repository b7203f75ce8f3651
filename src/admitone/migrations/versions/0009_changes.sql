-- Refund decisions, event-wide refunds, changes of orders.
ALTER TABLE events_event ADD COLUMN refund_policy JSONB;

CREATE TABLE orders_reversal (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    by_whom TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    sent_to TEXT NOT NULL,
    keeps_places BOOLEAN NOT NULL,
    organiser_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_orders_reversal PRIMARY KEY (id),
    CONSTRAINT fk_orders_reversal_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT ck_orders_reversal_by_whom CHECK (by_whom IN ('buyer', 'organiser')),
    CONSTRAINT ck_orders_reversal_sent_to CHECK (sent_to IN ('original', 'credit')),
    CONSTRAINT ck_orders_reversal_amounts CHECK (organiser_minor >= 0 AND fee_minor >= 0 AND tax_minor >= 0)
);
CREATE INDEX ix_orders_reversal_order_id ON orders_reversal (order_id, id);

CREATE TABLE orders_reversal_unit (
    reversal_id UUID NOT NULL,
    order_line_id UUID NOT NULL,
    unit INTEGER NOT NULL,
    is_cancelled BOOLEAN NOT NULL,
    price_minor BIGINT NOT NULL,
    price_tax_minor BIGINT NOT NULL,
    fees_minor BIGINT NOT NULL,
    fees_tax_minor BIGINT NOT NULL,
    site_on_top_minor BIGINT NOT NULL,
    site_inside_minor BIGINT NOT NULL,
    CONSTRAINT pk_orders_reversal_unit PRIMARY KEY (reversal_id, order_line_id, unit),
    CONSTRAINT fk_orders_reversal_unit_reversal_id FOREIGN KEY(reversal_id) REFERENCES orders_reversal (id),
    CONSTRAINT fk_orders_reversal_unit_order_line_id FOREIGN KEY(order_line_id) REFERENCES orders_line (id),
    CONSTRAINT ck_orders_reversal_unit_unit CHECK (unit > 0),
    CONSTRAINT ck_orders_reversal_unit_taxes
        CHECK (price_tax_minor BETWEEN 0 AND price_minor AND fees_tax_minor BETWEEN 0 AND fees_minor),
    CONSTRAINT ck_orders_reversal_unit_site CHECK (site_on_top_minor >= 0 AND site_inside_minor >= 0)
);
CREATE INDEX ix_orders_reversal_unit_order_line_id ON orders_reversal_unit (order_line_id, unit);
-- A unit is cancelled once, whoever asks at the same moment.
CREATE UNIQUE INDEX uq_orders_reversal_unit_cancelled ON orders_reversal_unit (order_line_id, unit) WHERE is_cancelled;

CREATE TRIGGER orders_reversal_rows BEFORE UPDATE OR DELETE ON orders_reversal
    FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER orders_reversal_truncate BEFORE TRUNCATE ON orders_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE orders_reversal ENABLE ALWAYS TRIGGER orders_reversal_rows;
ALTER TABLE orders_reversal ENABLE ALWAYS TRIGGER orders_reversal_truncate;
CREATE TRIGGER orders_reversal_unit_rows BEFORE UPDATE OR DELETE ON orders_reversal_unit
    FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER orders_reversal_unit_truncate BEFORE TRUNCATE ON orders_reversal_unit
    FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE orders_reversal_unit ENABLE ALWAYS TRIGGER orders_reversal_unit_rows;
ALTER TABLE orders_reversal_unit ENABLE ALWAYS TRIGGER orders_reversal_unit_truncate;
