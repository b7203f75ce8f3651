"""THE CHAIN: what came to which address, how sure it is, what the network took back.

Owns the credits (outputs that pay an address of ours, by outpoint), what was undone of them, and our own transactions.
Promises: a credit settles one attempt; nothing is final before as many blocks are on it as its value asks for; what is
final no longer is said.
"""

from admitone.payments.bitcoin.chain.applying import worth as worth
from admitone.payments.bitcoin.chain.book import ChainBook as ChainBook
from admitone.payments.bitcoin.chain.credits import MINED_WITHIN as MINED_WITHIN
from admitone.payments.bitcoin.chain.credits import Credit as Credit
from admitone.payments.bitcoin.chain.credits import CreditState as CreditState
from admitone.payments.bitcoin.chain.credits import Tiers as Tiers
from admitone.payments.bitcoin.chain.credits import Undone as Undone
from admitone.payments.bitcoin.chain.credits import UndoneState as UndoneState
from admitone.payments.bitcoin.chain.giving_store import brought as brought
from admitone.payments.bitcoin.chain.giving_store import lies_beside as lies_beside
from admitone.payments.bitcoin.chain.outgoing import OutgoingBook as OutgoingBook
from admitone.payments.bitcoin.chain.outgoing_store import OwnTransaction as OwnTransaction
from admitone.payments.bitcoin.chain.port import Chain as Chain
from admitone.payments.bitcoin.chain.port import ChainAway as ChainAway
from admitone.payments.bitcoin.chain.port import ChainRefused as ChainRefused
from admitone.payments.bitcoin.chain.port import Network as Network
from admitone.payments.bitcoin.chain.port import News as News
from admitone.payments.bitcoin.chain.port import Output as Output
from admitone.payments.bitcoin.chain.port import Standing as Standing
from admitone.payments.bitcoin.chain.port import Tip as Tip
from admitone.payments.bitcoin.chain.store import Arrival as Arrival
from admitone.payments.bitcoin.chain.store import arrivals as arrivals
