-- Bank statements that were uploaded and wait for a yes. The file itself is kept until then, a day at most.
CREATE TABLE statements_draft (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    account_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    file_digest BYTEA NOT NULL,
    data BYTEA NOT NULL,
    reading JSONB NOT NULL,
    drafted_by TEXT NOT NULL,
    drafted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_statements_draft PRIMARY KEY (id),
    CONSTRAINT ck_statements_draft_size CHECK (octet_length(data) <= 5242880),
    CONSTRAINT fk_statements_draft_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id),
    CONSTRAINT fk_statements_draft_account_id FOREIGN KEY (account_id) REFERENCES payments_account (id)
);

CREATE INDEX ix_statements_draft_organiser_id_id ON statements_draft (organiser_id, id);

CREATE INDEX ix_statements_draft_drafted_at ON statements_draft (drafted_at);
