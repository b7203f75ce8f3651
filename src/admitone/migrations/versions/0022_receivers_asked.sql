-- Where money goes that people send back, as the buyer typed it: sealed, with the last four characters to be shown.
ALTER TABLE payments_sending ADD COLUMN sealed BYTEA;
ALTER TABLE payments_sending ADD COLUMN iban_end TEXT;
