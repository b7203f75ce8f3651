"""Paying with Bitcoin: one code, live states."""
