-- Disputes.
SELECT 1;
