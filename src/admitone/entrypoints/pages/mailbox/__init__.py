"""Letters kept instead of sent, in development."""
