"""What whoever adds an account does before at their own node or wallet app, in steps; the long form is in `docs/`."""

from collections.abc import Mapping
from typing import Final

_BOUGHT: Final = "Then buy one ticket yourself and give it back: so you know that both ways work."

GUIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "lnd": (
        "LND 0.18 or newer, with its gRPC port (10009) reachable from this site.",
        "Bake a macaroon that may do no more than is needed: lncli bakemacaroon info:read invoices:read"
        " invoices:write offchain:read offchain:write. Never use admin.macaroon.",
        "Copy the text of tls.cert. If this site reaches the node by another name, add that with tlsextradomain in"
        " lnd.conf, delete tls.cert and tls.key, and start LND anew.",
        "The node needs inbound capacity: channels whose other side has more money than you sell in a while.",
        _BOUGHT,
    ),
    "bitcoin_core": (
        "Bitcoin Core 28 or newer, behind a proxy with a certificate, so that its address begins with https://.",
        "Make a wallet for ticket sales alone: bitcoin-cli -named createwallet wallet_name=tickets"
        " load_on_startup=true. It also sends refunds, so keep little in it, and a backup of it.",
        "Make a user with share/rpcauth/rpcauth.py, and name in rpcwhitelist what it may call.",
        "A payment counts after 1, 2 or 6 confirmations, by how much it is: tickets then come minutes to hours later.",
        _BOUGHT,
    ),
    "nwc": (
        "In your wallet app make a connection for this site alone (Nostr Wallet Connect).",
        "Let it make and look up invoices; for refunds also pay invoices, with a budget you are fine with.",
        "Whoever runs the wallet for you holds the money: choose one you would trust with an evening’s takings.",
        _BOUGHT,
    ),
    "lightspark": (
        "In Lightspark’s dashboard, under API config, make a token; its secret is shown once.",
        "The node password is needed for refunds. Without it they are sent by hand.",
        "For payments to be noticed at once, make a webhook with the address below and copy its signing key.",
        _BOUGHT,
    ),
}
"""By the kind's name; a kind without an entry says all of it beside its fields."""
