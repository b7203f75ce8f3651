"""UMA Request over HTTPS (UMAD-10, UMAD-11): ask a provider where it takes requests, and bring the invoice there.

Whoever types a UMA address names the machine that is asked, so all of it goes through `PublicFetch`: public machines
only, ten seconds for each of the two questions.
"""

import asyncio

from admitone.payments.uma.bringing import BRING_SECONDS, UmaOutcome
from admitone.plumbing.public_fetch import AddressRefused, ClientBusy, HostBusy, NoUsableAnswer, PublicFetch

_SHOWN_AT = "/.well-known/uma-configuration"


class PublicUmaProviders:
    """Implements `UmaProviders`."""

    def __init__(self, fetch: PublicFetch, *, seconds: float = BRING_SECONDS) -> None:
        self._fetch = fetch
        self._seconds = seconds

    async def bring(self, domain: str, invoice: str, client: str | None = None) -> UmaOutcome:
        """As `UmaProviders.bring`."""
        try:
            with self._fetch.of_client(client):
                return await self._bring(domain, invoice)
        except ClientBusy:
            return UmaOutcome.NOT_REACHED

    async def _bring(self, domain: str, invoice: str) -> UmaOutcome:
        ends = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(ends):
                about = await self._fetch.get_json(self._fetch.url_at(domain, _SHOWN_AT))
        except (AddressRefused, NoUsableAnswer, TimeoutError):
            return UmaOutcome.NOT_REACHED
        where = about.get("uma_request_endpoint")
        if not isinstance(where, str) or not where:
            return UmaOutcome.NOT_OFFERED
        try:
            async with asyncio.timeout_at(ends):
                answer = await self._fetch.post(where, {"invoice": invoice})
        except AddressRefused:
            return UmaOutcome.NOT_OFFERED
        except HostBusy:
            return UmaOutcome.NOT_REACHED
        except (NoUsableAnswer, TimeoutError):
            return UmaOutcome.UNKNOWN
        if answer.is_success:
            return UmaOutcome.SENT
        # What broke over there may have broken after it was taken.
        return UmaOutcome.UNKNOWN if answer.status >= 500 else UmaOutcome.REFUSED
