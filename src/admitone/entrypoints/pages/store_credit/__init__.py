"""Store credit as its organiser sees it."""
