"""What waits for the organiser, and their books held against their providers'."""
