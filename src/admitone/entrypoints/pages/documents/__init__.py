"""A buyer's invoices, credit notes and receipts."""
