"""Every kind of payment provider this site knows: one line each in `kinds`. Where one is played by a stand-in, on a
machine of one's own, its addresses are the stand-in's.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from admitone import payments
from admitone.assembly.bitcoin import BitcoinGround, Nodes
from admitone.payments import Mode
from admitone.payments.bitcoin import ChainBook, OutgoingBook
from admitone.payments.providers.bank import BankKind
from admitone.payments.providers.bitcoin_core import BitcoinCoreKind
from admitone.payments.providers.door import DoorKind
from admitone.payments.providers.lightspark import LightsparkKind
from admitone.payments.providers.lnd import LndKind
from admitone.payments.providers.nwc import NwcKind
from admitone.payments.providers.onchain import Onchain
from admitone.payments.providers.paypal import PLACES, PayPalKind, Place, Trust
from admitone.payments.providers.paystack import PaystackKind
from admitone.payments.providers.play_bitcoin import PlayBitcoinKind
from admitone.payments.providers.sandbox import Bank, SandboxKind
from admitone.payments.providers.stripe import StripeKind
from admitone.plumbing.outgoing import Client
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import Settings
from admitone.values.clock import Clock

# Where a stand-in for PayPal says whose certificates count: below its address, and in its folder.
PAYPAL_CERTIFICATE = "/v1/notifications/certs/CERT-standin"
PAYPAL_ROOT = "standins/paypal.root.pem"


def kinds(
    settings: Settings,
    clock: Clock,
    client: Client,
    sandbox: Bank | None,
    book: payments.HandBook,
    bitcoin: BitcoinGround,
    nodes: Nodes,
) -> Mapping[str, payments.Kind]:
    """By name. Stand-ins are known in development only."""
    may_pretend = settings.is_development
    database = bitcoin.lightning.database
    onchain = Onchain(database, ChainBook(database, bitcoin.book))
    known: list[payments.Kind] = [
        _stripe(settings.stripe_url if may_pretend else None, clock, client),
        _paystack(settings.paystack_url if may_pretend else None, clock, client),
        PayPalKind(client, clock, _paypal_places(settings) if may_pretend else PLACES),
        BankKind(book),
        DoorKind(book),
        BitcoinCoreKind(onchain, nodes.client, nodes.addresses, OutgoingBook(database, clock)),
        LndKind(bitcoin.lightning, clock, nodes.addresses),
        LightsparkKind(bitcoin.lightning, clock),
        NwcKind(bitcoin.lightning, clock, PublicFetch(loopback=may_pretend), loopback=may_pretend),
    ]
    if sandbox is not None:
        known.insert(0, SandboxKind(sandbox, settings.site_url))
        known.append(PlayBitcoinKind(bitcoin.lightning, onchain))
    return MappingProxyType({kind.name: kind for kind in known})


def _stripe(standin: str | None, clock: Clock, client: Client) -> StripeKind:
    if standin is None:
        return StripeKind(client, clock)
    return StripeKind(client, clock, api_url=standin, files_url=standin, checkout_origin=standin)


def _paystack(standin: str | None, clock: Clock, client: Client) -> PaystackKind:
    if standin is None:
        return PaystackKind(client, clock)
    return PaystackKind(client, clock, base=standin, origins=frozenset({standin}))


def _paypal_places(settings: Settings) -> Mapping[Mode, Place]:
    if settings.paypal_url is None:
        return PLACES
    return _Pretended(settings.paypal_url, settings.home / PAYPAL_ROOT)


class _Pretended(Mapping[Mode, Place]):
    """Where PayPal is, in test mode its stand-in: that makes its authority when it starts, perhaps after us."""

    def __init__(self, url: str, root: Path) -> None:
        self._url = url
        self._root = root

    def __getitem__(self, mode: Mode) -> Place:
        if mode is not Mode.TEST:
            return PLACES[mode]
        roots = self._root.read_bytes() if self._root.exists() else b""
        return Place(
            self._url, self._url, Trust(addresses=re.escape(f"{self._url}{PAYPAL_CERTIFICATE}"), roots=roots)
        )

    def __iter__(self) -> Iterator[Mode]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)
