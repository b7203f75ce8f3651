"""Webhooks on their way to the merchant: signed when they leave, tried again when they are not received."""

import json
from datetime import datetime, timedelta

import structlog

from admitone.entrypoints.standins.paypal.company import Company
from admitone.entrypoints.standins.paypal.signing import Signer
from admitone.entrypoints.standins.paypal.state import Delivery, Thing, stamp
from admitone.plumbing.outgoing import Client

log = structlog.get_logger(__name__)

# PayPal tries 25 times in three days.
TRIES_MOST = 25
WAIT_MOST = timedelta(hours=6)


class Post:
    """Sends what is due. Each copy has a transmission of its own, all have the happening's id."""

    def __init__(self, company: Company, signer: Signer) -> None:
        self._company = company
        self._signer = signer

    def signed(self, event: Thing, transmission_id: str, at: datetime) -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook."""
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        headers = self._signer.sign(
            body,
            webhook_id=self._company.merchant.webhook_id,
            transmission_id=transmission_id,
            at=at,
            origin=self._company.origin,
        )
        return headers, body

    async def deliver_due(self, client: Client) -> int:
        """Send everything that is due; how many were received."""
        url, now = self._company.merchant.webhook_url, stamp(self._company.now())
        state = self._company.state
        due = sorted((one for one in state.deliveries if one.due_at <= now), key=lambda one: str(one.due_at))
        if not due or url is None:
            return 0
        events = {one["id"]: one for one in state.events}
        received = 0
        for one in due:
            if await self._received(client, url, events[one.event_id], one):
                state.deliveries.remove(one)
                received += 1
                continue
            one.tries += 1
            one.due_at = stamp(self._company.now() + min(timedelta(seconds=2**one.tries), WAIT_MOST))
            if one.tries >= TRIES_MOST:
                state.deliveries.remove(one)
        self._company.memory.keep()
        return received

    async def _received(self, client: Client, url: str, event: Thing, one: Delivery) -> bool:
        headers, body = self.signed(event, one.transmission_id, self._company.now())
        try:
            answer = await client.post(url, content=body, headers=headers)
        except Exception as error:
            # Nobody is listening: whatever the reason, it is sent again.
            log.info("paypal_standin.not_received", error=type(error).__name__)
            return False
        return 200 <= answer.status_code < 300
