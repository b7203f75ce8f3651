"""UMA, Universal Money Addresses: `$name@domain`, between this site and the providers of its buyers' wallets.

Owns which signatures of others were used, and the UMA invoices made here. Promises: a signature is accepted once and
within ten minutes; keys come from public addresses only and are kept no longer than they say; an order's UMA invoices
all lead to its one Lightning invoice.
"""

from admitone.payments.uma.addresses import UmaAddress as UmaAddress
from admitone.payments.uma.addresses import is_name as is_name
from admitone.payments.uma.addresses import uma_address as uma_address
from admitone.payments.uma.bringing import BRING_SECONDS as BRING_SECONDS
from admitone.payments.uma.bringing import UmaOutcome as UmaOutcome
from admitone.payments.uma.bringing import UmaProviders as UmaProviders
from admitone.payments.uma.own_keys import BadUmaKey as BadUmaKey
from admitone.payments.uma.own_keys import OwnKeys as OwnKeys
from admitone.payments.uma.own_keys import own_key as own_key
from admitone.payments.uma.peers import Peers as Peers
from admitone.payments.uma.protocol import InvoiceWish as InvoiceWish
from admitone.payments.uma.protocol import Messages as Messages
from admitone.payments.uma.protocol import PayAsk as PayAsk
from admitone.payments.uma.protocol import PayTerms as PayTerms
from admitone.payments.uma.protocol import load as load
from admitone.payments.uma.public_providers import PublicUmaProviders as PublicUmaProviders
from admitone.payments.uma.refusals import BadUmaAddress as BadUmaAddress
from admitone.payments.uma.refusals import OwnUmaAddress as OwnUmaAddress
from admitone.payments.uma.refusals import UmaRefused as UmaRefused
from admitone.payments.uma.refusals import no_such_receiver as no_such_receiver
from admitone.payments.uma.refusals import no_such_request as no_such_request
from admitone.payments.uma.refusals import wrong_amount as wrong_amount
from admitone.payments.uma.store import UmaInvoiceRow as UmaInvoiceRow
from admitone.payments.uma.store import by_id as by_id
from admitone.payments.uma.store import insert as insert
from admitone.payments.uma.store import move as move
from admitone.payments.uma.store import of_attempt as of_attempt
from admitone.payments.uma.store import of_event as of_event
from admitone.payments.uma.store import of_order as of_order
