-- Money that only people see come in, by transfer or at the door: what is waited for, what came, what goes back by hand.
CREATE TABLE payments_expected (
    attempt_id UUID NOT NULL,
    account_id UUID NOT NULL,
    method TEXT NOT NULL,
    order_code TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    instructions JSONB NOT NULL,
    wait_until TIMESTAMP WITH TIME ZONE NOT NULL,
    expected_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_up_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_payments_expected PRIMARY KEY (attempt_id),
    CONSTRAINT ck_payments_expected_amount CHECK (amount_minor > 0)
);

CREATE TABLE payments_received (
    id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    means TEXT NOT NULL,
    source TEXT NOT NULL,
    payer_name TEXT,
    payer_iban TEXT,
    received_by TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_payments_received PRIMARY KEY (id),
    CONSTRAINT uq_payments_received_attempt_id UNIQUE (attempt_id),
    CONSTRAINT uq_payments_received_source UNIQUE (source),
    CONSTRAINT ck_payments_received_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_received_means CHECK (means IN ('transfer', 'cash', 'card')),
    CONSTRAINT fk_payments_received_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_expected (attempt_id)
);

CREATE INDEX ix_payments_received_account_id_received_at ON payments_received (account_id, received_at);

CREATE TRIGGER payments_received_rows BEFORE UPDATE OR DELETE ON payments_received FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER payments_received_truncate BEFORE TRUNCATE ON payments_received FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE payments_received ENABLE ALWAYS TRIGGER payments_received_rows;
ALTER TABLE payments_received ENABLE ALWAYS TRIGGER payments_received_truncate;

CREATE TABLE payments_sending (
    refund_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    holder TEXT,
    iban TEXT,
    bic TEXT,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    sent_by TEXT,
    CONSTRAINT pk_payments_sending PRIMARY KEY (refund_id),
    CONSTRAINT ck_payments_sending_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payments_sending_sent_by CHECK ((sent_at IS NULL) = (sent_by IS NULL)),
    CONSTRAINT fk_payments_sending_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_expected (attempt_id)
);

CREATE INDEX ix_payments_sending_attempt_id ON payments_sending (attempt_id);

CREATE INDEX ix_payments_sending_open ON payments_sending (account_id, asked_at) WHERE sent_at IS NULL;
