-- Numbers changes of what is below, in the order in which they are committed (writers of an account wait for each other).
CREATE SEQUENCE payments_bitcoin_change;

-- An output of a transaction that pays an address we gave to a buyer.
CREATE TABLE payments_bitcoin_credit (
    account_id UUID NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    attempt_id UUID NOT NULL,
    address TEXT NOT NULL,
    amount_msat BIGINT NOT NULL,
    depth SMALLINT NOT NULL,
    state TEXT NOT NULL,
    block_hash TEXT,
    height INTEGER,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    is_late BOOLEAN NOT NULL,
    late_price NUMERIC,
    worth_minor BIGINT,
    final_at TIMESTAMP WITH TIME ZONE,
    deep_at TIMESTAMP WITH TIME ZONE,
    given_to UUID,
    change_no BIGINT NOT NULL,
    CONSTRAINT pk_payments_bitcoin_credit PRIMARY KEY (account_id, txid, vout),
    CONSTRAINT ck_payments_bitcoin_credit_state CHECK (state IN ('waits', 'mined', 'gone')),
    CONSTRAINT ck_payments_bitcoin_credit_amount CHECK (amount_msat > 0),
    CONSTRAINT ck_payments_bitcoin_credit_block CHECK (
        (state = 'mined') = (block_hash IS NOT NULL) AND (block_hash IS NULL) = (height IS NULL)
    ),
    CONSTRAINT ck_payments_bitcoin_credit_worth CHECK ((final_at IS NULL) = (worth_minor IS NULL)),
    CONSTRAINT ck_payments_bitcoin_credit_given CHECK (given_to IS NULL OR final_at IS NOT NULL),
    CONSTRAINT fk_payments_bitcoin_credit_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id),
    CONSTRAINT fk_payments_bitcoin_credit_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_bitcoin_request (attempt_id)
);

CREATE INDEX ix_payments_bitcoin_credit_attempt_id ON payments_bitcoin_credit (attempt_id);

-- An attempt is settled by one of them.
CREATE UNIQUE INDEX uq_payments_bitcoin_credit_given_to ON payments_bitcoin_credit (given_to) WHERE given_to IS NOT NULL;

CREATE INDEX ix_payments_bitcoin_credit_change_no ON payments_bitcoin_credit (account_id, change_no);

-- Those that are still looked at with every block.
CREATE INDEX ix_payments_bitcoin_credit_open ON payments_bitcoin_credit (account_id)
    WHERE deep_at IS NULL AND state <> 'gone';

-- Final, and nobody's attempt yet.
CREATE INDEX ix_payments_bitcoin_credit_found ON payments_bitcoin_credit (account_id)
    WHERE final_at IS NOT NULL AND given_to IS NULL;

-- A credit that had been final and is not any more: open until the network decides.
CREATE TABLE payments_bitcoin_undone (
    account_id UUID NOT NULL,
    ref TEXT NOT NULL,
    txid TEXT NOT NULL,
    vout INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    change_no BIGINT NOT NULL,
    CONSTRAINT pk_payments_bitcoin_undone PRIMARY KEY (account_id, ref),
    CONSTRAINT ck_payments_bitcoin_undone_state CHECK (state IN ('open', 'won', 'lost')),
    CONSTRAINT fk_payments_bitcoin_undone_credit FOREIGN KEY (account_id, txid, vout)
        REFERENCES payments_bitcoin_credit (account_id, txid, vout)
);

CREATE UNIQUE INDEX uq_payments_bitcoin_undone_open ON payments_bitcoin_undone (account_id, txid, vout)
    WHERE state = 'open';

CREATE INDEX ix_payments_bitcoin_undone_change_no ON payments_bitcoin_undone (account_id, change_no);

-- A transaction of ours, named by a key and where it goes: signed, kept here, and only then sent, as often as needed.
CREATE TABLE payments_bitcoin_outgoing (
    key UUID NOT NULL,
    account_id UUID NOT NULL,
    address TEXT NOT NULL,
    amount_msat BIGINT NOT NULL,
    txid TEXT,
    raw TEXT,
    fee_msat BIGINT,
    height INTEGER,
    wanted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_bitcoin_outgoing PRIMARY KEY (key, address),
    CONSTRAINT ck_payments_bitcoin_outgoing_amount CHECK (amount_msat > 0),
    CONSTRAINT ck_payments_bitcoin_outgoing_signed CHECK (
        (txid IS NULL) = (raw IS NULL) AND (raw IS NULL) = (signed_at IS NULL) AND (sent_at IS NULL OR raw IS NOT NULL)
    ),
    CONSTRAINT fk_payments_bitcoin_outgoing_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id)
);
