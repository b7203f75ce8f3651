-- Store credit: gifts, and refunds left with an organiser; what orders took of it; payments that became credit.
CREATE TABLE payments_credit (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    currency TEXT NOT NULL,
    is_test BOOLEAN NOT NULL,
    source TEXT NOT NULL,
    funding TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    given_minor BIGINT NOT NULL,
    balance_minor BIGINT NOT NULL,
    ended_minor BIGINT DEFAULT 0 NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    email TEXT,
    note TEXT DEFAULT '' NOT NULL,
    batch_id UUID,
    order_id UUID,
    cause_id UUID,
    code_digest BYTEA NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    voided_at TIMESTAMP WITH TIME ZONE,
    voided_by TEXT,
    CONSTRAINT pk_payments_credit PRIMARY KEY (id),
    CONSTRAINT uq_payments_credit_code_digest UNIQUE (code_digest),
    CONSTRAINT uq_payments_credit_cause_id UNIQUE (cause_id),
    CONSTRAINT ck_payments_credit_source CHECK (source IN ('refund', 'gift')),
    CONSTRAINT ck_payments_credit_funding CHECK (funding IN ('gifts', 'pending', 'direct')),
    CONSTRAINT ck_payments_credit_gifts_are_gifts CHECK ((source = 'gift') = (funding = 'gifts')),
    CONSTRAINT ck_payments_credit_state CHECK (state IN ('open', 'void')),
    CONSTRAINT ck_payments_credit_given CHECK (given_minor > 0),
    CONSTRAINT ck_payments_credit_balance CHECK (balance_minor >= 0 AND balance_minor + ended_minor <= given_minor),
    CONSTRAINT ck_payments_credit_ended CHECK (ended_minor >= 0),
    CONSTRAINT ck_payments_credit_refunds_stay CHECK (source = 'gift' OR (state = 'open' AND ended_minor = 0)),
    CONSTRAINT fk_payments_credit_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_payments_credit_order_id FOREIGN KEY (order_id) REFERENCES orders_order (id)
);

CREATE INDEX ix_payments_credit_organiser_id_created_at ON payments_credit (organiser_id, created_at, id);

CREATE INDEX ix_payments_credit_batch_id ON payments_credit (batch_id) WHERE batch_id IS NOT NULL;

CREATE INDEX ix_payments_credit_order_id ON payments_credit (order_id) WHERE order_id IS NOT NULL;

CREATE INDEX ix_payments_credit_ending ON payments_credit (expires_at) WHERE balance_minor > 0 AND (expires_at IS NOT NULL OR state = 'void');

CREATE TABLE payments_credit_use (
    id UUID NOT NULL,
    credit_id UUID NOT NULL,
    order_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    returned_minor BIGINT DEFAULT 0 NOT NULL,
    state TEXT NOT NULL,
    set_aside_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_credit_use PRIMARY KEY (id),
    CONSTRAINT ck_payments_credit_use_state CHECK (state IN ('set_aside', 'used', 'returned')),
    CONSTRAINT ck_payments_credit_use_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_credit_use_returned CHECK (returned_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_payments_credit_use_returned_whole CHECK ((state = 'returned') <= (returned_minor = amount_minor)),
    CONSTRAINT ck_payments_credit_use_set_aside_whole CHECK ((state = 'set_aside') <= (returned_minor = 0)),
    CONSTRAINT fk_payments_credit_use_credit_id FOREIGN KEY (credit_id) REFERENCES payments_credit (id),
    CONSTRAINT fk_payments_credit_use_order_id FOREIGN KEY (order_id) REFERENCES orders_order (id)
);

CREATE INDEX ix_payments_credit_use_order_id ON payments_credit_use (order_id);

CREATE INDEX ix_payments_credit_use_credit_id ON payments_credit_use (credit_id);

CREATE UNIQUE INDEX uq_payments_credit_use_set_aside ON payments_credit_use (order_id, credit_id) WHERE state = 'set_aside';

CREATE TABLE payments_credit_part (
    credit_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    CONSTRAINT pk_payments_credit_part PRIMARY KEY (credit_id, attempt_id),
    CONSTRAINT ck_payments_credit_part_amount CHECK (amount_minor > 0),
    CONSTRAINT fk_payments_credit_part_credit_id FOREIGN KEY (credit_id) REFERENCES payments_credit (id),
    CONSTRAINT fk_payments_credit_part_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_attempt (id)
);

CREATE INDEX ix_payments_credit_part_attempt_id ON payments_credit_part (attempt_id);

CREATE TABLE payments_credit_terms (
    organiser_id UUID NOT NULL,
    is_offered BOOLEAN NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_credit_terms PRIMARY KEY (organiser_id),
    CONSTRAINT fk_payments_credit_terms_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);
