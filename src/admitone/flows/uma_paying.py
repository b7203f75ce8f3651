"""Paid by UMA: the provider of a payer's wallet asks who is paid, asks for the invoice, and tells when it has paid.

What is asked is believed once its signature was accepted (`payments.uma.Peers`); what is told afterwards is a hint, and
the node is asked. Versions 1 and 0 (UMAD-03 to UMAD-07). An order's invoice is the one its page shows, so its
description is not the hash that the standard wants; amount and currency are held against it instead.
"""

from typing import Final
from uuid import UUID

import structlog

from admitone.flows.lnurl_pay import BOUGHT, COMMENT_CHARS, SITE_MSAT, LnurlPay
from admitone.flows.payable import (
    SITE,
    EmailMissing,
    OtherAmount,
    Payable,
    PayableDesk,
    PayableOrder,
    PayableTicket,
    Payer,
)
from admitone.flows.settlement import Settlement
from admitone.flows.uma_event_invoice import UmaEventInvoices
from admitone.flows.uma_site import ORDER_DATA, TICKET_DATA, UmaSite
from admitone.payments import uma
from admitone.payments.uma import OwnKeys, PayAsk, PayTerms, Peers, UmaRefused
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.links import Links, NoSuchLink
from admitone.values.ids import normalise_code

log = structlog.get_logger(__name__)
ASKED: Final = Rule("uma.source", 300, 60)
"""Questions of one address a minute: each may have us fetch a key."""
_CALLBACK: Final = "uma callback"


class UmaPaying:
    """Answers other providers."""

    def __init__(
        self,
        payable: PayableDesk,
        lnurl: LnurlPay,
        settlement: Settlement,
        limiter: Limiter,
        links: Links,
        peers: Peers,
        keys: OwnKeys,
        invoices: UmaEventInvoices,
        site: UmaSite,
    ) -> None:
        self._payable = payable
        self._lnurl = lnurl
        self._settlement = settlement
        self._limiter = limiter
        self._links = links
        self._keys = keys
        self._invoices = invoices
        self.peers = peers
        self.site = site

    def public_keys(self) -> dict[str, object]:
        """The answer to `/.well-known/lnurlpubkey`."""
        return self._keys.shown(self._payable.clock.now())

    async def configuration(self) -> dict[str, object]:
        """The answer to `/.well-known/uma-configuration`: we receive, and take no requests to pay."""
        return {"name": self.site.name, "uma_major_versions": (await uma.load()).major_versions()}

    async def offer(self, name: str, query: str, source: str) -> str:
        """The signed answer to `/.well-known/lnurlp/<name>?<query>`, as JSON. `source` is who asks, for limits.

        Raises `UmaRefused`, `TooMany`, and what `PayableDesk.by_name` raises.
        """
        await self._limiter.take(ASKED, source)
        messages = await uma.load()
        # The address as others see it: their signature is over its host.
        asked = messages.read_query(f"{self.site.url}/.well-known/lnurlp/{name}?{query}")
        await self.peers.accept(asked.signed, source)
        plain = name.removeprefix("$")
        if not uma.is_name(plain):
            raise uma.no_such_receiver()
        return messages.answer_query(asked, self._keys, await self._terms(plain, name))

    async def _terms(self, plain: str, spelled: str) -> PayTerms:
        kyc, texts = self.site.kyc, self._payable.texts
        if plain.lower() == SITE:
            least, most = SITE_MSAT
            callback = self.site.payreq(SITE, to=spelled)
            return PayTerms(least, most, callback, texts.site(plain), ORDER_DATA, kyc, COMMENT_CHARS)
        what = await self._payable.by_name(plain)
        if isinstance(what, PayableOrder):
            quote = self._payable.quotes.seal_order(what.promise)
            callback = self.site.payreq(self._lnurl.order_key(what.order_id), to=spelled, quote=quote)
            due = what.promise.amount_msat
            return PayTerms(due, due, callback, texts.order(what.code), ORDER_DATA, kyc)
        callback = self.site.payreq(what.slug, to=spelled, quote=self._payable.quotes.seal(what.quote))
        due = what.quote.amount_msat
        return PayTerms(due, due, callback, self._lnurl.metadata(what, plain), TICKET_DATA, kyc)

    async def pay(self, key: str, *, to: str | None, quote: str | None, body: bytes, source: str) -> str:
        """The answer to a pay request at `/uma/payreq/<key>`, as JSON: the invoice.

        Raises `UmaRefused`, `TooMany`, and what `PayableDesk.buy` raises.
        """
        await self._limiter.take(ASKED, source)
        messages = await uma.load()
        asked = messages.read_pay_request(body)
        await self.peers.accept(asked.signed, source)
        what = await self._find(key, quote, asked)
        if isinstance(what, PayableTicket):
            await self._limiter.take(BOUGHT, source)
        try:
            bought = await self._payable.buy(what, Payer(asked.email, asked.name, asked.comment), asked.msat)
        except OtherAmount as refusal:
            raise UmaRefused("AMOUNT_OUT_OF_RANGE", 400, refusal.sentence) from refusal
        except EmailMissing as refusal:
            raise UmaRefused("MISSING_MANDATORY_PAYER_DATA", 400, refusal.sentence) from refusal
        assert bought.request.bolt11 is not None, "an invoice on Lightning"
        plain = (to or "").removeprefix("$")
        return messages.answer_pay_request(
            asked,
            self._keys,
            payee=f"${plain if _is_of(what, plain) else SITE}@{self.site.domain}",
            bolt11=bought.request.bolt11,
            metadata=self._lnurl.metadata(what, plain or SITE),
            callback=self._callback(bought.order_id),
        )

    async def _find(self, key: str, quote: str | None, asked: PayAsk) -> Payable:
        """What is paid at this key. Raises `UmaRefused`, `QuoteOver`, `CodeMissing`."""
        if key == SITE:
            return await self._payable.in_comment(asked.comment)
        if quote is not None and self._lnurl.is_order_key(key):
            return await self._lnurl.order_of_key(key, quote)
        if quote is not None:
            return await self._payable.promised(self._payable.quotes.open_(quote, self._payable.clock.now()))
        promised = await self._invoices.quote_of(key)
        if promised is not None:
            return await self._payable.promised(promised, many=True)
        return await self._lnurl.order_of_key(key)

    def _callback(self, order_id: UUID) -> str:
        """Where a provider tells that it has paid."""
        return f"{self.site.url}/api/tickets/uma-callback?payment={self._links.make(_CALLBACK, order_id)}"

    async def told(self, payment: str, body: bytes, source: str) -> None:
        """A provider says that it has paid, or could not: the node is asked. Raises `UmaRefused`, `TooMany`."""
        await self._limiter.take(ASKED, source)
        try:
            order_id = self._links.read(_CALLBACK, payment)
        except NoSuchLink:
            raise uma.no_such_request() from None
        said = (await uma.load()).read_callback(body)
        if said.signed is not None:
            await self.peers.accept(said.signed, source)
        log.info("uma.told", order_id=str(order_id), status=said.status, is_signed=said.signed is not None)
        await self._settlement.ask_about_order(order_id)


def _is_of(what: Payable, plain: str) -> bool:
    """Whether this is a name of what is paid: what a provider spelled is signed as it spelled it, but nothing else."""
    if plain.lower() == SITE:
        return True
    if isinstance(what, PayableOrder):
        return normalise_code(plain) == what.code
    return uma.is_name(plain) and plain.lower().partition("+")[0] == what.slug
