"""What ways of paying have in common that only people can see: the other end of the wire is the hand book."""

from admitone.payments.providers.by_hand.adapter import HandProvider
from admitone.payments.providers.by_hand.options import whole_number

__all__ = ["HandProvider", "whole_number"]
