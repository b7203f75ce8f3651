"""BITCOIN: at what rate, for which invoice or address, what came.

Owns the quotes (what an order costs in bitcoin, frozen), the requests (one for each attempt on a Bitcoin rail: its
invoice or its address), what goes back where buyers say, and the cursors of what is watched. Amounts are whole
millisatoshi (msat; 1 BTC = 10**11 msat).
"""

from admitone.payments.bitcoin.chain import Arrival as Arrival
from admitone.payments.bitcoin.chain import ChainBook as ChainBook
from admitone.payments.bitcoin.chain import OutgoingBook as OutgoingBook
from admitone.payments.bitcoin.chain import arrivals as arrivals
from admitone.payments.bitcoin.chain import brought as brought
from admitone.payments.bitcoin.chain import lies_beside as lies_beside
from admitone.payments.bitcoin.claims import PARTLY_UNDONE as PARTLY_UNDONE
from admitone.payments.bitcoin.claims import end_unsent as end_unsent
from admitone.payments.bitcoin.claims import lessen_unsent as lessen_unsent
from admitone.payments.bitcoin.claims import name_destination as name_destination
from admitone.payments.bitcoin.claims import sendings as sendings
from admitone.payments.bitcoin.desk import BitcoinBook as BitcoinBook
from admitone.payments.bitcoin.desk import Rates as Rates
from admitone.payments.bitcoin.destinations import Asked as Asked
from admitone.payments.bitcoin.destinations import Destination as Destination
from admitone.payments.bitcoin.destinations import Wanted as Wanted
from admitone.payments.bitcoin.destinations import read_destination as read_destination
from admitone.payments.bitcoin.destinations import read_invoice as read_invoice
from admitone.payments.bitcoin.facts import DestinationNamed as DestinationNamed
from admitone.payments.bitcoin.facts import DestinationWanted as DestinationWanted
from admitone.payments.bitcoin.facts import PartArrived as PartArrived
from admitone.payments.bitcoin.fixed_rates import FixedRates as FixedRates
from admitone.payments.bitcoin.invoice_fetch import InvoiceFetch as InvoiceFetch
from admitone.payments.bitcoin.lnurl import encode_lnurl as encode_lnurl
from admitone.payments.bitcoin.lnurl import lnurl_withdrawal as lnurl_withdrawal
from admitone.payments.bitcoin.quotes import DUST_SAT as DUST_SAT
from admitone.payments.bitcoin.quotes import RATE_HOLDS as RATE_HOLDS
from admitone.payments.bitcoin.quotes import RATE_HOLDS_LEAST as RATE_HOLDS_LEAST
from admitone.payments.bitcoin.quotes import Price as Price
from admitone.payments.bitcoin.quotes import Quote as Quote
from admitone.payments.bitcoin.quotes import minor_of as minor_of
from admitone.payments.bitcoin.quotes import msat_of as msat_of
from admitone.payments.bitcoin.quotes import rate_until as rate_until
from admitone.payments.bitcoin.quotes import worth_of as worth_of
from admitone.payments.bitcoin.rails import LIGHTNING as LIGHTNING
from admitone.payments.bitcoin.rails import ONCHAIN as ONCHAIN
from admitone.payments.bitcoin.rails import RAILS as RAILS
from admitone.payments.bitcoin.rails import rails_among as rails_among
from admitone.payments.bitcoin.refusals import AddressOfOtherAmount as AddressOfOtherAmount
from admitone.payments.bitcoin.refusals import DestinationKnown as DestinationKnown
from admitone.payments.bitcoin.refusals import DestinationOfOtherNetwork as DestinationOfOtherNetwork
from admitone.payments.bitcoin.refusals import DestinationOfOtherRail as DestinationOfOtherRail
from admitone.payments.bitcoin.refusals import DestinationOfOurs as DestinationOfOurs
from admitone.payments.bitcoin.refusals import InvoiceEndsSoon as InvoiceEndsSoon
from admitone.payments.bitcoin.refusals import InvoiceOfOtherAmount as InvoiceOfOtherAmount
from admitone.payments.bitcoin.refusals import InvoiceUsed as InvoiceUsed
from admitone.payments.bitcoin.refusals import NoDestination as NoDestination
from admitone.payments.bitcoin.refusals import NoInvoiceThere as NoInvoiceThere
from admitone.payments.bitcoin.refusals import NoRate as NoRate
from admitone.payments.bitcoin.refusals import WithdrawalOver as WithdrawalOver
from admitone.payments.bitcoin.scripts import same_address as same_address
from admitone.payments.bitcoin.sending_back import WAITS_FOR_BUYER as WAITS_FOR_BUYER
from admitone.payments.bitcoin.sending_back import Came as Came
from admitone.payments.bitcoin.sending_back import Outgoing as Outgoing
from admitone.payments.bitcoin.sending_back import Rail as Rail
from admitone.payments.bitcoin.sending_back import Sender as Sender
from admitone.payments.bitcoin.sending_back import SendOutcome as SendOutcome
from admitone.payments.bitcoin.sending_back import SendsBack as SendsBack
from admitone.payments.bitcoin.sending_back import SendStatus as SendStatus
from admitone.payments.bitcoin.sending_store import Sending as Sending
from admitone.payments.bitcoin.sending_store import SendingState as SendingState
from admitone.payments.bitcoin.sending_store import sendings_of as sendings_of
from admitone.payments.bitcoin.signed_messages import can_sign as can_sign
from admitone.payments.bitcoin.signed_messages import is_signed_by as is_signed_by
from admitone.payments.bitcoin.store import Request as Request
from admitone.payments.bitcoin.store import requests as requests
from admitone.payments.bitcoin.store import requests_of_order as requests_of_order
from admitone.payments.bitcoin.uris import bitcoin_uri as bitcoin_uri
from admitone.payments.bitcoin.uris import btc_text as btc_text
from admitone.payments.bitcoin.uris import lightning_qr as lightning_qr
from admitone.payments.bitcoin.uris import lightning_uri as lightning_uri
