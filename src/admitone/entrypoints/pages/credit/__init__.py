"""Store credit as its holder sees it."""
