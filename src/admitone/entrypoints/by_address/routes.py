"""LNURL-pay, Lightning Addresses and UMA: what wallets and the providers behind them ask this site.

`/.well-known/lnurlp/<name>` is all three: a UMA provider signs its question, everybody else just asks. Numbers are
millisatoshi unless a currency says otherwise. Every no has the form of `errors`.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from admitone.entrypoints.by_address.errors import ANYBODY
from admitone.entrypoints.by_address.shapes import (
    CallbackShown,
    KeysShown,
    LnurlInvoiceShown,
    LnurlOfferShown,
    UmaInvoiceAnswerShown,
    UmaOfferShown,
    UmaSiteShown,
    WalletError,
)
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.plumbing.limiter import Rule, source_key

router = APIRouter(tags=["wallets"])
ASKED: Final = Rule("lnurl.source", 300, 60)
_OF_UMA: Final = frozenset({"signature", "vaspDomain", "nonce", "timestamp", "umaVersion"})
_NO: Final[dict[int | str, dict[str, Any]]] = {
    400: {"model": WalletError, "description": "It cannot be read, or is not what was asked for"},
    401: {"model": WalletError, "description": "Not signed by whom it names"},
    404: {"model": WalletError, "description": "Nobody can be paid here by that name"},
    409: {"model": WalletError, "description": "It cannot be paid now"},
    412: {
        "model": WalletError,
        "description": "Another version of UMA: `supportedMajorVersions` are spoken here",
    },
    424: {"model": WalletError, "description": "The keys of the payer's provider could not be fetched"},
}
_Name = Annotated[
    str, Path(max_length=100, description="An event, an order's code, or `tickets`; UMA puts a $ first")
]


def _json(body: str) -> Response:
    return Response(body, media_type="application/json", headers=ANYBODY)


@router.get("/.well-known/lnurlp/{name}", responses={200: {"model": LnurlOfferShown | UmaOfferShown}, **_NO})
async def pay_offer(
    name: _Name,
    request: Request,
    needs: Needs,
    signature: Annotated[str | None, Query(max_length=1000, description="UMA, and all below")] = None,
    vasp_domain: Annotated[str | None, Query(alias="vaspDomain", max_length=300)] = None,
    nonce: Annotated[str | None, Query(max_length=300)] = None,
    timestamp: Annotated[str | None, Query(max_length=30)] = None,
    uma_version: Annotated[str | None, Query(alias="umaVersion", max_length=20)] = None,
) -> Response:
    """How somebody is paid here: a Lightning Address (`<name>@<this site>`, LUD-16) or a UMA (`$<name>@<this site>`).

    The code of an order that waits is paid exactly; the name of an event buys one ticket; `tickets` takes the code of
    an order in the comment.
    """
    del signature, vasp_domain, nonce, timestamp, uma_version
    source = source_key(address_of(request))
    if _OF_UMA & request.query_params.keys():
        return _json(await needs.by_address.uma.offer(name, request.url.query, source))
    await needs.limiter.take(ASKED, source)
    return JSONResponse(await needs.by_address.lnurl.offer(name), headers=ANYBODY)


@router.get("/api/lnurl/callback", responses={200: {"model": LnurlInvoiceShown}, **_NO})
async def pay_callback(
    request: Request,
    needs: Needs,
    amount: Annotated[str, Query(max_length=30, description="Whole millisatoshi, as they were offered")],
    name: Annotated[str, Query(max_length=100)] = "tickets",
    order: Annotated[str | None, Query(max_length=100)] = None,
    quote: Annotated[str | None, Query(max_length=600)] = None,
    comment: Annotated[str | None, Query(max_length=1000, description="LUD-12")] = None,
    payerdata: Annotated[str | None, Query(max_length=4000, description="LUD-18, as JSON")] = None,
) -> Response:
    """The invoice, for a wallet that was offered to pay. With an event's offer an order is placed for who pays: their
    e-mail address is in `payerdata`, or is the `comment`.
    """
    source = source_key(address_of(request))
    await needs.limiter.take(ASKED, source)
    answer = await needs.by_address.lnurl.invoice(
        name=name,
        order=order,
        quote=quote,
        amount=amount,
        comment=comment,
        payer_data=payerdata,
        source=source,
    )
    return JSONResponse(answer, headers=ANYBODY)


@router.post("/uma/payreq/{key}", responses={200: {"model": UmaInvoiceAnswerShown}, **_NO})
async def uma_pay_request(
    key: Annotated[str, Path(max_length=100)],
    request: Request,
    needs: Needs,
    to: Annotated[str | None, Query(max_length=100)] = None,
    quote: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """A UMA provider asks for the invoice that its user will pay (UMAD-05, UMAD-06). An order has one invoice at a
    time, and this is it. The body is a pay request of UMA 1 or 0.
    """
    body = await request.body()
    source = source_key(address_of(request))
    return _json(await needs.by_address.uma.pay(key, to=to, quote=quote, body=body, source=source))


@router.get("/.well-known/lnurlpubkey", responses={200: {"model": KeysShown}})
async def uma_keys(needs: Needs) -> Response:
    """The keys by which this site signs as a UMA provider, and for which others may encrypt (UMAD-02)."""
    return JSONResponse(needs.by_address.uma.public_keys(), headers=ANYBODY)


@router.get("/.well-known/uma-configuration", responses={200: {"model": UmaSiteShown}})
async def uma_configuration(needs: Needs) -> Response:
    """Which versions of UMA are spoken here (UMAD-10). This site asks to be paid and pays nobody by UMA, so there is no
    address to send requests to.
    """
    return JSONResponse(await needs.by_address.uma.configuration(), headers=ANYBODY)


@router.post("/api/tickets/uma-callback", responses={200: {"model": CallbackShown}, **_NO})
async def uma_callback(
    request: Request, needs: Needs, payment: Annotated[str, Query(max_length=100)]
) -> Response:
    """A UMA provider tells that it has paid, or could not (UMAD-07). A hint: the node is asked what is true."""
    await needs.by_address.uma.told(payment, await request.body(), source_key(address_of(request)))
    return JSONResponse({"status": "OK"}, headers=ANYBODY)
