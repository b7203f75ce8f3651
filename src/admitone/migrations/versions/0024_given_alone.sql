-- What a member gave back with nobody else's yes: within a day it adds up, over all orders.
CREATE TABLE accounts_given_alone (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    actor TEXT NOT NULL,
    currency TEXT NOT NULL,
    is_test BOOLEAN NOT NULL,
    amount_minor BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_accounts_given_alone PRIMARY KEY (id),
    CONSTRAINT ck_accounts_given_alone_amount CHECK (amount_minor > 0),
    CONSTRAINT fk_accounts_given_alone_organiser_id FOREIGN KEY (organiser_id) REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_accounts_given_alone_organiser_id_actor_at ON accounts_given_alone (organiser_id, actor, at);

-- What banks have taken of the payments behind a credit ends; and a gift that comes back has a last day for good.
ALTER TABLE payments_credit ADD COLUMN taken_minor BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE payments_credit ADD COLUMN latest_at TIMESTAMP WITH TIME ZONE;
UPDATE payments_credit SET latest_at = expires_at + interval '365 days' WHERE expires_at IS NOT NULL;
-- Looser than before, so no row can break it.
-- squawk-ignore ban-drop-constraint
ALTER TABLE payments_credit DROP CONSTRAINT ck_payments_credit_refunds_stay;
ALTER TABLE payments_credit ADD CONSTRAINT ck_payments_credit_refunds_stay
    CHECK (source = 'gift' OR (state = 'open' AND ended_minor <= taken_minor)) NOT VALID;
ALTER TABLE payments_credit ADD CONSTRAINT ck_payments_credit_taken
    CHECK (taken_minor BETWEEN 0 AND given_minor AND (source = 'refund' OR taken_minor = 0)) NOT VALID;
ALTER TABLE payments_credit_part ADD COLUMN taken_minor BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE payments_credit_part ADD CONSTRAINT ck_payments_credit_part_taken
    CHECK (taken_minor BETWEEN 0 AND amount_minor) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payments_credit VALIDATE CONSTRAINT ck_payments_credit_refunds_stay;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payments_credit VALIDATE CONSTRAINT ck_payments_credit_taken;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payments_credit_part VALIDATE CONSTRAINT ck_payments_credit_part_taken;
