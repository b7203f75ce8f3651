"""NOSTR WALLET CONNECT. Owns the wallets that people have connected, and what those were asked to pay.

Here, and not with the accounts of people, because a connection is money: its secret is sealed like the keys of payment
accounts, it pays attempts, and only the worker that asks a wallet to pay opens it. A person is an id here.

Promises: a person has one connected wallet at a time; what it was sealed with is gone when it ends; an attempt has one
invoice that a wallet is asked to pay, for ever; what a wallet says is never more than a hint.
"""

from admitone.payments.nwc.at_once_store import AtOnce as AtOnce
from admitone.payments.nwc.at_once_store import at_once_of as at_once_of
from admitone.payments.nwc.at_once_store import end_at_once as end_at_once
from admitone.payments.nwc.at_once_store import wish_at_once as wish_at_once
from admitone.payments.nwc.facts import PayAtOnceWished as PayAtOnceWished
from admitone.payments.nwc.facts import WalletConnected as WalletConnected
from admitone.payments.nwc.facts import WalletDisconnected as WalletDisconnected
from admitone.payments.nwc.facts import WalletPaymentAsked as WalletPaymentAsked
from admitone.payments.nwc.facts import WalletPaymentMoved as WalletPaymentMoved
from admitone.payments.nwc.forget_store import forget_person as forget_person
from admitone.payments.nwc.refusals import CannotPay as CannotPay
from admitone.payments.nwc.refusals import ConnectedWalletAway as ConnectedWalletAway
from admitone.payments.nwc.refusals import ConnectedWalletRefused as ConnectedWalletRefused
from admitone.payments.nwc.refusals import NotAsked as NotAsked
from admitone.payments.nwc.refusals import NotConnected as NotConnected
from admitone.payments.nwc.refusals import NothingToPay as NothingToPay
from admitone.payments.nwc.refusals import RelayNotPublic as RelayNotPublic
from admitone.payments.nwc.store import Connection as Connection
from admitone.payments.nwc.store import WalletPayment as WalletPayment
from admitone.payments.nwc.store import ask as ask
from admitone.payments.nwc.store import by_id as by_id
from admitone.payments.nwc.store import due as due
from admitone.payments.nwc.store import end as end
from admitone.payments.nwc.store import insert as insert
from admitone.payments.nwc.store import keep_look as keep_look
from admitone.payments.nwc.store import lock_person as lock_person
from admitone.payments.nwc.store import of_order as of_order
from admitone.payments.nwc.store import of_person as of_person
from admitone.payments.nwc.store import read as read
from admitone.payments.nwc.store import take as take
from admitone.payments.nwc.store import tell as tell
from admitone.payments.nwc.uri import ConnectionUri as ConnectionUri
from admitone.payments.nwc.uri import read_uri as read_uri
from admitone.payments.nwc.wire import GET_BUDGET as GET_BUDGET
from admitone.payments.nwc.wire import PAY_INVOICE as PAY_INVOICE
from admitone.payments.nwc.wire import Budget as Budget
from admitone.payments.nwc.wire import ConnectedWallets as ConnectedWallets
from admitone.payments.nwc.wire import Look as Look
from admitone.payments.nwc.wire import Told as Told
from admitone.payments.nwc.wire import WalletPaymentState as WalletPaymentState
