"""An organiser's promo codes."""
