"""Giving tickets of an order back, and putting other names on them."""
