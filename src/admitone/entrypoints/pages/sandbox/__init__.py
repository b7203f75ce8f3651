"""The pretended bank."""
