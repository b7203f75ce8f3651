"""Waiting for money, honestly."""
