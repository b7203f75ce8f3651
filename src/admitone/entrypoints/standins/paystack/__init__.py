"""A stand-in for Paystack: payments with a page to decide them, refunds, transfers, the ledger, disputes, webhooks.

`Company` is the company with its books, `create_app` its interface and pages. `Knobs` says how badly it behaves.
"""

from admitone.entrypoints.standins.paystack.app import create_app
from admitone.entrypoints.standins.paystack.company import Company
from admitone.entrypoints.standins.paystack.knobs import Fault, Knobs
from admitone.entrypoints.standins.paystack.no import No

__all__ = ["Company", "Fault", "Knobs", "No", "create_app"]
