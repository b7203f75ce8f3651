"""The play network: Lightning and a chain without peers, for demos and tests. Play money only.

`node` and `chain` are what a node is to us, `payer` is everybody else; their books are tables of their own.
"""

from admitone.payments.providers.play_bitcoin.chain import PlayChain as PlayChain
from admitone.payments.providers.play_bitcoin.chain_store import PlayTransaction as PlayTransaction
from admitone.payments.providers.play_bitcoin.kind import PlayBitcoinKind as PlayBitcoinKind
from admitone.payments.providers.play_bitcoin.lightning_store import PlayInvoice as PlayInvoice
from admitone.payments.providers.play_bitcoin.node import PlayNode as PlayNode
from admitone.payments.providers.play_bitcoin.payer import NothingThere as NothingThere
from admitone.payments.providers.play_bitcoin.payer import PlayLook as PlayLook
from admitone.payments.providers.play_bitcoin.payer import PlayPayer as PlayPayer
