"""Changing tickets for others, and adding tickets to an order; for buyers, and for organisers on their behalf."""
