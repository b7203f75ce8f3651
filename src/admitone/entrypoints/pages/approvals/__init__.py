"""What waits for a second member, and the limits above which it does."""
