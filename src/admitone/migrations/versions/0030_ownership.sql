-- Sign-ins by a wallet's key (LNURL-auth), proofs that a ticket is somebody's, and tickets that were passed on.
CREATE TABLE accounts_wallet_challenge (
    id UUID NOT NULL,
    browser_hash BYTEA NOT NULL,
    linking_key BYTEA,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts_wallet_challenge PRIMARY KEY (id),
    CONSTRAINT ck_accounts_wallet_challenge_answered CHECK ((linking_key IS NULL) = (answered_at IS NULL)),
    CONSTRAINT ck_accounts_wallet_challenge_used CHECK (used_at IS NULL OR answered_at IS NOT NULL)
);

CREATE TABLE accounts_wallet_key (
    linking_key BYTEA NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_accounts_wallet_key PRIMARY KEY (linking_key),
    CONSTRAINT uq_accounts_wallet_key_id UNIQUE (id),
    CONSTRAINT ck_accounts_wallet_key_compressed CHECK (octet_length(linking_key) = 33),
    CONSTRAINT fk_accounts_wallet_key_person_id FOREIGN KEY (person_id)
        REFERENCES accounts_person (id) ON DELETE CASCADE
);

CREATE INDEX ix_accounts_wallet_key_person_id ON accounts_wallet_key (person_id);

-- Looser than before, so no row can break it.
-- squawk-ignore ban-drop-constraint
ALTER TABLE accounts_session DROP CONSTRAINT ck_accounts_session_way;
ALTER TABLE accounts_session ADD CONSTRAINT ck_accounts_session_way
    CHECK (way IN ('password', 'link', 'wallet')) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE accounts_session VALIDATE CONSTRAINT ck_accounts_session_way;

-- Whose a ticket is, from the first time it was passed on; before that it is its order's buyer's.
CREATE TABLE tickets_owner (
    id UUID NOT NULL,
    ticket_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    reissue SMALLINT NOT NULL,
    way TEXT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_tickets_owner PRIMARY KEY (id),
    CONSTRAINT uq_tickets_owner_ticket_id_number UNIQUE (ticket_id, number),
    CONSTRAINT ck_tickets_owner_number CHECK (number > 0 AND reissue >= number),
    CONSTRAINT ck_tickets_owner_way CHECK (way IN ('account', 'preimage', 'signature')),
    CONSTRAINT fk_tickets_owner_ticket_id FOREIGN KEY (ticket_id) REFERENCES tickets_ticket (id)
);

CREATE INDEX ix_tickets_owner_email_key ON tickets_owner (email_key);

-- A question to be answered by whoever owns a ticket: asked, proved, then looked at by a door or used to pass it on.
CREATE TABLE tickets_challenge (
    id UUID NOT NULL,
    ticket_id UUID NOT NULL,
    reissue SMALLINT NOT NULL,
    purpose TEXT NOT NULL,
    nonce TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    proved_at TIMESTAMP WITH TIME ZONE,
    way TEXT,
    proved_by TEXT,
    word_digest BYTEA,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_tickets_challenge PRIMARY KEY (id),
    CONSTRAINT uq_tickets_challenge_nonce UNIQUE (nonce),
    CONSTRAINT ck_tickets_challenge_purpose CHECK (purpose IN ('show', 'pass_on')),
    CONSTRAINT ck_tickets_challenge_way CHECK (way IN ('account', 'preimage', 'signature')),
    CONSTRAINT ck_tickets_challenge_proved CHECK (
        (proved_at IS NULL) = (way IS NULL) AND (proved_at IS NULL) = (proved_by IS NULL)
        AND (proved_at IS NOT NULL OR word_digest IS NULL) AND (proved_at IS NOT NULL OR used_at IS NULL)
    ),
    CONSTRAINT fk_tickets_challenge_ticket_id FOREIGN KEY (ticket_id) REFERENCES tickets_ticket (id)
);

CREATE INDEX ix_tickets_challenge_ticket_id ON tickets_challenge (ticket_id);

CREATE INDEX ix_tickets_challenge_word_digest ON tickets_challenge (word_digest) WHERE word_digest IS NOT NULL;
