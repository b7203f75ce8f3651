"""An organiser's balance and payouts."""
