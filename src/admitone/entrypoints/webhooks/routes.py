"""`POST /webhooks/<provider>/<payment account>`: raw bytes in, a status out. Providers read nothing but the status.

200 received (also when it was before), 400 not genuine, 404 no such provider, 413 too long, 503 send it again
later.
"""

from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from admitone import payments
from admitone.entrypoints.needs import Needs
from admitone.payments import SANDBOX_ACCOUNT
from admitone.values.refusals import Busy, Refusal

log = structlog.get_logger(__name__)
router = APIRouter()
BODY_MOST = 256 * 1024
_STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (payments.ProviderNotFound, 404),
    (payments.NoticeTooLong, 413),
    (payments.BadSignature, 400),
    (Busy, 503),
)


@router.post("/webhooks/{provider}", include_in_schema=False)
async def receive(provider: str, request: Request, needs: Needs) -> PlainTextResponse:
    """Keep a notice from the sandbox bank, the one provider with a single account."""
    return await _receive(provider, SANDBOX_ACCOUNT, request, needs)


@router.post("/webhooks/{provider}/{account}", include_in_schema=False)
async def receive_for(provider: str, account: UUID, request: Request, needs: Needs) -> PlainTextResponse:
    """Keep a notice from a provider about one payment account."""
    return await _receive(provider, account, request, needs)


async def _receive(provider: str, account: UUID, request: Request, needs: Needs) -> PlainTextResponse:
    try:
        body = await read_body(request)
        await needs.notices.take(provider, request.headers, body, account)
    except Refusal as refusal:
        status = next((status for kind, status in _STATUS if isinstance(refusal, kind)), 400)
        log.warning("webhook.refused", provider=provider[:40], code=refusal.code, status=status)
        return PlainTextResponse(refusal.sentence, status)
    return PlainTextResponse("ok")


async def read_body(request: Request) -> bytes:
    """The raw body, as it was signed. Raises `NoticeTooLong` as soon as more than 256 KiB have come."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MOST:
            raise payments.NoticeTooLong(most=BODY_MOST)
    return bytes(body)
