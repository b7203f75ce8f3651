"""A stand-in for PayPal: orders, captures, refunds, payouts, disputes, books, signed webhooks and a payment page.

`create_app` gives the application; `app.state.standin` (a `StandIn`) does what buyers and PayPal do, and has the knobs.
"""

from admitone.entrypoints.standins.paypal.app import StandIn, create_app, kept_signer
from admitone.entrypoints.standins.paypal.company import Company
from admitone.entrypoints.standins.paypal.desk import HungUp
from admitone.entrypoints.standins.paypal.knobs import Choice, Knobs, Merchant, Mishap
from admitone.entrypoints.standins.paypal.office import Office
from admitone.entrypoints.standins.paypal.signing import CERTIFICATE_PATH, Signer

__all__ = [
    "CERTIFICATE_PATH",
    "Choice",
    "Company",
    "HungUp",
    "Knobs",
    "Merchant",
    "Mishap",
    "Office",
    "Signer",
    "StandIn",
    "create_app",
    "kept_signer",
]
