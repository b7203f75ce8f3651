"""The orders of an event, as its organiser sees them."""
