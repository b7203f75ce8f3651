"""What is on: the list and one event."""
