"""Lightspark's own SDK, called in a thread: bounded waits, quiet logs, our words for what goes wrong.

Source: lightspark 2.10.1 (PyPI), which is synchronous and waits without end by itself; its import takes seconds, so it
is made at the first call, in the thread. Every call may raise `NodeAway`, `NodeRefused` or `BadNodeKeys`.
"""

import asyncio
import functools
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from admitone.payments.providers.lightning.node import BadNodeKeys, NodeAway, NodeRefused
from admitone.plumbing.database import require_no_transaction

if TYPE_CHECKING:
    from lightspark import LightsparkSyncClient

T = TypeVar("T")
API: Final = "https://api.lightspark.com/graphql/server/2023-09-13"
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 15.0
# A thread is waited for so much longer than its socket: several requests may be one call of the SDK.
PATIENCE_SECONDS: Final = 45.0


class LightsparkCalls:
    """One account's client. `client_secret` is never shown."""

    def __init__(self, client_id: str, client_secret: str, *, url: str = API) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._url = url
        self._client: LightsparkSyncClient | None = None
        self._making = threading.Lock()

    async def call(self, what: str, do: "Callable[[LightsparkSyncClient], T]") -> T:
        """Do this with the SDK's client. `what` names it in errors."""
        require_no_transaction("lightspark")
        try:
            # The thread is not interrupted when we give up: what it asked for may still happen, so it is unknown.
            return await asyncio.wait_for(asyncio.to_thread(self._run, what, do), PATIENCE_SECONDS)
        except TimeoutError:
            raise NodeAway(f"{what}: no answer in time") from None

    def _run(self, what: str, do: "Callable[[LightsparkSyncClient], T]") -> T:
        from lightspark.exceptions import LightsparkException  # noqa: PLC0415 - as the SDK: only where it is used

        try:
            return do(self._made())
        except LightsparkException as error:
            code, message = (*map(str, error.args), "", "")[:2]
            raise _refused(what, code, message) from None
        except (OSError, KeyError, TypeError, ValueError) as error:
            # Without the error itself: it may carry the request, and with it what proves who we are.
            raise NodeAway(f"{what}: {type(error).__name__}") from None

    def _made(self) -> "LightsparkSyncClient":
        with self._making:
            if self._client is None:
                from lightspark import LightsparkSyncClient  # noqa: PLC0415

                # It logs whole requests and answers.
                logging.getLogger("lightspark").disabled = True
                client = LightsparkSyncClient(self._client_id, self._client_secret, base_url=self._url)
                session = client._requester.graphql_session
                session.request = functools.partial(  # type: ignore[method-assign]
                    session.request, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False
                )
                self._client = client
            return self._client


def _refused(what: str, code: str, message: str) -> Exception:
    """Our word for the SDK's error. An HTTP status is all that `HTTP_ERROR` says."""
    if code != "HTTP_ERROR":
        return NodeRefused("refused", f"{what}: {message[:200]}")
    status = message[:3]
    if status in ("401", "403"):
        return BadNodeKeys(f"{what}: HTTP {status}", field="client_secret")
    if status.startswith("4") and status not in ("408", "429"):
        return NodeRefused("refused", f"{what}: HTTP {status}")
    return NodeAway(f"{what}: HTTP {status}")
