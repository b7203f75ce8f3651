"""Watching an event online."""
