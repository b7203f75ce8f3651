-- What one bitcoin costs for an order, frozen until then.
CREATE TABLE payments_bitcoin_quote (
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    currency TEXT NOT NULL,
    price NUMERIC NOT NULL,
    sources JSONB NOT NULL,
    quoted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_bitcoin_quote PRIMARY KEY (id),
    CONSTRAINT ck_payments_bitcoin_quote_price CHECK (price > 0)
);

CREATE INDEX ix_payments_bitcoin_quote_order_id ON payments_bitcoin_quote (order_id, currency, quoted_at);

-- An attempt on a Bitcoin rail: its invoice or its address.
CREATE TABLE payments_bitcoin_request (
    attempt_id UUID NOT NULL,
    account_id UUID NOT NULL,
    order_id UUID NOT NULL,
    quote_id UUID NOT NULL,
    rail TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_msat BIGINT NOT NULL,
    payment_hash TEXT,
    bolt11 TEXT,
    address TEXT,
    is_hold BOOLEAN NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_up_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_bitcoin_request PRIMARY KEY (attempt_id),
    CONSTRAINT ck_payments_bitcoin_request_rail CHECK (rail IN ('lightning', 'onchain')),
    CONSTRAINT ck_payments_bitcoin_request_amount CHECK (amount_msat > 0 AND amount_minor > 0),
    CONSTRAINT ck_payments_bitcoin_request_hash CHECK ((rail = 'lightning') = (payment_hash IS NOT NULL)),
    CONSTRAINT ck_payments_bitcoin_request_address CHECK ((rail = 'onchain') = (address IS NOT NULL)),
    CONSTRAINT fk_payments_bitcoin_request_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id),
    CONSTRAINT fk_payments_bitcoin_request_quote_id FOREIGN KEY (quote_id) REFERENCES payments_bitcoin_quote (id)
);

CREATE UNIQUE INDEX uq_payments_bitcoin_request_hash ON payments_bitcoin_request (account_id, payment_hash);

CREATE UNIQUE INDEX uq_payments_bitcoin_request_address ON payments_bitcoin_request (account_id, address);

CREATE INDEX ix_payments_bitcoin_request_order_id ON payments_bitcoin_request (order_id);

-- Up to where an account's node or chain was watched.
CREATE TABLE payments_bitcoin_cursor (
    account_id UUID NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_bitcoin_cursor PRIMARY KEY (account_id, name),
    CONSTRAINT fk_payments_bitcoin_cursor_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id)
);

-- Payments that arrived held: whether each is ours, decided once.
CREATE TABLE payments_held (
    attempt_id UUID NOT NULL,
    is_taken BOOLEAN NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    CONSTRAINT pk_payments_held PRIMARY KEY (attempt_id),
    CONSTRAINT ck_payments_held_outcome CHECK (outcome IN ('taken', 'gone')),
    CONSTRAINT ck_payments_held_closed CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT fk_payments_held_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_attempt (id)
);

CREATE INDEX ix_payments_held_open ON payments_held (decided_at) WHERE closed_at IS NULL;
