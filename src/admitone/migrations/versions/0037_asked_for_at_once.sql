-- squawk-ignore-file require-concurrent-index-creation
-- Their tables are locked while they are made: no version that takes real money is live yet.

-- Whoever names where a refund goes asks whether an order of any account is to be paid there.
CREATE INDEX ix_payments_bitcoin_request_payment_hash ON payments_bitcoin_request (payment_hash)
    WHERE payment_hash IS NOT NULL;
CREATE INDEX ix_payments_bitcoin_request_address ON payments_bitcoin_request (address) WHERE address IS NOT NULL;

-- An account that is deleted is looked for here, by us and by its foreign keys, among what has ended too.
CREATE INDEX ix_payments_at_once_person_id ON payments_at_once (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX ix_payments_wallet_connection_person_id ON payments_wallet_connection (person_id)
    WHERE person_id IS NOT NULL;
