"""WHAT IS OWED. Owns the double-entry ledger: accounts, transfers, running balances.

Promises: every transfer has one debit and one credit of the same currency and a cause that can move money only once;
transfers are never changed; a guarded account never goes below zero; balances equal the sum of transfers.
"""

from admitone.ledger.posting import NewTransfer, refunded, sale, sale_undone, unearned
from admitone.ledger.store import balance, balances, post

__all__ = ["NewTransfer", "balance", "balances", "post", "refunded", "sale", "sale_undone", "unearned"]
