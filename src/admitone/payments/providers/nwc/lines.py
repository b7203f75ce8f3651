"""Lines to wallets, for those who do not want to pay for the libraries before they need them."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from admitone.payments.nwc import ConnectionUri
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import Clock

if TYPE_CHECKING:
    from admitone.payments.providers.nwc.line import Line


def open_line(uri: ConnectionUri, fetch: PublicFetch, clock: Clock) -> "AbstractAsyncContextManager[Line]":
    """As `line.open_line`. The libraries of keys and web sockets take half a second to be read, on first use."""
    from admitone.payments.providers.nwc import line  # noqa: PLC0415

    return line.open_line(uri, fetch, clock)
