"""The port by which a UMA invoice reaches the provider of its buyer's wallet (UMAD-11), and what may become of it."""

from enum import StrEnum
from typing import Final, Protocol

BRING_SECONDS: Final = 20.0
"""So long one bringing may take, with everything that belongs to it."""


class UmaOutcome(StrEnum):
    """What became of bringing it. `NOT_OFFERED`: that provider takes none. `UNKNOWN`: it may have been taken."""

    SENT = "sent"
    REFUSED = "refused"
    NOT_OFFERED = "not_offered"
    NOT_REACHED = "not_reached"
    UNKNOWN = "unknown"


class UmaProviders(Protocol):
    """Other UMA providers, as those who take requests."""

    async def bring(self, domain: str, invoice: str, client: str | None = None) -> UmaOutcome:
        """Bring this signed UMA invoice (`uma1...`) to the provider of this domain; what became of it. `client`
        (`limiter.source_key`) is who named that domain; None: nobody who waits.

        Never raises for what the provider does, and answers within `BRING_SECONDS`.
        """
        ...
