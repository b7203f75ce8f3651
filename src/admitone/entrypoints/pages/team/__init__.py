"""Who works for an organiser."""
