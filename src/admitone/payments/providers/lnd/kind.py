"""LND as a kind of provider: what an account needs to be told, and how it is opened."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.providers.lightning import METHOD, Lightning, LightningProvider
from admitone.payments.providers.lnd.node import LndNode
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.values.clock import Clock

WAITING_MOST: Final = 5_000
"""So many open invoices are swept after a connection was lost, the newest; the timetable asks about all."""
_EITHER: Final = MappingProxyType(dict.fromkeys(Mode, "on|off"))
CREDENTIALS: Final = (
    Credential(
        "host",
        "Host and port",
        "Where LND's gRPC listens, such as node.example.org:10009.",
        is_secret=False,
        is_place=True,
    ),
    Credential(
        "macaroon",
        "Macaroon",
        "Hexadecimal or Base64. Bake one that may do no more than is needed: lncli bakemacaroon info:read"
        " invoices:read invoices:write offchain:read offchain:write.",
        length_most=4000,
    ),
    Credential(
        "certificate",
        "TLS certificate",
        "The text of LND's tls.cert. Leave it empty if a public authority signed it.",
        is_secret=False,
        is_optional=True,
        length_most=8000,
        has_lines=True,
        is_place=True,
    ),
    Credential(
        "hold",
        "A payment that comes too late",
        "It is held until the tickets are certain, and goes back by itself if they are not.",
        is_secret=False,
        pattern=_EITHER,
        is_optional=True,
        choices=(("on", "goes back by itself"), ("off", "is taken, and refunded where the buyer says")),
    ),
    Credential(
        "hints",
        "Channels that are not announced",
        "Name them if the node has no others: else payments do not find it.",
        is_secret=False,
        pattern=_EITHER,
        is_optional=True,
        choices=(("off", "are not named in invoices"), ("on", "are named in invoices")),
    ),
)


class LndKind:
    """Implements `Kind`."""

    name = "lnd"
    label = "LND"
    credentials = CREDENTIALS
    methods = (METHOD,)
    redirect_origins: frozenset[str] = frozenset()
    is_watched = True
    is_played = False

    def __init__(self, lightning: Lightning, clock: Clock, addresses: NodeAddresses) -> None:
        self._lightning = lightning
        self._clock = clock
        self._addresses = addresses

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> LightningProvider:
        """As `Kind.open`."""
        node = LndNode(
            credentials,
            self._clock,
            lambda: self._lightning.book.hashes_waiting(sheet.id, WAITING_MOST),
            self._addresses.for_account(sheet.organiser_id),
        )
        return self._lightning.provider(sheet, node, holds=credentials.get("hold") != "off")
