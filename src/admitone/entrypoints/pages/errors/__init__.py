"""No, in words."""
