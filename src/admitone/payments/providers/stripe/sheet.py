"""What can be paid through Stripe, and where. Sources: docs.stripe.com/currencies (presentment currencies, minimum and
maximum charge amounts), stripe.com/global (countries), docs.stripe.com/api/checkout/sessions/create (how long).

Amounts here are our minor units. Stripe converts the least amount of a currency that is not listed from the account's
own currency, so there it is for Stripe to say no.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from admitone.payments.provider import Capabilities, Method
from admitone.values import currencies

CHECKOUT_ORIGIN = "https://checkout.stripe.com"
# Eight digits at most; JPY and HUF could have more, which no ticket needs.
AMOUNT_MOST = 99_999_999
# A session lives for 24 hours at most; the rest is for clocks that differ and answers that come late.
PAY_WITHIN = timedelta(hours=23)

CHECKOUT = Method("checkout", "Card", "Cards, Apple Pay and Google Pay on Stripe's page", "credit-card")
CARD = Method(
    "card", "Card in your own page", "For programs that show Stripe's form themselves", "credit-card"
)

_COUNTRIES = (
    "AE AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GI GR HK HR HU IE IT JP LI LT LU LV MT MX MY NL NO NZ PL PT "
    "RO SE SG SI SK TH US IN"
)
COUNTRIES = frozenset(_COUNTRIES.split())
_TAKEN = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN "
    "MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE "
    "SOS SRD SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CURRENCIES = frozenset(code for code in _TAKEN.split() if currencies.known(code))
LEAST: Mapping[str, int] = MappingProxyType(
    {
        "AED": 200,
        "AUD": 50,
        "BRL": 50,
        "CAD": 50,
        "CHF": 50,
        "CZK": 1500,
        "DKK": 250,
        "EUR": 50,
        "GBP": 30,
        "HKD": 400,
        "HUF": 17500,
        "INR": 50,
        "JPY": 50,
        "MXN": 1000,
        "MYR": 200,
        "NOK": 300,
        "NZD": 50,
        "PLN": 200,
        "RON": 200,
        "SEK": 300,
        "SGD": 50,
        "THB": 1000,
        "USD": 50,
    }
)


def capabilities(checkout_origin: str) -> Mapping[str, Capabilities]:
    """What each method can do, by method id. Refunds of card payments have no documented end."""
    card = Capabilities(
        currencies=CURRENCIES,
        amount_max_minor=AMOUNT_MOST,
        amount_min_minor_in=LEAST,
        countries=COUNTRIES,
        pay_within=PAY_WITHIN,
    )
    checkout = Capabilities(
        currencies=CURRENCIES,
        amount_max_minor=AMOUNT_MOST,
        amount_min_minor_in=LEAST,
        countries=COUNTRIES,
        needs_redirect=True,
        redirect_origins=frozenset({checkout_origin}),
        pay_within=PAY_WITHIN,
    )
    return MappingProxyType({CHECKOUT.id: checkout, CARD.id: card})
