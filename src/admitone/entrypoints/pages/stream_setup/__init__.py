"""How an organiser shows an event online."""
