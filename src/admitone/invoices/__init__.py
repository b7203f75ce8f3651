"""INVOICES. Owns invoices, credit notes and receipts with their numbers, and how they look."""
