"""Organisers, who works for them, and how somebody comes to. Inside of `accounts`; use its front door."""
