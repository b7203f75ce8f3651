"""The HTTP client for everything that talks to others: bounded waits, no redirects, never inside a transaction."""

import httpx2

from admitone.plumbing.database import require_no_transaction

Client = httpx2.AsyncClient
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0


def open_client() -> Client:
    """A client to be used as an async context manager. Redirects are answers: nobody is sent elsewhere unseen."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        event_hooks={"request": [_outside]},
    )


async def _outside(request: httpx2.Request) -> None:
    require_no_transaction(f"a request to {request.url.host}")
