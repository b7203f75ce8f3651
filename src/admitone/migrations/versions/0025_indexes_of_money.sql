-- squawk-ignore-file require-concurrent-index-creation
-- They lock their tables while they are made: no version that takes real money is live yet.

-- Every page of an organiser counts what needs somebody: of refunds that are those not done.
CREATE INDEX ix_payments_refund_needs ON payments_refund (organiser_id, wanted_at)
    WHERE state IN ('failed', 'wanted', 'unknown');

-- Lines of a provider's books name refunds by its word for them.
CREATE INDEX ix_payments_refund_provider_ref ON payments_refund (provider_ref) WHERE provider_ref IS NOT NULL;

-- What came back to a gift that was taken away ends each minute.
CREATE INDEX ix_payments_credit_void ON payments_credit (id) WHERE balance_minor > 0 AND state = 'void';
