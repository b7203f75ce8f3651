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

CREATE TABLE orders_bulk_run (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    event_id UUID NOT NULL,
    kind TEXT NOT NULL,
    wish JSONB NOT NULL,
    currency TEXT NOT NULL,
    estimate_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER DEFAULT '0' NOT NULL,
    skipped INTEGER DEFAULT '0' NOT NULL,
    failed INTEGER DEFAULT '0' NOT NULL,
    after_id UUID,
    actor TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    touched_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_orders_bulk_run PRIMARY KEY (id),
    CONSTRAINT fk_orders_bulk_run_event_id
        FOREIGN KEY(event_id, organiser_id) REFERENCES events_event (id, organiser_id),
    CONSTRAINT ck_orders_bulk_run_kind CHECK (kind IN ('cancel_event', 'cancel_tickets', 'goodwill')),
    CONSTRAINT ck_orders_bulk_run_state CHECK (state IN ('waiting', 'declined', 'running', 'paused', 'done')),
    CONSTRAINT ck_orders_bulk_run_counts CHECK (total >= 0 AND done >= 0 AND skipped >= 0 AND failed >= 0),
    CONSTRAINT ck_orders_bulk_run_done_has_time CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE INDEX ix_orders_bulk_run_event_id ON orders_bulk_run (event_id, id);
CREATE INDEX ix_orders_bulk_run_running ON orders_bulk_run (touched_at) WHERE state = 'running';
-- An event is called off once, and so are its orders.
CREATE UNIQUE INDEX uq_orders_bulk_run_cancel_event ON orders_bulk_run (event_id) WHERE kind = 'cancel_event';

CREATE TABLE orders_bulk_item (
    run_id UUID NOT NULL,
    order_id UUID NOT NULL,
    outcome TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    reversal_id UUID,
    reason TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_orders_bulk_item PRIMARY KEY (run_id, order_id),
    CONSTRAINT fk_orders_bulk_item_run_id FOREIGN KEY(run_id) REFERENCES orders_bulk_run (id),
    CONSTRAINT fk_orders_bulk_item_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT ck_orders_bulk_item_outcome CHECK (outcome IN ('done', 'skipped', 'failed')),
    CONSTRAINT ck_orders_bulk_item_amount CHECK (amount_minor >= 0)
);
CREATE INDEX ix_orders_bulk_item_failed ON orders_bulk_item (run_id, order_id) WHERE outcome = 'failed';

CREATE TABLE accounts_approval_limit (
    organiser_id UUID NOT NULL,
    currency TEXT NOT NULL,
    refund_minor BIGINT,
    payout_minor BIGINT,
    CONSTRAINT pk_accounts_approval_limit PRIMARY KEY (organiser_id, currency),
    CONSTRAINT fk_accounts_approval_limit_organiser_id
        FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_accounts_approval_limit_amounts CHECK (refund_minor >= 0 AND payout_minor >= 0)
);

CREATE TABLE accounts_approval (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    words TEXT NOT NULL,
    intent JSONB NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    asked_by UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts_approval PRIMARY KEY (id),
    CONSTRAINT fk_accounts_approval_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_accounts_approval_state CHECK (state IN ('waiting', 'approved', 'declined', 'done')),
    CONSTRAINT ck_accounts_approval_amount CHECK (amount_minor >= 0),
    CONSTRAINT ck_accounts_approval_decided
        CHECK ((state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_accounts_approval_four_eyes CHECK (state = 'declined' OR decided_by <> asked_by)
);
CREATE INDEX ix_accounts_approval_organiser_id ON accounts_approval (organiser_id, id);
-- One question about one thing at a time.
CREATE UNIQUE INDEX uq_accounts_approval_subject ON accounts_approval (organiser_id, kind, subject)
    WHERE state IN ('waiting', 'approved');
