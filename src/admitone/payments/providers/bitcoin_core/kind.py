"""Bitcoin Core as a kind of provider: the organiser's own node, where it is, and how sure a payment has to be."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from admitone.payments.account_status import AccountStatus, BadCredentials, NodeRefusesKeys, SettingRefused
from admitone.payments.bitcoin.chain import OutgoingBook, Tiers
from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.providers.bitcoin_core.chain import CoreChain
from admitone.payments.providers.bitcoin_core.hearing import addressed, hearing
from admitone.payments.providers.bitcoin_core.looking import looked
from admitone.payments.providers.bitcoin_core.rpc import Place, Rpc, checked_url
from admitone.payments.providers.bitcoin_core.sending import CoreSender
from admitone.payments.providers.bitcoin_core.signing import FEE_DEFAULT, FEE_MOST
from admitone.payments.providers.bitcoin_core.turns import NodeTurns
from admitone.payments.providers.by_hand import whole_number
from admitone.payments.providers.onchain import CAPABILITIES, METHOD, Onchain, OnchainProvider, sleeping
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable
from admitone.plumbing.outgoing import Client

NAME: Final = "bitcoin_core"
_TIERS: Final = Tiers()
_DEPTH_MOST: Final = 100
_ENDPOINT: Final = re.compile(r"tcp://(\[[0-9a-f:.]+\]|[a-z0-9.-]+):[0-9]{1,5}", re.IGNORECASE)
_ENDPOINTS_MOST: Final = 4


def _optional(name: str, label: str, hint: str) -> Credential:
    return Credential(name, label, hint, is_secret=False, is_optional=True)


@dataclass(frozen=True, slots=True)
class _Settings:
    place: Place
    tiers: Tiers
    endpoints: tuple[str, ...]
    fee_default: int


class BitcoinCoreKind:
    """Implements `Kind`."""

    name = NAME
    label = "Bitcoin Core"
    is_watched = True
    is_played = False
    credentials = (
        Credential(
            "url",
            "Address of the node",
            "Such as https://node.example.org:8332. Without https, and on this site's own network, only where whoever"
            " runs the site permits it.",
            is_secret=False,
            is_place=True,
        ),
        _optional("wallet", "Wallet", "Its name, when the node has several."),
        Credential("user", "User", "Of rpcauth in bitcoin.conf.", is_secret=False),
        Credential("password", "Password", "Of the same line."),
        _optional(
            "two_from_sat",
            "Two confirmations from so many satoshi",
            f"{_TIERS.two_from_sat} if empty; no more than that.",
        ),
        _optional(
            "six_from_sat",
            "Six confirmations from so many satoshi",
            f"{_TIERS.six_from_sat} if empty; no more than that.",
        ),
        _optional("least_confirmations", "Confirmations at least", "1 if empty."),
        _optional("fee_sat_vb", "Fee when the node has no estimate", f"{FEE_DEFAULT} sat/vB if empty."),
        _optional("zmq", "ZMQ publishers", "Of hashblock and rawtx, such as tcp://127.0.0.1:28332."),
    )
    methods = (METHOD,)
    redirect_origins: frozenset[str] = frozenset()

    def __init__(
        self, shared: Onchain, client: Client, addresses: NodeAddresses, outgoing: OutgoingBook
    ) -> None:
        self._shared = shared
        self._client = client
        self._addresses = addresses
        self._outgoing = outgoing
        self._turns = NodeTurns()

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> OnchainProvider:
        """As `Kind.open`. What was set wrong is said by `look`; until then nothing is offered."""
        try:
            set_, wrong = _settings(credentials), None
        except BadCredentials as bad:
            set_, wrong = _Settings(Place("http://127.0.0.1", "", "", ""), _TIERS, (), FEE_DEFAULT), bad
        addresses = self._addresses.for_account(sheet.organiser_id)
        rpc = Rpc(self._client, addresses, set_.place, turn=lambda: self._turns.turn(sheet.id, set_.place))

        async def look() -> AccountStatus:
            if wrong is not None:
                raise wrong
            await _try_endpoints(addresses, set_.endpoints)
            return await looked(rpc, is_live=sheet.mode is Mode.LIVE)

        provider = self._shared.provider(
            sheet,
            CoreChain(rpc, is_live=sheet.mode is Mode.LIVE),
            CoreSender(sheet.id, rpc, self._outgoing, fee_default=set_.fee_default),
            look,
            tiers=set_.tiers,
            wakers=hearing(set_.endpoints, addresses) if set_.endpoints else sleeping,
        )
        if wrong is not None:
            provider.capabilities = {METHOD.id: replace(CAPABILITIES, currencies=frozenset())}
        return provider


def _settings(given: Mapping[str, str]) -> _Settings:
    """What was set. Raises `BadCredentials`."""
    place = Place(
        checked_url(given.get("url", "")),
        given.get("wallet", "").strip(),
        given.get("user", "").strip(),
        given.get("password", ""),
    )
    if not place.user or ":" in place.user:
        raise SettingRefused(field="user", reason="a name without a colon")
    tiers = Tiers(
        whole_number(given, "two_from_sat", _TIERS.two_from_sat, _TIERS.two_from_sat),
        whole_number(given, "six_from_sat", _TIERS.six_from_sat, _TIERS.six_from_sat),
        max(1, whole_number(given, "least_confirmations", 1, _DEPTH_MOST)),
    )
    endpoints = tuple(given.get("zmq", "").replace(",", " ").split())
    if len(endpoints) > _ENDPOINTS_MOST or not all(_ENDPOINT.fullmatch(one) for one in endpoints):
        raise SettingRefused(
            field="zmq", reason=f"up to {_ENDPOINTS_MOST} addresses such as tcp://127.0.0.1:28332"
        )
    fee = max(1, whole_number(given, "fee_sat_vb", FEE_DEFAULT, FEE_MOST))
    return _Settings(place, tiers, endpoints, fee)


async def _try_endpoints(addresses: NodeAddresses, endpoints: Sequence[str]) -> None:
    """Raises `NodeRefusesKeys` when one of them is not listened to."""
    try:
        for endpoint in endpoints:
            await addressed(endpoint, addresses)
    except NodeUnreachable:
        raise NodeRefusesKeys(field="zmq", reason="nobody can be listened to at these publishers") from None
