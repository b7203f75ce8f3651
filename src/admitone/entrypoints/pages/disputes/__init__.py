"""A dispute: where it stands, and the answer our records give."""
