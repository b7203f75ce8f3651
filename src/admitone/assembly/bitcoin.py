"""What Bitcoin's rails stand on: quotes at rates, requests, and the secret that preimages are made of."""

from dataclasses import dataclass

from admitone.payments.bitcoin import BitcoinBook, FixedRates, Rates
from admitone.payments.providers.lightning import Lightning, Preimages
from admitone.payments.providers.rates import SOURCES, PublicRates
from admitone.plumbing.database import Database
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.plumbing.outgoing import Client, open_node_client
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import Settings
from admitone.values.clock import Clock


@dataclass(frozen=True, slots=True)
class BitcoinGround:
    """The book of quotes and requests, and what all accounts on Lightning share."""

    book: BitcoinBook
    lightning: Lightning


@dataclass(frozen=True, slots=True)
class Nodes:
    """How the nodes that organisers name are reached. `client` is closed by whoever opened it."""

    client: Client
    addresses: NodeAddresses


def open_nodes(settings: Settings) -> Nodes:
    """Connections of their own, to no address that the site does not permit."""
    return Nodes(open_node_client(), NodeAddresses(own_network=settings.allows_nodes_on_own_network))


def bitcoin_ground(settings: Settings, database: Database, clock: Clock, key: bytes) -> BitcoinGround:
    """Real money is never quoted at play prices, whatever is set: for live accounts exchanges are asked."""
    public = public_rates(settings, clock)
    play = public if settings.pays_by_public_rates else FixedRates(clock)
    book = BitcoinBook(database, clock, play, public)
    return BitcoinGround(book, Lightning(database, book, Preimages(key)))


def public_rates(settings: Settings, clock: Clock) -> Rates:
    """What exchanges say a bitcoin costs."""
    return PublicRates(
        [SOURCES[name] for name in settings.bitcoin_rate_sources],
        PublicFetch(),
        clock,
        spread_bps=settings.bitcoin_rate_spread_bps,
        least=settings.bitcoin_rate_sources_least,
    )
