"""Paying at the door: an order waits for its buyer, somebody at the till writes down that they paid."""

from admitone.payments.providers.door.kind import NAME, DoorKind

__all__ = ["NAME", "DoorKind"]
