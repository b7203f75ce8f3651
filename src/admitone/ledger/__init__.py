"""WHAT IS OWED. Owns the double-entry ledger: accounts, transfers, running balances.

Promises: every transfer has one debit and one credit of the same currency and a cause that can move money only once;
transfers are never changed; a guarded account never goes below zero; balances equal the sum of transfers.
"""

from admitone.ledger.chart import AccountName, clearing, credit
from admitone.ledger.converting import Side, converted
from admitone.ledger.crediting import (
    credit_funded,
    credit_given,
    credit_given_back,
    credit_restored,
    credit_set_aside,
    credit_taken,
    gift,
    gift_ended,
)
from admitone.ledger.exchanging import exchange_moved, exchanged
from admitone.ledger.mirroring import (
    Books,
    dispute_held,
    dispute_won,
    disputed_taken,
    fee_kept,
    left_to_bank,
    refund_by_dispute,
)
from admitone.ledger.paying_out import (
    payout_arrived,
    payout_back,
    payout_begun,
    payout_returned,
    released,
    reserve_ended,
)
from admitone.ledger.posting import (
    NewTransfer,
    Parts,
    deposit,
    deposit_owed,
    kept,
    refunded,
    sale,
    sale_of_deposits,
    sale_undone,
    transfers,
    unearned,
)
from admitone.ledger.store import balance, balances, earned_direct, post

__all__ = [
    "AccountName",
    "Books",
    "NewTransfer",
    "Parts",
    "Side",
    "balance",
    "balances",
    "clearing",
    "converted",
    "credit",
    "credit_funded",
    "credit_given",
    "credit_given_back",
    "credit_restored",
    "credit_set_aside",
    "credit_taken",
    "deposit",
    "deposit_owed",
    "dispute_held",
    "dispute_won",
    "disputed_taken",
    "earned_direct",
    "exchange_moved",
    "exchanged",
    "fee_kept",
    "gift",
    "gift_ended",
    "kept",
    "left_to_bank",
    "payout_arrived",
    "payout_back",
    "payout_begun",
    "payout_returned",
    "post",
    "refund_by_dispute",
    "refunded",
    "released",
    "reserve_ended",
    "sale",
    "sale_of_deposits",
    "sale_undone",
    "transfers",
    "unearned",
]
