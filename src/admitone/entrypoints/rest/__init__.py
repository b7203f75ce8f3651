"""entrypoints/rest."""
