"""Bitcoin Core, the organiser's own node, over its JSON-RPC interface."""

from admitone.payments.providers.bitcoin_core.kind import BitcoinCoreKind as BitcoinCoreKind
