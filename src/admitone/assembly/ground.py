"""What the flows stand on, built first."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from admitone import tickets
from admitone.flows.approvals import Approvals
from admitone.flows.documents import Documents
from admitone.flows.offer_book import OfferBook
from admitone.flows.order_letters import OrderLetters
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.post_office import PostOffice
from admitone.flows.promo_codes import PromoCodes
from admitone.flows.refund import Refunding
from admitone.flows.settlement import Settlement
from admitone.payments.credit import CreditCodes
from admitone.plumbing.database import Database
from admitone.plumbing.limiter import Limiter
from admitone.plumbing.links import Links
from admitone.plumbing.sealing import Sealer
from admitone.settings import Settings
from admitone.values.clock import Clock


@dataclass(frozen=True, slots=True)
class Ground:
    """`order_url` gives the address of an order's page, by order id; `ticket_url` that of a ticket's, by what its link
    names.
    """

    settings: Settings
    database: Database
    clock: Clock
    links: Links
    keys: tickets.KeyKeeper
    sealer: Sealer
    credit_codes: CreditCodes
    limiter: Limiter
    promo_codes: PromoCodes
    post: PostOffice
    documents: Documents
    letters: OrderLetters
    payment_accounts: PaymentAccounts
    offers: OfferBook
    settlement: Settlement
    approvals: Approvals
    refunding: Refunding
    order_url: Callable[[UUID], str]
    ticket_url: Callable[[UUID], str]
