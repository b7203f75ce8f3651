"""The HTTP clients for everything that talks to others: bounded waits, no redirects, never inside a transaction."""

import functools
import ssl

import httpx2

from admitone.plumbing.database import require_no_transaction

Client = httpx2.AsyncClient
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
_IDLE_MOST = 100


def open_client() -> Client:
    """A client to be used as an async context manager. Redirects are answers: nobody is sent elsewhere unseen."""
    return httpx2.AsyncClient(
        verify=_trusted(),
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        event_hooks={"request": [_outside]},
    )


def open_node_client() -> Client:
    """As `open_client`, for nodes that organisers named, at addresses that were looked at: through no proxy, which
    would look for itself. They have connections of their own, and as many as are needed: if there were a most, the slow
    nodes of one organiser could have all of them. Who asks gives each account and each host its share (`FetchShares`).
    """
    return httpx2.AsyncClient(
        verify=_trusted(),
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=_IDLE_MOST),
        follow_redirects=False,
        event_hooks={"request": [_outside]},
        trust_env=False,
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whom clients believe. Reading the list of authorities takes longer than all else of making a client."""
    return httpx2.create_ssl_context()


async def _outside(request: httpx2.Request) -> None:
    require_no_transaction(f"a request to {request.url.host}")
