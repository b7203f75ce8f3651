"""LNURL: addresses of the web as QR codes carry them, and what is said over them when somebody is paid. Pure.

Sources: LUD-01 (the text), LUD-03 (withdraw), LUD-06 (pay), LUD-16 (Lightning Address), LUD-17 (schemes), all in
https://github.com/lnurl/luds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from admitone.payments.bitcoin import bech32

PREFIX: Final = "lnurl"
_LENGTH_MOST: Final = 2000
_SCHEMES: Final = ("lnurlp://", "lnurlw://", "keyauth://")
_OWN: Final = ("localhost", "127.0.0.1")


class NotLnurl(ValueError):
    """The text is no LNURL."""


class UnusablePay(ValueError):
    """What was answered is no offer to be paid so much. The message says why, with nothing of the answer."""


def encode_lnurl(url: str) -> str:
    """The LNURL of this address, in capitals: as a QR code it is smaller so."""
    return bech32.encode(PREFIX, bech32.to_groups(url.encode())).upper()


def read(written: str) -> str:
    """The address in an LNURL, or in one of the schemes that say the same. Raises `NotLnurl`."""
    text = written.strip()
    if len(text) > _LENGTH_MOST:
        raise NotLnurl("too long")
    lower = text.lower()
    for scheme in _SCHEMES:
        if lower.startswith(scheme):
            rest = text[len(scheme) :]
            host = (urlsplit(f"//{rest}").hostname or "").lower()
            return f"{'http' if host in _OWN or host.endswith('.onion') else 'https'}://{rest}"
    try:
        prefix, groups, form = bech32.decode(text)
        url = bech32.to_bytes(groups).decode("ascii")
    except (bech32.NotBech32, UnicodeDecodeError):
        raise NotLnurl("not the text of an LNURL") from None
    if prefix != PREFIX or form is not bech32.Form.BECH32 or not url.startswith(("https://", "http://")):
        raise NotLnurl("not the text of an LNURL")
    return url


def host_of(url: str) -> str:
    """Whose address it is, for people."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def address_url(name: str, domain: str) -> str:
    """Where a Lightning Address is asked for an invoice (LUD-16)."""
    is_own = domain.partition(":")[0] in _OWN
    return f"{'http' if is_own else 'https'}://{domain}/.well-known/lnurlp/{name}"


@dataclass(frozen=True, slots=True)
class PayOffer:
    """Who is paid there, as LUD-06 says it: `callback` gives invoices, over `metadata_hash` (SHA-256)."""

    callback: str
    metadata_hash: bytes

    def url(self, amount_msat: int) -> str:
        """Where the invoice of this amount is."""
        return f"{self.callback}{'&' if '?' in self.callback else '?'}{urlencode({'amount': amount_msat})}"


def read_offer(said: Mapping[str, Any], amount_msat: int) -> PayOffer:
    """The offer to be paid this amount. Raises `UnusablePay`."""
    least, most = said.get("minSendable"), said.get("maxSendable")
    callback, metadata = said.get("callback"), said.get("metadata")
    if said.get("tag") != "payRequest" or not isinstance(callback, str) or not isinstance(metadata, str):
        raise UnusablePay("no offer to be paid")
    if type(least) is not int or type(most) is not int or not least <= amount_msat <= most:
        raise UnusablePay("not this amount")
    return PayOffer(callback, hashlib.sha256(metadata.encode()).digest())


def lnurl_withdrawal(*, callback: str, k1: str, amount_msat: int, description: str) -> dict[str, object]:
    """What a program that scanned the code is told (LUD-03): ask for exactly this amount."""
    return {
        "tag": "withdrawRequest",
        "callback": callback,
        "k1": k1,
        "defaultDescription": description,
        "minWithdrawable": amount_msat,
        "maxWithdrawable": amount_msat,
    }
