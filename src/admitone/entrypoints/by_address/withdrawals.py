"""LNURL-withdraw (LUD-03): a buyer's app has scanned the code on the page of a refund and asks us for the money.

Two questions: what may be withdrawn, and then an invoice of the app's own, with the key from the first answer. OK means
that it is being paid. Every no has the form of `errors`.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from admitone import payments
from admitone.entrypoints.by_address.errors import ANYBODY
from admitone.entrypoints.by_address.shapes import LnurlOkShown, LnurlWithdrawalShown
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.plumbing.limiter import source_key

router = APIRouter(tags=["wallets"])


@router.get("/lnurl/withdraw/{token}", responses={200: {"model": LnurlWithdrawalShown}})
async def withdrawal(token: str, request: Request, needs: Needs) -> Response:
    """What may be withdrawn: exactly the refund, once."""
    claims, visitor = needs.money.refund_claims, source_key(address_of(request))
    found = await claims.withdrawal(token, visitor=visitor)
    answer = payments.bitcoin.lnurl_withdrawal(
        callback=f"{claims.withdrawal_url(token)}/pay",
        k1=found.k1,
        amount_msat=found.amount_msat,
        description=found.description,
    )
    return JSONResponse(answer, headers=ANYBODY)


@router.get("/lnurl/withdraw/{token}/pay", responses={200: {"model": LnurlOkShown}})
async def withdraw(
    token: str,
    request: Request,
    needs: Needs,
    k1: Annotated[str, Query(max_length=100)],
    pr: Annotated[str, Query(max_length=4600, description="An invoice of exactly the amount, or of none")],
) -> Response:
    """Pay this invoice with it."""
    visitor = source_key(address_of(request))
    await needs.money.refund_claims.withdraw(token, k1=k1, invoice=pr, visitor=visitor)
    return JSONResponse({"status": "OK"}, headers=ANYBODY)
