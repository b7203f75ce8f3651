"""Machinery without ticketing words: database, journal, relay, jobs, group commit, embedded PostgreSQL."""
