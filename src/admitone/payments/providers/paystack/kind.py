"""Paystack as a kind of provider: what an account needs to be told, and how it is opened."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.providers.paystack.adapter import NAME, PaystackProvider
from admitone.payments.providers.paystack.capabilities import CHECKOUT, METHODS
from admitone.payments.providers.paystack.memory import Memory
from admitone.payments.providers.paystack.wire import API
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

SECRET_KEY = Credential(
    name="secret_key",
    label="Secret key",
    hint="In Paystack's dashboard under Settings, API Keys & Webhooks. Set the webhook address there too.",
    pattern=MappingProxyType(
        {Mode.TEST: r"sk_test_[0-9A-Za-z]{20,100}", Mode.LIVE: r"sk_live_[0-9A-Za-z]{20,100}"}
    ),
)


class PaystackKind:
    """Implements `Kind`. `base` is where the API is, `origins` where its payment pages are: theirs, or a stand-in's."""

    name = NAME
    is_watched = False
    is_played = False
    label = "Paystack"
    credentials = (SECRET_KEY,)
    methods = METHODS

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        base: str = API,
        origins: frozenset[str] = frozenset({CHECKOUT}),
    ) -> None:
        self._client = client
        self._clock = clock
        self._base = base
        self.redirect_origins = origins
        self._memories: dict[UUID, Memory] = {}

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> PaystackProvider:
        """As `Kind.open`. Providers opened for the same account remember the same things."""
        return PaystackProvider(
            sheet,
            credentials[SECRET_KEY.name],
            self._client,
            self._clock,
            base=self._base,
            origins=self.redirect_origins,
            memory=self._memories.setdefault(sheet.id, Memory()),
        )
