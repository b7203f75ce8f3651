"""Every component and state on one page."""
