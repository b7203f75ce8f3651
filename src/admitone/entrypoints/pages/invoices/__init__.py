"""An organiser's invoices: the list, who the seller is, files."""
