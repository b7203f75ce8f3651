"""The ways of paying at Paystack, and what each can do.

Sources: Paystack's OpenAPI document (`currency`, `channels` of `/transaction/initialize`), its pages on payment
channels (what is to be had in which country), on supported currencies (lowest amounts) and on errors (10,000,000 of
any currency at most; 100 naira at least by bank transfer).
Amounts are minor units; all five currencies have two decimals.
"""

from collections.abc import Mapping
from types import MappingProxyType

from admitone.payments.provider import Capabilities, Method

CHECKOUT = "https://checkout.paystack.com"
CURRENCIES = frozenset({"NGN", "GHS", "ZAR", "KES", "USD"})
COUNTRIES = {"NGN": "NG", "GHS": "GH", "ZAR": "ZA", "KES": "KE"}
AMOUNT_MAX_MINOR = 1_000_000_000
_LEAST = {"NGN": 5_000, "GHS": 10, "ZAR": 100, "KES": 300, "USD": 200}

METHODS = (
    Method("card", "Card", "Visa, Mastercard, Verve", "credit-card"),
    Method("bank_transfer", "Bank transfer", "To an account number made for this payment", "landmark"),
    Method("mobile_money", "Mobile money", "M-PESA, MTN, Telecel, AirtelTigo", "smartphone"),
    Method("ussd", "USSD", "Dial your bank's code on your phone", "keyboard"),
    Method("eft", "Instant EFT", "From your bank account, through Ozow", "building-2"),
    Method("qr", "QR code", "Scan with your bank's app", "qr-code"),
)
_CURRENCIES_OF: Mapping[str, frozenset[str]] = {
    "card": CURRENCIES,
    "bank_transfer": frozenset({"NGN"}),
    "mobile_money": frozenset({"GHS", "KES"}),
    "ussd": frozenset({"NGN"}),
    "eft": frozenset({"ZAR"}),
    "qr": frozenset({"NGN", "ZAR"}),
}


def capabilities(origins: frozenset[str] = frozenset({CHECKOUT})) -> Mapping[str, Capabilities]:
    """By method; `origins` are where its payment pages are."""
    return MappingProxyType({method.id: _capabilities(method.id, origins) for method in METHODS})


def _capabilities(method: str, origins: frozenset[str]) -> Capabilities:
    currencies = _CURRENCIES_OF[method]
    least = dict(_LEAST)
    if method == "bank_transfer":
        least["NGN"] = 10_000
    countries = frozenset(COUNTRIES[one] for one in currencies if one in COUNTRIES)
    return Capabilities(
        currencies=currencies,
        amount_max_minor=AMOUNT_MAX_MINOR,
        amount_min_minor_in=MappingProxyType({one: least[one] for one in currencies}),
        needs_redirect=True,
        redirect_origins=origins,
        countries=countries,
    )
