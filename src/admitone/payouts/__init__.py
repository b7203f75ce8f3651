"""MONEY OUT. Owns payouts to organisers, and what providers say lies with them."""
