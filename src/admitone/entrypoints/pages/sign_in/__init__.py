"""Signing in, registering and confirming mailed links."""
