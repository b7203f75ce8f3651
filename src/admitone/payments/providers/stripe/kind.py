"""Stripe as assembly knows it: what has to be told, and how to open it for an account."""

from collections.abc import Mapping

from admitone.payments.kinds import AccountSheet, Credential, Mode
from admitone.payments.provider import Provider
from admitone.payments.providers.stripe.adapter import API_URL, FILES_URL, StripeProvider
from admitone.payments.providers.stripe.sheet import CARD, CHECKOUT, CHECKOUT_ORIGIN
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

_SECRET = {Mode.TEST: r"(sk|rk)_test_[A-Za-z0-9_]{8,240}", Mode.LIVE: r"(sk|rk)_live_[A-Za-z0-9_]{8,240}"}
_PUBLISHABLE = {Mode.TEST: r"pk_test_[A-Za-z0-9_]{8,240}", Mode.LIVE: r"pk_live_[A-Za-z0-9_]{8,240}"}
_SIGNING = {mode: r"whsec_[A-Za-z0-9+/=_-]{8,240}" for mode in Mode}

CREDENTIALS = (
    Credential(
        "secret_key",
        "Secret key",
        "In Stripe under Developers, API keys. It begins with sk_ or, if you restrict it, rk_.",
        pattern=_SECRET,
    ),
    Credential(
        "publishable_key",
        "Publishable key",
        "Beside the secret key. Needed only to show Stripe's form in pages of your own.",
        is_secret=False,
        pattern=_PUBLISHABLE,
        is_optional=True,
    ),
    Credential(
        "webhook_secret",
        "Signing secret",
        "In Stripe under Developers, Webhooks, at the endpoint with our address. It begins with whsec_.",
        pattern=_SIGNING,
    ),
    Credential(
        "connect_webhook_secret",
        "Signing secret for connected accounts",
        "Of a second endpoint that listens to connected accounts, if you open accounts for organisers.",
        pattern=_SIGNING,
        is_optional=True,
    ),
)


class StripeKind:
    """Implements `Kind`. The addresses are Stripe's unless a stand-in plays its part."""

    name = "stripe"
    is_watched = False
    is_played = False
    label = "Stripe"
    credentials = CREDENTIALS
    methods = (CHECKOUT, CARD)

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        api_url: str = API_URL,
        files_url: str = FILES_URL,
        checkout_origin: str = CHECKOUT_ORIGIN,
    ) -> None:
        self._client = client
        self._clock = clock
        self._api_url = api_url
        self._files_url = files_url
        self._checkout_origin = checkout_origin
        self.redirect_origins = frozenset({checkout_origin})

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:
        """As `Kind.open`."""
        return StripeProvider(
            sheet,
            credentials,
            self._client,
            self._clock,
            api_url=self._api_url,
            files_url=self._files_url,
            checkout_origin=self._checkout_origin,
        )
