-- Bitcoin that goes back, one for each refund: it waits until the buyer says where to, then it is sent once.
CREATE TABLE payments_bitcoin_sending (
    refund_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    account_id UUID NOT NULL,
    rail TEXT NOT NULL,
    network TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    amount_msat BIGINT NOT NULL,
    fee_most_msat BIGINT NOT NULL,
    state TEXT NOT NULL,
    round INTEGER NOT NULL,
    destination TEXT,
    payment_hash TEXT,
    named_as TEXT,
    send_until TIMESTAMP WITH TIME ZONE,
    busy_until TIMESTAMP WITH TIME ZONE,
    sent_ref TEXT,
    proof BYTEA,
    fee_msat BIGINT,
    reason TEXT,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    named_at TIMESTAMP WITH TIME ZONE,
    sending_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_bitcoin_sending PRIMARY KEY (refund_id),
    CONSTRAINT ck_payments_bitcoin_sending_rail CHECK (rail IN ('lightning', 'onchain')),
    CONSTRAINT ck_payments_bitcoin_sending_network CHECK (network IN ('mainnet', 'testnet', 'signet', 'regtest')),
    CONSTRAINT ck_payments_bitcoin_sending_state CHECK (state IN ('waits', 'named', 'sending', 'unknown', 'sent', 'failed')),
    CONSTRAINT ck_payments_bitcoin_sending_amount CHECK (amount_minor > 0 AND amount_msat >= 0 AND fee_most_msat >= 0 AND round > 0),
    CONSTRAINT ck_payments_bitcoin_sending_named CHECK (state IN ('waits', 'failed') OR destination IS NOT NULL),
    CONSTRAINT ck_payments_bitcoin_sending_hash CHECK ((payment_hash IS NOT NULL) = (destination IS NOT NULL AND rail = 'lightning')),
    CONSTRAINT ck_payments_bitcoin_sending_begun CHECK (state NOT IN ('sending', 'unknown', 'sent') OR sending_at IS NOT NULL),
    CONSTRAINT ck_payments_bitcoin_sending_sent CHECK ((state = 'sent') = (sent_ref IS NOT NULL AND ended_at IS NOT NULL)),
    CONSTRAINT fk_payments_bitcoin_sending_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id)
);

CREATE INDEX ix_payments_bitcoin_sending_attempt_id ON payments_bitcoin_sending (attempt_id);

-- An invoice is paid once: who named it for two refunds would get one of them only.
CREATE UNIQUE INDEX uq_payments_bitcoin_sending_hash ON payments_bitcoin_sending (payment_hash);
