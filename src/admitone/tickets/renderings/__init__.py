"""A ticket on paper, in a calendar and on a screen: pure renderings of what the caller hands over."""
