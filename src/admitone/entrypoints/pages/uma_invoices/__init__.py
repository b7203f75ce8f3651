"""UMA invoices of an event, for its organiser."""
