"""Every table there is: importing this module completes the metadata that migrations and checks read."""

from admitone.accounts import tables as accounts_tables
from admitone.checkin import tables as checkin_tables
from admitone.events import tables as events_tables
from admitone.inventory import tables as inventory_tables
from admitone.invoices import tables as invoices_tables
from admitone.ledger import tables as ledger_tables
from admitone.messaging import tables as messaging_tables
from admitone.orders import tables as orders_tables
from admitone.payments import tables as payments_tables
from admitone.payments.bitcoin import tables as payments_bitcoin_tables
from admitone.payments.bitcoin.chain import tables as payments_chain_tables
from admitone.payments.books import tables as payments_book_tables
from admitone.payments.credit import tables as payments_credit_tables
from admitone.payments.nwc import tables as payments_nwc_tables
from admitone.payments.providers.play_bitcoin import tables as play_bitcoin_tables
from admitone.payments.providers.sandbox import tables as sandbox_tables
from admitone.payments.uma import tables as payments_uma_tables
from admitone.payouts import tables as payouts_tables
from admitone.plumbing import tables as plumbing_tables
from admitone.plumbing.metadata import Base
from admitone.promotions import tables as promotions_tables
from admitone.statements import tables as statements_tables
from admitone.streams import tables as streams_tables
from admitone.tickets import tables as tickets_tables

TABLES = (
    accounts_tables,
    checkin_tables,
    events_tables,
    inventory_tables,
    invoices_tables,
    ledger_tables,
    messaging_tables,
    orders_tables,
    payments_bitcoin_tables,
    payments_chain_tables,
    payments_book_tables,
    payments_credit_tables,
    payments_nwc_tables,
    payments_tables,
    payments_uma_tables,
    payouts_tables,
    play_bitcoin_tables,
    plumbing_tables,
    promotions_tables,
    sandbox_tables,
    statements_tables,
    streams_tables,
    tickets_tables,
)
metadata = Base.metadata
