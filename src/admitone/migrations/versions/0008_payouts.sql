-- Payouts and what providers say of our balance.
SELECT 1;
