-- Invoices, credit notes and their numbers.
SELECT 1;
