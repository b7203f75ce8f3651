-- What providers' own books say, held against ours; what waits for a person; disputes.

-- A run of reconciliation over one account, with what it found.
CREATE TABLE payments_reconciliation (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    counts JSONB NOT NULL,
    differences JSONB NOT NULL,
    balances JSONB NOT NULL,
    error TEXT,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_reconciliation PRIMARY KEY (id),
    CONSTRAINT fk_payments_reconciliation_account_id FOREIGN KEY(account_id) REFERENCES payments_account (id),
    CONSTRAINT ck_payments_reconciliation_state CHECK (state IN ('running', 'done', 'failed')),
    CONSTRAINT ck_payments_reconciliation_ended CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE INDEX ix_payments_reconciliation_account_id ON payments_reconciliation (account_id, until);
-- One at a time for each account.
CREATE UNIQUE INDEX uq_payments_reconciliation_running ON payments_reconciliation (account_id) WHERE state = 'running';

-- A line of a provider's books, as it was read; `explained_as` is why it is there, NULL while nobody knows.
CREATE TABLE payments_movement (
    account_id UUID NOT NULL,
    ref TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    about_ref TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    explained_as TEXT,
    explained_id UUID,
    CONSTRAINT pk_payments_movement PRIMARY KEY (account_id, ref),
    CONSTRAINT fk_payments_movement_account_id FOREIGN KEY(account_id) REFERENCES payments_account (id),
    CONSTRAINT ck_payments_movement_explained_as CHECK (explained_as IN
        ('attempt', 'refund', 'dispute', 'payout', 'bank', 'fee', 'opening', 'connected'))
);
CREATE INDEX ix_payments_movement_unexplained ON payments_movement (account_id) WHERE explained_as IS NULL;
CREATE INDEX ix_payments_movement_explained_id ON payments_movement (explained_id) WHERE explained_id IS NOT NULL;

-- Something about money that a person has to look at, once for each thing it is about.
CREATE TABLE payments_case (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    organiser_id UUID,
    kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    currency TEXT,
    amount_minor BIGINT,
    detail TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by TEXT,
    CONSTRAINT pk_payments_case PRIMARY KEY (id),
    CONSTRAINT fk_payments_case_account_id FOREIGN KEY(account_id) REFERENCES payments_account (id),
    CONSTRAINT fk_payments_case_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_payments_case_closed CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE UNIQUE INDEX uq_payments_case_account_id_kind_ref ON payments_case (account_id, kind, ref);
CREATE INDEX ix_payments_case_open ON payments_case (organiser_id, opened_at) WHERE closed_at IS NULL;

-- A buyer's bank takes money back, or wants to. `held_minor` is what the organiser cannot count on meanwhile.
CREATE TABLE payments_dispute (
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    ref TEXT NOT NULL,
    attempt_id UUID NOT NULL,
    order_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    reason TEXT NOT NULL,
    answer_by TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    held_minor BIGINT NOT NULL,
    answering_at TIMESTAMP WITH TIME ZONE,
    answered_by TEXT,
    CONSTRAINT pk_payments_dispute PRIMARY KEY (id),
    CONSTRAINT fk_payments_dispute_account_id FOREIGN KEY(account_id) REFERENCES payments_account (id),
    CONSTRAINT fk_payments_dispute_attempt_id FOREIGN KEY(attempt_id) REFERENCES payments_attempt (id),
    CONSTRAINT fk_payments_dispute_order_id FOREIGN KEY(order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_payments_dispute_organiser_id FOREIGN KEY(organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_payments_dispute_state CHECK (state IN ('open', 'answered', 'won', 'lost')),
    CONSTRAINT ck_payments_dispute_amounts CHECK (amount_minor >= 0 AND held_minor >= 0)
);
CREATE UNIQUE INDEX uq_payments_dispute_account_id_ref ON payments_dispute (account_id, ref);
CREATE INDEX ix_payments_dispute_attempt_id ON payments_dispute (attempt_id);
CREATE INDEX ix_payments_dispute_order_id ON payments_dispute (order_id);
CREATE INDEX ix_payments_dispute_organiser_id ON payments_dispute (organiser_id, opened_at);
