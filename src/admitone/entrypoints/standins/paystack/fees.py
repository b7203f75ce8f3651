"""What the stand-in keeps of what it moves: Paystack's published prices of 2025, without those for foreign cards."""

CURRENCIES = ("NGN", "GHS", "ZAR", "KES", "USD")
# Per ten thousand, flat, from which amount the flat part is due, and the most: minor units.
_FEES: dict[str, tuple[int, int, int, int]] = {
    "NGN": (150, 10_000, 250_000, 200_000),
    "GHS": (195, 0, 0, 10**12),
    "ZAR": (290, 100, 0, 10**12),
    "KES": (290, 0, 0, 10**12),
    "USD": (390, 0, 0, 10**12),
}
TRANSFER_FEES = {"NGN": 1_000, "GHS": 100, "KES": 2_000, "ZAR": 300, "USD": 0}


def fee_minor(currency: str, amount_minor: int) -> int:
    """What is kept of a payment, rounded up."""
    per_ten_thousand, flat, flat_from, most = _FEES[currency]
    share = -(-amount_minor * per_ten_thousand // 10_000)
    return min(share + (flat if amount_minor >= flat_from else 0), most)
