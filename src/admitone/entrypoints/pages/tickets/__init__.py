"""Tickets somebody holds."""
