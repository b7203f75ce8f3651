"""Lightspark: Lightning without a node of one's own."""

from admitone.payments.providers.lightspark.kind import LightsparkKind as LightsparkKind
