"""Wallets reached by Nostr Wallet Connect: buyers' (they pay), and organisers' own (they are paid)."""

from admitone.payments.providers.nwc.buyers_wallets import NwcWallets as NwcWallets
from admitone.payments.providers.nwc.kind import NwcKind as NwcKind
from admitone.payments.providers.nwc.node import NwcNode as NwcNode
