"""A document on paper and for machines: pure renderings of what was stored."""
