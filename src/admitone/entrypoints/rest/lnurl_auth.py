"""Where a Lightning wallet answers the question of a browser that wants to sign in (LNURL-auth, LUD-04)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Shown
from admitone.values.refusals import Refusal

router = APIRouter(tags=["people"])
_Text = Annotated[str, Query(max_length=200)]


class LnurlAnswer(Shown):
    """As LUD-04 wants it: OK, or ERROR with the reason for people, both with status 200."""

    status: Literal["OK", "ERROR"]
    reason: str | None = None


@router.get("/lnurl-auth", response_model_exclude_none=True)
async def answer(
    request: Request, needs: Needs, tag: _Text = "", k1: _Text = "", sig: _Text = "", key: _Text = ""
) -> LnurlAnswer:
    """`sig` (DER) is the signature of `k1` by `key` (compressed secp256k1), all in hexadecimal digits. The browser that
    shows the code, and only that, is signed in.
    """
    try:
        await needs.ownership.wallet_sign_in.answer(
            tag=tag, k1=k1, sig=sig, key=key, source=address_of(request)
        )
    except Refusal as refusal:
        return LnurlAnswer(status="ERROR", reason=refusal.sentence)
    return LnurlAnswer(status="OK")
