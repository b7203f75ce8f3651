"""LNURL-pay and Lightning Addresses: what wallets that know neither UMA nor this site ask, and what they are told.

Sources: LUD-06 (pay), LUD-09 (what is shown afterwards), LUD-11, LUD-12 (comment), LUD-16 (Lightning Address), LUD-18
(who pays), all in https://github.com/lnurl/luds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from admitone.flows.payable import (
    SITE,
    Bought,
    OtherAmount,
    Payable,
    PayableDesk,
    PayableOrder,
    Payer,
    hash_of,
)
from admitone.payments.bitcoin import encode_lnurl
from admitone.payments.uma import is_name, no_such_receiver, no_such_request
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.links import Links, NoSuchLink

COMMENT_CHARS: Final = 200
SITE_MSAT: Final = (1000, 10**11)
"""The least and the most somebody may send to the site's own name: for orders of any size."""
BOUGHT: Final = Rule("bought_by_address.source", 120, 600)
"""Tickets that somebody may begin to buy in this way: each sets a place aside."""
_ORDER: Final = "lnurl order"
"""What the links are for by which an order is paid, and nothing else is done with it."""
_PAYER_CHARS: Final = 2000


@dataclass(frozen=True, slots=True)
class PayAddresses:
    """`lightning` is typed into a wallet, with a `$` before it as a UMA; `lnurl` is scanned."""

    lightning: str
    lnurl: str


class LnurlPay:
    """Answers wallets. `site_url` is where we are."""

    def __init__(self, payable: PayableDesk, links: Links, limiter: Limiter, *, site_url: str) -> None:
        self._payable = payable
        self._links = links
        self._limiter = limiter
        self._site_url = site_url

    def order_key(self, order_id: UUID) -> str:
        """The key in addresses at which this order is paid."""
        return self._links.make(_ORDER, order_id)

    def is_order_key(self, key: str) -> bool:
        """An order is paid there."""
        try:
            self._links.read(_ORDER, key)
        except NoSuchLink:
            return False
        return True

    async def order_of_key(self, key: str, quote: str | None = None) -> PayableOrder:
        """The order that is paid there, at the price promised in `quote`.

        Raises `UmaRefused` when it is no key of ours, `QuoteOver`, and why it cannot be paid.
        """
        try:
            order_id = self._links.read(_ORDER, key)
        except NoSuchLink:
            raise no_such_request() from None
        promised = None
        if quote is not None:
            promised = self._payable.quotes.open_order(quote, self._payable.clock.now())
        return await self._payable.order(order_id, promised)

    async def addresses(self, order_id: UUID) -> PayAddresses:
        """The ways to name this order to a wallet. Raises `OrderNotFound`."""
        code = (await self._payable.code_of(order_id)).lower()
        url = f"{self._site_url}/.well-known/lnurlp/{code}"
        return PayAddresses(f"{code}@{self._payable.texts.domain}", encode_lnurl(url))

    async def offer(self, name: str) -> dict[str, object]:
        """The answer to `/.well-known/lnurlp/<name>`: how much is to be paid and where. Raises as
        `PayableDesk.by_name`.
        """
        plain = name.removeprefix("$")
        if not is_name(plain):
            raise no_such_receiver()
        if plain.lower() == SITE:
            least, most = SITE_MSAT
            return self._offer(plain, least, most, self._payable.texts.site(plain), {}, COMMENT_CHARS)
        what = await self._payable.by_name(plain)
        lines = self.metadata(what, plain)
        if isinstance(what, PayableOrder):
            due = what.promise.amount_msat
            query = {
                "order": self.order_key(what.order_id),
                "quote": self._payable.quotes.seal_order(what.promise),
            }
            return self._offer(plain, due, due, lines, query, None)
        due = what.quote.amount_msat
        quote = {"quote": self._payable.quotes.seal(what.quote)}
        answer = self._offer(plain, due, due, lines, quote, COMMENT_CHARS)
        # Not mandatory: who cannot send it writes the address into the comment.
        return answer | {"payerData": {"email": {"mandatory": False}, "name": {"mandatory": False}}}

    def _offer(
        self, name: str, least: int, most: int, metadata: str, query: Mapping[str, str], comment: int | None
    ) -> dict[str, object]:
        callback = f"{self._site_url}/api/lnurl/callback?{urlencode({'name': name, **query})}"
        return {
            "tag": "payRequest",
            "callback": callback,
            "minSendable": least,
            "maxSendable": most,
            "metadata": metadata,
            **({} if comment is None else {"commentAllowed": comment}),
        }

    def metadata(self, what: Payable, name: str) -> str:
        """What is paid for, as wallets show it; `name` as it was asked for."""
        texts = self._payable.texts
        if isinstance(what, PayableOrder):
            return texts.order(what.code)
        return texts.ticket(what.type_name, what.title, name)

    async def invoice(
        self,
        *,
        name: str,
        order: str | None,
        quote: str | None,
        amount: str,
        comment: str | None,
        payer_data: str | None,
        source: str,
    ) -> dict[str, object]:
        """The answer to the callback: the invoice over `amount` msat, and what is shown once it is paid. `source` is
        who asks, for limits.
        """
        if quote is not None and order is None:
            await self._limiter.take(BOUGHT, source)
        msat = _whole(amount)
        payer = _payer(payer_data, comment)
        what = await self._find(order, quote, payer)
        metadata = self.metadata(what, name) + (payer_data or "")
        bought = await self._payable.buy(what, payer, msat, description_hash=hash_of(metadata))
        return {
            "pr": bought.request.bolt11,
            "routes": [],
            "disposable": True,
            "successAction": self._afterwards(what, bought),
        }

    async def _find(self, order: str | None, quote: str | None, payer: Payer) -> Payable:
        if order is not None:
            return await self.order_of_key(order, quote)
        if quote is not None:
            return await self._payable.promised(self._payable.quotes.open_(quote, self._payable.clock.now()))
        return await self._payable.in_comment(payer.comment)

    def _afterwards(self, what: Payable, bought: Bought) -> dict[str, str]:
        """LUD-09. Who bought a ticket gets the way to it; who paid an order need not be its buyer."""
        if isinstance(what, PayableOrder):
            return {"tag": "message", "message": f"Order {what.code} is paid. Thank you!"}
        return {
            "tag": "url",
            "description": "Your ticket is on its way by mail. It is here too:",
            "url": self._payable.order_url(bought.order_id),
        }


def _whole(amount: str) -> int:
    """Whole msat. Raises `OtherAmount` when it is no number anybody could mean."""
    if not amount.isascii() or not amount.isdigit() or len(amount) > 15:
        raise OtherAmount(sats="a whole number of", field="amount")
    return int(amount)


def _payer(payer_data: str | None, comment: str | None) -> Payer:
    """Who pays, as LUD-18 says it. What cannot be read is nobody."""
    told: Any = None
    if payer_data is not None and len(payer_data) <= _PAYER_CHARS:
        try:
            told = json.loads(payer_data)
        except (ValueError, RecursionError):
            told = None
    found = told if isinstance(told, dict) else {}
    email, name = found.get("email"), found.get("name")
    return Payer(
        email if isinstance(email, str) and email else None,
        name if isinstance(name, str) and name else None,
        None if comment is None else comment[:COMMENT_CHARS],
    )
