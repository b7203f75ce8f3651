"""An organiser's reports, and the ledger as files."""
