"""The pretended payer of play Bitcoin."""
