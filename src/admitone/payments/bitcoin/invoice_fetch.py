"""Asking a Lightning Address or an LNURL for an invoice (LUD-06): two questions to a server that a buyer named.

The first alone tells whether it could give one: nothing is made there by it.
"""

import hmac

from admitone.payments.bitcoin import bolt11, lnurl
from admitone.payments.bitcoin.destinations import FIELD, Asked
from admitone.payments.bitcoin.refusals import NoInvoiceThere
from admitone.plumbing.public_fetch import AddressRefused, NoUsableAnswer, PublicFetch


class InvoiceFetch:
    """Gets invoices from where buyers say."""

    def __init__(self, fetch: PublicFetch) -> None:
        self._fetch = fetch

    async def check(self, asked: Asked, amount_msat: int, client: str | None = None) -> None:
        """Ask whether this amount can be received there; no invoice is made. `client` as for `invoice`.

        Raises `NoInvoiceThere`, `ClientBusy`.
        """
        try:
            with self._fetch.of_client(client):
                lnurl.read_offer(await self._fetch.get_json(asked.url), amount_msat)
        except (AddressRefused, NoUsableAnswer, lnurl.UnusablePay):
            raise NoInvoiceThere(field=FIELD, place=asked.words) from None

    async def invoice(self, asked: Asked, amount_msat: int, client: str | None = None) -> str:
        """An invoice of this amount from there, not checked further. `client` is who named it (`limiter.source_key`).

        Raises `NoInvoiceThere`, `ClientBusy`.
        """
        try:
            with self._fetch.of_client(client):
                offer = lnurl.read_offer(await self._fetch.get_json(asked.url), amount_msat)
                said = await self._fetch.get_json(offer.url(amount_msat))
        except (AddressRefused, NoUsableAnswer, lnurl.UnusablePay):
            raise NoInvoiceThere(field=FIELD, place=asked.words) from None
        written = said.get("pr")
        if not isinstance(written, str) or not _is_of(written, offer):
            raise NoInvoiceThere(field=FIELD, place=asked.words)
        return written


def _is_of(written: str, offer: lnurl.PayOffer) -> bool:
    """The invoice is for what was offered, where it says by a hash what it is for."""
    try:
        said = bolt11.decode(written)
    except bolt11.BadBolt11:
        return False
    return said.description_hash is None or hmac.compare_digest(said.description_hash, offer.metadata_hash)
