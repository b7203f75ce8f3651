"""Showing that a ticket is one's own, and passing it on."""
