-- Prices in steps: a pool may count what is sold at a step's price, which has no places of its own.
ALTER TABLE inventory_pool ADD COLUMN is_step BOOLEAN DEFAULT false NOT NULL;

-- What a site and one organiser have agreed on as the site's fees, for events made from a moment on. Never changed: a
-- newer line takes an older one's place.
CREATE TABLE events_fee_agreement (
    id UUID NOT NULL,
    organiser_id UUID NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    platform JSONB NOT NULL,
    processing JSONB NOT NULL,
    note TEXT NOT NULL,
    set_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_events_fee_agreement PRIMARY KEY (id),
    CONSTRAINT fk_events_fee_agreement_organiser_id_accounts_organiser FOREIGN KEY (organiser_id)
        REFERENCES accounts_organiser (id)
);

CREATE INDEX ix_events_fee_agreement_organiser_id_valid_from
    ON events_fee_agreement (organiser_id, valid_from DESC, id DESC);
