"""The addresses that payers' programs open and that QR codes carry: BIP-21 with a Lightning invoice inside. Pure.

Sources: BIP-21 (https://github.com/bitcoin/bips/blob/master/bip-0021.mediawiki), BIP-173 (upper case makes a smaller QR
code: letters and digits are then in its alphanumeric mode), BOLT 11 (`lightning:`).
"""

from decimal import Decimal
from typing import Final
from urllib.parse import quote

from admitone.values.currencies import MSAT_PER_SAT, SAT_PER_BTC

_SEGWIT: Final = ("bc1", "tb1", "bcrt1")


def btc_text(amount_msat: int) -> str:
    """The amount as BIP-21 writes it, in bitcoin without needless zeros, rounded up to a whole satoshi."""
    sats = -(-amount_msat // MSAT_PER_SAT)
    exact = Decimal(sats) / SAT_PER_BTC
    return f"{exact:.8f}".rstrip("0").rstrip(".")


def bitcoin_uri(address: str, amount_msat: int, *, bolt11: str | None = None, label: str = "") -> str:
    """`bitcoin:<address>?amount=<btc>`, with the invoice as `lightning` for those who can pay it, and a label."""
    uri = f"bitcoin:{_folded(address)}?amount={btc_text(amount_msat)}"
    if bolt11 is not None:
        uri += f"&lightning={bolt11.upper()}"
    return f"{uri}&label={quote(label, safe='')}" if label else uri


def lightning_uri(bolt11: str) -> str:
    """`lightning:<invoice>`."""
    return f"lightning:{bolt11}"


def lightning_qr(bolt11: str) -> str:
    """The same for a QR code: all in capitals, which makes it smaller and means the same."""
    return lightning_uri(bolt11).upper()


def _folded(address: str) -> str:
    """Addresses of segregated witness mean the same in capitals; older ones do not."""
    return address.upper() if address.startswith(_SEGWIT) else address
