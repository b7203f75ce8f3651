"""PROMO CODES. Owns codes, what they do, and what was redeemed with them."""
