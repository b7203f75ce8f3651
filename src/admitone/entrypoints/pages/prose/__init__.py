"""Pages that only say something."""
