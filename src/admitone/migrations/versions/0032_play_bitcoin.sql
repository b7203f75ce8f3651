-- The books of the play network (demos and tests): its invoices, its payments, its chain.
CREATE SEQUENCE play_bitcoin_change;

CREATE TABLE play_bitcoin_invoice (
    payment_hash TEXT NOT NULL,
    node_id UUID NOT NULL,
    bolt11 TEXT NOT NULL,
    amount_msat BIGINT NOT NULL,
    is_hold BOOLEAN NOT NULL,
    preimage BYTEA,
    state TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE,
    change_no BIGINT NOT NULL,
    CONSTRAINT pk_play_bitcoin_invoice PRIMARY KEY (payment_hash),
    CONSTRAINT ck_play_bitcoin_invoice_state CHECK (state IN ('open', 'held', 'paid', 'cancelled')),
    CONSTRAINT ck_play_bitcoin_invoice_amount CHECK (amount_msat > 0)
);

CREATE INDEX ix_play_bitcoin_invoice_change_no ON play_bitcoin_invoice (node_id, change_no);

CREATE TABLE play_bitcoin_sent (
    payment_hash TEXT NOT NULL,
    node_id UUID NOT NULL,
    amount_msat BIGINT NOT NULL,
    preimage BYTEA NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_play_bitcoin_sent PRIMARY KEY (payment_hash)
);

CREATE INDEX ix_play_bitcoin_sent_node_id ON play_bitcoin_sent (node_id);

CREATE TABLE play_bitcoin_block (
    block_hash TEXT NOT NULL,
    height INTEGER NOT NULL,
    is_orphan BOOLEAN NOT NULL,
    mined_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_play_bitcoin_block PRIMARY KEY (block_hash)
);

CREATE UNIQUE INDEX uq_play_bitcoin_block_height ON play_bitcoin_block (height) WHERE NOT is_orphan;

CREATE TABLE play_bitcoin_address (
    address TEXT NOT NULL,
    node_id UUID NOT NULL,
    label TEXT NOT NULL,
    CONSTRAINT pk_play_bitcoin_address PRIMARY KEY (address)
);

CREATE UNIQUE INDEX uq_play_bitcoin_address_label ON play_bitcoin_address (node_id, label);

CREATE TABLE play_bitcoin_transaction (
    txid TEXT NOT NULL,
    address TEXT NOT NULL,
    amount_sat BIGINT NOT NULL,
    block_hash TEXT,
    was_in TEXT,
    lost_at INTEGER,
    key UUID,
    from_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_play_bitcoin_transaction PRIMARY KEY (txid),
    CONSTRAINT ck_play_bitcoin_transaction_amount CHECK (amount_sat > 0),
    CONSTRAINT ck_play_bitcoin_transaction_lost CHECK (block_hash IS NULL OR lost_at IS NULL)
);

CREATE INDEX ix_play_bitcoin_transaction_address ON play_bitcoin_transaction (address);

CREATE UNIQUE INDEX uq_play_bitcoin_transaction_key ON play_bitcoin_transaction (key);
