"""One order, as its buyer sees it."""
