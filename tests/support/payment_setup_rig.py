"""A site on which Stripe, Paystack and PayPal are played in the same process, without a wire."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import httpx2

from admitone.assembly import Assembly
from admitone.entrypoints.standins import paystack, stripe
from admitone.flows.payment import Payment
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.payment_modes import PaymentModes
from admitone.flows.payment_setup import PaymentSetup
from admitone.flows.settlement import Settlement
from admitone.flows.trial_letters import TrialLetters
from admitone.payments import Kind
from admitone.payments.providers.paystack import PaystackKind
from admitone.payments.providers.stripe import StripeKind
from admitone.plumbing.sealing import Sealer, load_or_create_master_key

ORIGIN = "http://localhost:8056"
PAYSTACK_KEY = "sk_test_" + "0123456789abcdef" * 2
STRIPE_KEY = "sk_test_" + "0123456789abcdefABCDEF"
SIGNING = "whsec_" + "platform0123456789"
CONNECT = "whsec_" + "connected0123456789"
STRIPE_KEYS = {"secret_key": STRIPE_KEY, "webhook_secret": SIGNING, "connect_webhook_secret": CONNECT}


@dataclass
class SetupRig:
    """The flows, on a site's database, with the played providers behind them."""

    site: Assembly
    stand_in: stripe.StandIn
    company: paystack.Company
    opened: PaymentAccounts
    setup: PaymentSetup
    modes: PaymentModes
    settlement: Settlement
    payment: Payment


def setup_rig(site: Assembly) -> SetupRig:
    """Kinds that lead to stand-ins, and flows that know them."""
    stand_in = stripe.StandIn(site.clock, secret_key=STRIPE_KEY, public_url=ORIGIN, endpoints=())
    company = paystack.Company(PAYSTACK_KEY, site.clock)
    stripes = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=stripe.create_app(stand_in, sends=False)))
    paystacks = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=paystack.create_app(company, origin=ORIGIN))
    )
    kinds: dict[str, Kind] = {
        **site.payment_accounts.kinds,
        "stripe": StripeKind(stripes, site.clock, api_url=ORIGIN, files_url=ORIGIN, checkout_origin=ORIGIN),
        "paystack": PaystackKind(paystacks, site.clock, base=ORIGIN, origins=frozenset({ORIGIN})),
    }
    sealer = Sealer({1: load_or_create_master_key(site.settings.home / "master.key")}, active=1)
    opened = PaymentAccounts(site.database, site.clock, sealer, MappingProxyType(kinds), "http://testserver")
    settlement = Settlement(site.database, site.clock, opened, site.offers, site.ring)
    return SetupRig(
        site=site,
        stand_in=stand_in,
        company=company,
        opened=opened,
        setup=PaymentSetup(site.database, site.clock, opened, site.limiter),
        modes=PaymentModes(
            site.database,
            site.clock,
            opened,
            site.refunding,
            TrialLetters(site.post, lambda order_id: f"https://x.test/o/{order_id}", "https://x.test"),
        ),
        settlement=settlement,
        payment=Payment(
            site.database, site.clock, opened, site.offers, settlement, lambda _: "http://testserver/orders/x"
        ),
    )


def wired_site(site: Assembly) -> Assembly:
    """The site, with the played providers behind its pages."""
    rig = setup_rig(site)
    money = replace(site.money, payment_setup=rig.setup, payment_modes=rig.modes)
    return replace(site, payment_accounts=rig.opened, money=money)
