"""Sends the sandbox bank's webhooks, at least once each: claimed, posted with no transaction open, then
marked.
"""

import asyncio
from uuid import UUID

import httpx2
import structlog

from admitone.payments.providers.sandbox import store
from admitone.payments.providers.sandbox.bank import Bank
from admitone.payments.providers.sandbox.store import Delivery
from admitone.plumbing.database import require_no_transaction

log = structlog.get_logger(__name__)
TIME_OUT_SECONDS = 5.0
AT_ONCE = 8


async def deliver_due(bank: Bank, client: httpx2.AsyncClient, webhook_url: str, most: int = 100) -> int:
    """Let due payments arrive and post up to `most` webhooks; how many were received (answered 2xx).

    One that was not received, or whose mark was lost in a crash, is sent again after 10, 20, 40 ... seconds,
    12 times.
    """
    await bank.arrive_due()
    now = bank.clock.now()
    due = await bank.database.run(lambda tx: store.claim_deliveries(tx, now, most))
    if not due:
        return 0
    turn = asyncio.Semaphore(AT_ONCE)
    received = await asyncio.gather(*(_post(bank, client, webhook_url, delivery, turn) for delivery in due))
    done: list[UUID] = [
        delivery.id for delivery, is_received in zip(due, received, strict=True) if is_received
    ]
    await bank.database.run(lambda tx: store.mark_sent(tx, done, now))
    return len(done)


async def _post(
    bank: Bank, client: httpx2.AsyncClient, webhook_url: str, delivery: Delivery, turn: asyncio.Semaphore
) -> bool:
    require_no_transaction("a webhook")
    headers = bank.secret.sign(delivery.event_id, bank.clock.now(), delivery.body)
    async with turn:
        try:
            answer = await client.post(
                webhook_url,
                content=delivery.body,
                headers={"content-type": "application/json", **headers},
                timeout=TIME_OUT_SECONDS,
            )
        except (httpx2.HTTPError, OSError) as error:
            log.info("sandbox.webhook_lost", event_id=delivery.event_id, error=type(error).__name__)
            return False
    if not answer.is_success:
        log.info("sandbox.webhook_refused", event_id=delivery.event_id, status=answer.status_code)
    return answer.is_success
