"""payments/providers."""
