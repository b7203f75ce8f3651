-- Bank statements and what their lines are matched with.
CREATE TABLE statements_statement (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_digest BYTEA NOT NULL,
    lines_new INTEGER NOT NULL,
    lines_known INTEGER NOT NULL,
    rows_skipped INTEGER NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_statements_statement PRIMARY KEY (id),
    CONSTRAINT uq_statements_statement_id_organiser_id_account UNIQUE (id, organiser_id, account),
    CONSTRAINT ck_statements_statement_kind CHECK (kind IN ('csv', 'camt.052', 'camt.053', 'camt.054', 'mt940')),
    CONSTRAINT ck_statements_statement_counts CHECK (lines_new >= 0 AND lines_known >= 0 AND rows_skipped >= 0),
    CONSTRAINT fk_statements_statement_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_statements_statement_organiser_id_id ON statements_statement (organiser_id, id);

CREATE TABLE statements_line (
    id UUID NOT NULL,
    statement_id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    account TEXT NOT NULL,
    fingerprint UUID NOT NULL,
    bank_ref TEXT,
    booked_on DATE NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    payer_name TEXT,
    payer_iban TEXT,
    text TEXT NOT NULL,
    raw JSONB NOT NULL,
    state TEXT NOT NULL,
    order_id UUID,
    attempt_id UUID,
    settled_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    CONSTRAINT pk_statements_line PRIMARY KEY (id),
    CONSTRAINT uq_statements_line_organiser_id_account_fingerprint UNIQUE (organiser_id, account, fingerprint),
    CONSTRAINT fk_statements_line_statement_id_organiser_id_account FOREIGN KEY (statement_id, organiser_id, account)
        REFERENCES statements_statement (id, organiser_id, account),
    CONSTRAINT ck_statements_line_state CHECK (state IN ('open', 'matched', 'ignored', 'returned')),
    CONSTRAINT ck_statements_line_amount CHECK (amount_minor <> 0),
    CONSTRAINT ck_statements_line_only_what_came_in_pays CHECK (order_id IS NULL OR amount_minor > 0),
    CONSTRAINT ck_statements_line_matched_has_order CHECK ((state = 'matched') <= (order_id IS NOT NULL)),
    CONSTRAINT ck_statements_line_order_is_matched CHECK (state IN ('matched', 'returned') OR order_id IS NULL),
    CONSTRAINT ck_statements_line_attempt_has_order CHECK ((attempt_id IS NOT NULL) <= (order_id IS NOT NULL)),
    CONSTRAINT ck_statements_line_settled_has_order CHECK ((settled_at IS NOT NULL) <= (order_id IS NOT NULL)),
    CONSTRAINT fk_statements_line_order_id FOREIGN KEY (order_id) REFERENCES orders_order (id),
    CONSTRAINT fk_statements_line_attempt_id FOREIGN KEY (attempt_id) REFERENCES payments_attempt (id)
);

CREATE INDEX ix_statements_line_statement_id ON statements_line (statement_id);

CREATE INDEX ix_statements_line_open ON statements_line (organiser_id, booked_on, id)
    WHERE state = 'open' AND amount_minor > 0;

CREATE INDEX ix_statements_line_order_id ON statements_line (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE statements_change (
    line_id UUID NOT NULL,
    version INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    order_id UUID,
    attempt_id UUID,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_statements_change PRIMARY KEY (line_id, version),
    CONSTRAINT fk_statements_change_line_id FOREIGN KEY (line_id) REFERENCES statements_line (id)
);

CREATE TRIGGER statements_change_rows BEFORE UPDATE OR DELETE ON statements_change FOR EACH ROW EXECUTE FUNCTION admitone_append_only();
CREATE TRIGGER statements_change_truncate BEFORE TRUNCATE ON statements_change FOR EACH STATEMENT EXECUTE FUNCTION admitone_append_only();
ALTER TABLE statements_change ENABLE ALWAYS TRIGGER statements_change_rows;
ALTER TABLE statements_change ENABLE ALWAYS TRIGGER statements_change_truncate;
