-- Wallets that people have connected (Nostr Wallet Connect). What is sealed is erased when a connection ends.
CREATE TABLE payments_wallet_connection (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    sealed BYTEA,
    alias TEXT NOT NULL,
    relay_host TEXT NOT NULL,
    network TEXT,
    methods TEXT[] NOT NULL,
    budget_msat BIGINT,
    budget_used_msat BIGINT,
    budget_period TEXT,
    budget_renews_at TIMESTAMP WITH TIME ZONE,
    looked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    connected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_wallet_connection PRIMARY KEY (id),
    CONSTRAINT ck_payments_wallet_connection_erased CHECK ((ended_at IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT ck_payments_wallet_connection_budget CHECK ((budget_msat IS NULL) = (budget_used_msat IS NULL)),
    CONSTRAINT fk_payments_wallet_connection_person_id FOREIGN KEY (person_id) REFERENCES accounts_person (id)
);

CREATE UNIQUE INDEX uq_payments_wallet_connection_person_id ON payments_wallet_connection (person_id)
    WHERE ended_at IS NULL;

-- Invoices that a connected wallet was asked to pay: one for each attempt.
CREATE TABLE payments_wallet_payment (
    attempt_id UUID NOT NULL,
    order_id UUID NOT NULL,
    connection_id UUID NOT NULL,
    bolt11 TEXT NOT NULL,
    payment_hash TEXT NOT NULL,
    amount_msat BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    fees_msat BIGINT,
    fallback_address TEXT,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    begun_at TIMESTAMP WITH TIME ZONE,
    ask_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_wallet_payment PRIMARY KEY (attempt_id),
    CONSTRAINT ck_payments_wallet_payment_state CHECK (state IN ('asking', 'unknown', 'refused', 'paid')),
    CONSTRAINT fk_payments_wallet_payment_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_attempt (id),
    CONSTRAINT fk_payments_wallet_payment_connection_id FOREIGN KEY (connection_id)
        REFERENCES payments_wallet_connection (id)
);

CREATE INDEX ix_payments_wallet_payment_open ON payments_wallet_payment (ask_at)
    WHERE state IN ('asking', 'unknown');
