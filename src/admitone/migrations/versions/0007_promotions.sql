-- Promo codes and what was redeemed.
CREATE TABLE promotions_batch (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    prefix TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotions_batch PRIMARY KEY (id),
    CONSTRAINT ck_promotions_batch_quantity CHECK (quantity > 0),
    CONSTRAINT fk_promotions_batch_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);
CREATE INDEX ix_promotions_batch_organiser_id ON promotions_batch (organiser_id);

CREATE TABLE promotions_code (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    batch_id UUID,
    code TEXT NOT NULL,
    code_key TEXT NOT NULL,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    event_ids UUID[],
    type_ids UUID[],
    unlocked_type_ids UUID[] NOT NULL,
    includes_bundles BOOLEAN NOT NULL,
    effect TEXT NOT NULL,
    percent_bps BIGINT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT,
    quantity_min BIGINT NOT NULL,
    quantity_max BIGINT,
    is_combinable BOOLEAN NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_until TIMESTAMP WITH TIME ZONE,
    total_limit BIGINT,
    per_person_limit BIGINT,
    limit_unit TEXT NOT NULL,
    uses BIGINT NOT NULL,
    tickets BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotions_code PRIMARY KEY (id),
    CONSTRAINT uq_promotions_code_organiser_id_code_key UNIQUE (organiser_id, code_key),
    CONSTRAINT ck_promotions_code_state CHECK (state IN ('active', 'paused')),
    CONSTRAINT ck_promotions_code_effect
        CHECK (effect IN ('free', 'fixed_price', 'percent', 'off_ticket', 'off_order', 'unlock')),
    CONSTRAINT ck_promotions_code_percent CHECK (percent_bps >= 0 AND percent_bps <= 10000),
    CONSTRAINT ck_promotions_code_amount CHECK (amount_minor >= 0 AND (amount_minor = 0 OR currency IS NOT NULL)),
    CONSTRAINT ck_promotions_code_quantity CHECK (quantity_min > 0 AND quantity_min <= quantity_max),
    CONSTRAINT ck_promotions_code_window CHECK (valid_from < valid_until),
    CONSTRAINT ck_promotions_code_limit_unit CHECK (limit_unit IN ('orders', 'tickets')),
    CONSTRAINT ck_promotions_code_limits CHECK (total_limit > 0 AND per_person_limit > 0),
    CONSTRAINT ck_promotions_code_counters CHECK (uses >= 0 AND tickets >= 0),
    CONSTRAINT ck_promotions_code_within_limit
        CHECK (CASE limit_unit WHEN 'orders' THEN uses ELSE tickets END <= total_limit),
    CONSTRAINT fk_promotions_code_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_promotions_code_batch_id FOREIGN KEY (batch_id) REFERENCES promotions_batch (id)
);
CREATE INDEX ix_promotions_code_batch_id ON promotions_code (batch_id) WHERE batch_id IS NOT NULL;

CREATE TABLE promotions_redemption (
    order_id UUID NOT NULL,
    code_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    event_id UUID NOT NULL,
    email_key TEXT NOT NULL,
    currency TEXT NOT NULL,
    tickets BIGINT NOT NULL,
    off_minor BIGINT NOT NULL,
    state TEXT NOT NULL,
    is_counted BOOLEAN NOT NULL,
    redeemed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_promotions_redemption PRIMARY KEY (order_id, code_id),
    CONSTRAINT ck_promotions_redemption_state CHECK (state IN ('reserved', 'used', 'given_back')),
    CONSTRAINT ck_promotions_redemption_given_back_counts_not CHECK (state <> 'given_back' OR NOT is_counted),
    CONSTRAINT ck_promotions_redemption_amounts CHECK (tickets >= 0 AND off_minor >= 0),
    -- The order is written after its codes are counted, in the same transaction.
    CONSTRAINT fk_promotions_redemption_order_id FOREIGN KEY (order_id) REFERENCES orders_order (id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_promotions_redemption_code_id FOREIGN KEY (code_id) REFERENCES promotions_code (id),
    CONSTRAINT fk_promotions_redemption_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_promotions_redemption_event_id FOREIGN KEY (event_id) REFERENCES events_event (id)
);
CREATE INDEX ix_promotions_redemption_code_id_email_key ON promotions_redemption (code_id, email_key);
