-- Who runs the site, and what is agreed with organisers about payouts.
ALTER TABLE accounts_person ADD COLUMN is_operator BOOLEAN DEFAULT false NOT NULL;

-- What is paid out at least, in minor units by currency; a currency that is not here has the site's usual minimum.
ALTER TABLE payouts_terms ADD COLUMN minimums JSONB DEFAULT '{}' NOT NULL;

-- Payouts are drafted by themselves when enough is available; they still wait for a yes.
ALTER TABLE payouts_terms ADD COLUMN is_drafting BOOLEAN DEFAULT true NOT NULL;
