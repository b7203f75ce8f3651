-- squawk-ignore-file require-concurrent-index-creation
-- squawk-ignore-file require-concurrent-index-deletion
-- Their tables are locked while they are made: no version that takes real money is live yet.

-- Which coins were set aside in the wallet for a transaction, so that those of one that was never sent are given back;
-- and the transactions it took the place of, since one of them may be mined all the same.
ALTER TABLE payments_bitcoin_outgoing
    ADD COLUMN coins TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN earlier_txids TEXT[] DEFAULT '{}' NOT NULL;

-- What a refund on the chain may cost was reckoned as if it went over Lightning, and nobody held to it.
UPDATE payments_bitcoin_sending SET fee_most_msat = greatest(amount_msat / 10 / 1000 * 1000, 5000000)
WHERE rail = 'onchain';

-- What comes beside the first payment to an address is one payment, however many outputs it is.
DROP INDEX uq_payments_bitcoin_credit_given_to;
CREATE INDEX ix_payments_bitcoin_credit_given_to ON payments_bitcoin_credit (given_to) WHERE given_to IS NOT NULL;
