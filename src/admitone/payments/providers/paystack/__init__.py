"""Paystack: cards, bank transfers, USSD, mobile money and QR in Nigeria, Ghana, South Africa and Kenya.

`PaystackKind` is its front; `adapter` takes payments, `refunds` sends them back, `payouts`, `mirror` and `disputes`
are the other roles it plays.
"""

from admitone.payments.providers.paystack.adapter import PaystackProvider
from admitone.payments.providers.paystack.kind import PaystackKind

__all__ = ["PaystackKind", "PaystackProvider"]
