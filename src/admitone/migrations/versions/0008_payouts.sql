-- squawk-ignore-file require-concurrent-index-creation
-- The ledger's new index is of the kind that is small and quickly made (BRIN), and this version is not live anywhere yet.
-- Payouts and what providers say of our balance.
CREATE INDEX ix_ledger_transfer_at ON ledger_transfer USING brin (at);

-- An organiser's terms; its row is locked by whatever moves what can be paid out.
CREATE TABLE payouts_terms (
    organiser_id UUID NOT NULL,
    delay_days INTEGER DEFAULT 3 NOT NULL,
    reserve_bps INTEGER DEFAULT 0 NOT NULL,
    reserve_days INTEGER DEFAULT 0 NOT NULL,
    minimum_minor BIGINT DEFAULT 100 NOT NULL,
    paused_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payouts_terms PRIMARY KEY (organiser_id),
    CONSTRAINT fk_payouts_terms_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_payouts_terms_days CHECK (delay_days BETWEEN 0 AND 365 AND reserve_days BETWEEN 0 AND 730),
    CONSTRAINT ck_payouts_terms_reserve_bps CHECK (reserve_bps BETWEEN 0 AND 10000),
    CONSTRAINT ck_payouts_terms_minimum CHECK (minimum_minor > 0)
);

-- What of an event became available, step by step; a negative step sets later refunds off.
CREATE TABLE payouts_release (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    event_id UUID NOT NULL,
    currency TEXT NOT NULL,
    is_test BOOLEAN NOT NULL,
    number INTEGER NOT NULL,
    earned_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    reserved_minor BIGINT NOT NULL,
    reserve_until TIMESTAMP WITH TIME ZONE,
    reserve_ended_at TIMESTAMP WITH TIME ZONE,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payouts_release PRIMARY KEY (id),
    CONSTRAINT uq_payouts_release_event_id_currency_is_test_number UNIQUE (event_id, currency, is_test, number),
    CONSTRAINT fk_payouts_release_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_payouts_release_number CHECK (number > 0),
    CONSTRAINT ck_payouts_release_moves CHECK (earned_minor <> 0 OR tax_minor <> 0),
    CONSTRAINT ck_payouts_release_reserved
        CHECK (reserved_minor BETWEEN 0 AND greatest(earned_minor, 0) AND (reserved_minor > 0) = (reserve_until IS NOT NULL))
);
CREATE INDEX ix_payouts_release_organiser_id ON payouts_release (organiser_id, at);
CREATE INDEX ix_payouts_release_reserve ON payouts_release (reserve_until)
    WHERE reserve_until IS NOT NULL AND reserve_ended_at IS NULL;

-- Where an organiser's money goes; never changed, but replaced. `sealed`: the bank account's number.
CREATE TABLE payouts_receiver (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    currency TEXT NOT NULL,
    is_test BOOLEAN NOT NULL,
    account_id UUID,
    holder TEXT NOT NULL,
    hint TEXT NOT NULL,
    to_ref TEXT,
    sealed BYTEA,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    verified_by TEXT,
    verified_at TIMESTAMP WITH TIME ZONE,
    replaced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payouts_receiver PRIMARY KEY (id),
    CONSTRAINT fk_payouts_receiver_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT ck_payouts_receiver_way CHECK ((account_id IS NULL) = (to_ref IS NULL) AND (account_id IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT ck_payouts_receiver_verified CHECK ((verified_by IS NULL) = (verified_at IS NULL))
);
CREATE UNIQUE INDEX uq_payouts_receiver_current ON payouts_receiver (organiser_id, currency, is_test) WHERE replaced_at IS NULL;

CREATE TABLE payouts_payout (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    receiver_id UUID NOT NULL,
    account_id UUID,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    is_test BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by TEXT,
    approved_at TIMESTAMP WITH TIME ZONE,
    provider_ref TEXT,
    reason TEXT,
    tries INTEGER DEFAULT 0 NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payouts_payout PRIMARY KEY (id),
    CONSTRAINT fk_payouts_payout_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_payouts_payout_receiver_id FOREIGN KEY (receiver_id) REFERENCES payouts_receiver (id),
    CONSTRAINT ck_payouts_payout_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payouts_payout_state CHECK (state IN ('asked', 'declined', 'sending', 'done', 'failed')),
    CONSTRAINT ck_payouts_payout_approved CHECK ((approved_at IS NOT NULL) = (state IN ('sending', 'done', 'failed'))),
    CONSTRAINT ck_payouts_payout_ended CHECK ((ended_at IS NOT NULL) = (state IN ('declined', 'done', 'failed')))
);
-- One at a time, so that two people who ask at once are not paid twice.
CREATE UNIQUE INDEX uq_payouts_payout_open ON payouts_payout (organiser_id, currency, is_test) WHERE state IN ('asked', 'sending');
CREATE INDEX ix_payouts_payout_organiser_id ON payouts_payout (organiser_id, asked_at);
CREATE INDEX ix_payouts_payout_due ON payouts_payout (next_at) WHERE state = 'sending' AND account_id IS NOT NULL;
CREATE INDEX ix_payouts_payout_provider_ref ON payouts_payout (account_id, provider_ref) WHERE provider_ref IS NOT NULL;

CREATE TABLE sandbox_payout (
    ref TEXT NOT NULL,
    merchant_key TEXT NOT NULL,
    to_ref TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sandbox_payout PRIMARY KEY (ref),
    CONSTRAINT uq_sandbox_payout_merchant_key UNIQUE (merchant_key),
    CONSTRAINT ck_sandbox_payout_amount CHECK (amount_minor > 0)
);
