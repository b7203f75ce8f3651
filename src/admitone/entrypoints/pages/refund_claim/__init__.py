"""A buyer who paid in bitcoin says where it goes back to."""
