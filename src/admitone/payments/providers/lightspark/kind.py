"""Lightspark as a kind of provider: what an account needs to be told, how it is opened, and its notices."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin import Request
from admitone.payments.kinds import AccountSheet, Credential
from admitone.payments.provider import NoticeRead
from admitone.payments.providers.lightning import METHOD, Lightning, LightningProvider
from admitone.payments.providers.lightspark import notices
from admitone.payments.providers.lightspark.calls import API, LightsparkCalls
from admitone.payments.providers.lightspark.node import LightsparkNode, is_payment_hash
from admitone.values.clock import Clock

CREDENTIALS: Final = (
    Credential("client_id", "API token client id", "Lightspark, API config.", is_secret=False),
    Credential("client_secret", "API token client secret", "Shown once, when the token is made."),
    Credential("node_id", "Node id", "Begins with LightsparkNode.", is_secret=False),
    Credential(
        "password",
        "Node password",
        "Needed to send money back. Without it refunds have to be sent by hand.",
        is_optional=True,
    ),
    Credential(
        "webhook_key",
        "Webhook signing key",
        "With it Lightspark tells us at once what was paid. Without it we ask.",
        is_optional=True,
    ),
)


class LightsparkProvider(LightningProvider):
    """`LightningProvider` that is also told of payments."""

    def __init__(
        self, shared: Lightning, sheet: AccountSheet, node: LightsparkNode, *, webhook_key: str
    ) -> None:
        super().__init__(shared, sheet, node, holds=False)
        self._lightspark = node
        self._webhook_key = webhook_key

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`. It names a payment by Lightspark's id, and `status` asks which invoice that paid:
        a notice is kept before anybody is asked.
        """
        told = notices.read(self._webhook_key, headers, body)
        return None if told is None else NoticeRead(told.event_id, told.entity_id)

    async def _find(self, attempt_id: UUID, provider_ref: str | None) -> Request | None:
        found = await super()._find(attempt_id, provider_ref)
        if found is not None or provider_ref is None or is_payment_hash(provider_ref):
            return found
        payment_hash = await self._lightspark.hash_of(provider_ref)
        return None if payment_hash is None else await super()._find(attempt_id, payment_hash)


class LightsparkKind:
    """Implements `Kind`. `url` is where Lightspark's API is."""

    name = "lightspark"
    label = "Lightspark"
    credentials = CREDENTIALS
    methods = (METHOD,)
    redirect_origins: frozenset[str] = frozenset()
    is_watched = False
    is_played = False

    def __init__(self, lightning: Lightning, clock: Clock, *, url: str = API) -> None:
        self._lightning = lightning
        self._clock = clock
        self._url = url

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> LightsparkProvider:
        """As `Kind.open`."""
        calls = LightsparkCalls(
            credentials.get("client_id", ""), credentials.get("client_secret", ""), url=self._url
        )
        node = LightsparkNode(
            calls, self._clock, credentials.get("node_id", ""), credentials.get("password") or None
        )
        return LightsparkProvider(
            self._lightning, sheet, node, webhook_key=credentials.get("webhook_key", "")
        )
