"""From a hold to an order."""
