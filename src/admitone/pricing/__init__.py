"""Pure arithmetic: what does this basket cost, and who gets which part of it?

Promises: whole minor units and no fractions; the price shown times the quantity is the line's total;
organiser, fee and tax add up to what the buyer pays and none is negative; a stored quote can be computed
again for ever.
"""

from admitone.pricing.fees import FIXED_FEE_MAX_MINOR, NO_FEE, BadFee, FeeRule
from admitone.pricing.quote import (
    ITEMS_MAX,
    PRICE_MAX_MINOR,
    QUANTITY_MAX,
    RULE_VERSION,
    TOTAL_MAX_MINOR,
    BadBasket,
    BadPrice,
    BadQuantity,
    Item,
    Quote,
    QuoteLine,
    TooLarge,
    quote,
)
from admitone.pricing.record import UnknownRules, as_record, from_record, recompute, rules_from_record
from admitone.pricing.taxes import NO_TAX, BadTax, TaxRule

__all__ = [
    "FIXED_FEE_MAX_MINOR",
    "ITEMS_MAX",
    "NO_FEE",
    "NO_TAX",
    "PRICE_MAX_MINOR",
    "QUANTITY_MAX",
    "RULE_VERSION",
    "TOTAL_MAX_MINOR",
    "BadBasket",
    "BadFee",
    "BadPrice",
    "BadQuantity",
    "BadTax",
    "FeeRule",
    "Item",
    "Quote",
    "QuoteLine",
    "TaxRule",
    "TooLarge",
    "UnknownRules",
    "as_record",
    "from_record",
    "quote",
    "recompute",
    "rules_from_record",
]
