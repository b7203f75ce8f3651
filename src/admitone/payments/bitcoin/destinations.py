"""Where bitcoin goes back to, as somebody types it: an invoice, an address, a Lightning Address, an LNURL. Pure.

Read are also `lightning:` and `bitcoin:` addresses as programs share them (BOLT 11, BIP 21). Everything is checked that
can be checked before anybody is asked: checksum, network, amount, and that an invoice can still be paid in time.
Sources: BOLT 11, BIP 21, 173, 350, LUD-01, LUD-16 and LUD-17 (https://github.com/lnurl/luds).
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, unquote

from admitone.payments.bitcoin import bolt11, lnurl
from admitone.payments.bitcoin.refusals import (
    AddressOfOtherAmount,
    DestinationOfOtherNetwork,
    DestinationOfOtherRail,
    InvoiceEndsSoon,
    InvoiceOfOtherAmount,
    NoDestination,
)
from admitone.payments.bitcoin.scripts import script_of
from admitone.values import formats
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT

TYPED_MOST: Final = 4600
"""Characters: the longest invoice with everything that may stand around it."""
FIELD: Final = "destination"
TIME_LEFT: Final = timedelta(minutes=3)
"""An invoice has to be payable so long after it was named."""
_LIGHTNING_ADDRESS: Final = re.compile(r"([a-z0-9._+-]{1,64})@([a-z0-9.-]{1,253}(?::[0-9]{1,5})?)")
_NETWORKS: Final = {
    "bc": frozenset({"mainnet"}),
    "tb": frozenset({"testnet", "signet"}),
    "bcrt": frozenset({"regtest"}),
    "lnbc": frozenset({"mainnet"}),
    "lntb": frozenset({"testnet"}),
    "lntbs": frozenset({"signet"}),
    "lnbcrt": frozenset({"regtest"}),
}
# What old addresses begin with: those of all networks for trying out are the same.
_OLD_MAIN: Final = ("1", "3")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be sent: over this rail (`lightning`, `onchain`), on this network, exactly so many msat."""

    rail: str
    network: str
    amount_msat: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where it can be sent at once: an invoice or an address. `send_until`: when an invoice is too old to be paid."""

    value: str
    payment_hash: str | None = None
    send_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A place that makes an invoice when it is asked for one (LUD-06): at `url`; `words` is how people write it."""

    url: str
    words: str


def read_destination(typed: str, wanted: Wanted, now: datetime) -> Destination | Asked:
    """What was typed. Raises `NoDestination`, `DestinationOfOtherRail`, `DestinationOfOtherNetwork`,
    `InvoiceOfOtherAmount`, `AddressOfOtherAmount`, `InvoiceEndsSoon`.
    """
    text = typed.strip()
    if not text or len(text) > TYPED_MOST or not text.isascii():
        raise NoDestination(field=FIELD)
    scheme, _, rest = text.partition(":")
    if scheme.lower() == "bitcoin":
        text = _of_bip21(rest, wanted)
    elif scheme.lower() == "lightning":
        text = rest
    lower = text.lower()
    if lower.startswith(("lnbc", "lntb")) and "@" not in lower:
        return read_invoice(lower, wanted, now)
    if (asked := _asked(text)) is not None:
        if wanted.rail != "lightning":
            raise DestinationOfOtherRail(field=FIELD, wanted=_RAIL_WORDS[wanted.rail])
        return asked
    return _read_address(text, wanted)


def read_invoice(written: str, wanted: Wanted, now: datetime) -> Destination:
    """An invoice that can be paid. Raises as `read_destination` does."""
    try:
        said = bolt11.decode(written.strip().lower().removeprefix("lightning:"))
    except bolt11.BadBolt11:
        raise NoDestination(field=FIELD) from None
    if wanted.rail != "lightning":
        raise DestinationOfOtherRail(field=FIELD, wanted=_RAIL_WORDS[wanted.rail])
    if wanted.network not in _NETWORKS[said.prefix]:
        raise DestinationOfOtherNetwork(field=FIELD)
    if said.amount_msat not in (None, wanted.amount_msat):
        raise InvoiceOfOtherAmount(field=FIELD, amount=formats.money(wanted.amount_msat, BITCOIN))
    if said.expires_at < now + TIME_LEFT:
        raise InvoiceEndsSoon(field=FIELD)
    return Destination(
        written.strip().lower().removeprefix("lightning:"), said.payment_hash.hex(), said.expires_at
    )


def _read_address(text: str, wanted: Wanted) -> Destination:
    if script_of(text) is None:
        raise NoDestination(field=FIELD)
    if wanted.rail != "onchain":
        raise DestinationOfOtherRail(field=FIELD, wanted=_RAIL_WORDS[wanted.rail])
    prefix = text.lower().partition("1")[0]
    is_main = text.startswith(_OLD_MAIN) if prefix not in _NETWORKS else None
    networks = _NETWORKS.get(prefix) or frozenset(
        {"mainnet"} if is_main else {"testnet", "signet", "regtest"}
    )
    if wanted.network not in networks:
        raise DestinationOfOtherNetwork(field=FIELD)
    return Destination(text.lower() if prefix in _NETWORKS else text)


def _of_bip21(rest: str, wanted: Wanted) -> str:
    """The part of it that fits. An amount in it is the payer's to obey, so another one is refused."""
    address, _, query = rest.partition("?")
    said = {name.lower(): values[-1] for name, values in parse_qs(query).items()}
    if wanted.rail == "lightning" and "lightning" in said:
        return said["lightning"]
    # Where an invoice is wanted the address cannot be used, whatever it asks for.
    if "amount" in said and wanted.rail == "onchain":
        sats = re.fullmatch(r"([0-9]{1,8})(?:\.([0-9]{1,8}))?", said["amount"])
        btc, part = ("", "") if sats is None else (sats[1], sats[2] or "")
        if sats is None or int(btc + part.ljust(8, "0")) * MSAT_PER_SAT != wanted.amount_msat:
            raise AddressOfOtherAmount(field=FIELD, amount=formats.money(wanted.amount_msat, BITCOIN))
    if any(name.startswith("req-") for name in said):
        raise NoDestination(field=FIELD)
    return unquote(address)


def _asked(text: str) -> Asked | None:
    # A UMA name is a Lightning Address with a `$` before it (UMAD-02).
    lower = text.lower().removeprefix("$")
    if found := _LIGHTNING_ADDRESS.fullmatch(lower):
        return Asked(lnurl.address_url(found[1], found[2]), lower)
    try:
        url = lnurl.read(text)
    except lnurl.NotLnurl:
        return None
    return Asked(url, lnurl.host_of(url))


_RAIL_WORDS: Final = {
    "lightning": "a Lightning invoice or a Lightning Address",
    "onchain": "a Bitcoin address",
}
