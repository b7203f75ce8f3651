"""What payments print: the answer to a dispute."""
