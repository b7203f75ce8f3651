"""Everything an organiser does except the door."""
