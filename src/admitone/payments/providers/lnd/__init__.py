"""LND, the organiser's own Lightning node, over its gRPC interface (`vendor`, generated from lnd's descriptions)."""

from admitone.payments.providers.lnd.kind import LndKind as LndKind
