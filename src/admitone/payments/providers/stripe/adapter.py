"""The `Provider` for one Stripe account: puts together what asks, finds, refunds, reads notices and plays the roles."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from admitone.payments.account_status import AccountStatus, ProviderAway
from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import (
    Ask,
    Capabilities,
    Method,
    NoticeRead,
    Prompt,
    RefundAsk,
    RefundStatus,
    Status,
)
from admitone.payments.providers.stripe import notices, sheet
from admitone.payments.providers.stripe.answers import NoAnswer, SaysNo
from admitone.payments.providers.stripe.asking import Asking
from admitone.payments.providers.stripe.disputing import Disputing
from admitone.payments.providers.stripe.finding import Finding
from admitone.payments.providers.stripe.line import Line
from admitone.payments.providers.stripe.mirror import Mirror
from admitone.payments.providers.stripe.onboarding import Onboarding, is_connected
from admitone.payments.providers.stripe.paying_out import PayingOut
from admitone.payments.providers.stripe.refunds import Refunding
from admitone.payments.roles import NO_ROLES, Roles
from admitone.plumbing.outgoing import Client
from admitone.values.clock import Clock

API_URL = "https://api.stripe.com"
FILES_URL = "https://files.stripe.com"


class StripeProvider:
    """Implements `Provider`. `account.options` may have:

    * `checkout_methods`: `dashboard` offers on the hosted page whatever is turned on in Stripe's dashboard, else cards;
    * `payment_intents`: `on` adds the method `card`, for programs that show Stripe's form in pages of their own;
    * `opened_by`: `site` for a connected account; the credentials are the site's then.

    `credentials` are named in `kind`.
    """

    name = "stripe"

    def __init__(
        self,
        account: AccountSheet,
        credentials: Mapping[str, str],
        client: Client,
        clock: Clock,
        *,
        api_url: str = API_URL,
        files_url: str = FILES_URL,
        checkout_origin: str = sheet.CHECKOUT_ORIGIN,
    ) -> None:
        self._account = account
        self._clock = clock
        names = ("webhook_secret", "connect_webhook_secret")
        self._secrets = tuple(secret for name in names if (secret := credentials.get(name)))
        line = Line(client, credentials["secret_key"], api_url, files_url)
        self._finding = Finding(line, account, clock)
        self._asking = Asking(line, account, credentials.get("publishable_key", ""), checkout_origin)
        self._refunding = Refunding(line, account, self._finding)
        self._onboarding = Onboarding(line, account)
        has_card = account.options.get("payment_intents") == "on"
        self._methods = (sheet.CHECKOUT, sheet.CARD) if has_card else (sheet.CHECKOUT,)
        known = sheet.capabilities(checkout_origin)
        self._capabilities = MappingProxyType({method.id: known[method.id] for method in self._methods})
        self._roles = self._played(line)

    def _played(self, line: Line) -> Roles:
        if is_connected(self._account):
            return NO_ROLES
        is_site = self._account.organiser_id is None
        return Roles(
            pays_out=PayingOut(line) if is_site else None,
            mirrored=Mirror(line, self._finding, self._clock),
            disputes=Disputing(line, self._finding),
            onboards=self._onboarding if is_site else None,
        )

    def __repr__(self) -> str:
        return f"StripeProvider({self._account.id}, {self._account.mode.value})"

    @property
    def methods(self) -> tuple[Method, ...]:
        """As `Provider.methods`."""
        return self._methods

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """As `Provider.capabilities`."""
        return self._capabilities

    @property
    def roles(self) -> Roles:
        """As `Provider.roles`: everything for the site's own account; no payouts and no onboarding for organisers'."""
        return self._roles

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""
        return await self._asking.start(ask)

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        return await self._finding.status(attempt_id, provider_ref)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`."""
        return await self._finding.cancel(attempt_id, provider_ref)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        return await self._refunding.refund(ask)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._refunding.status(refund_id, payment_ref, refund_ref)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`."""
        return notices.read(self._account, self._secrets, headers, body, self._clock.now())

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`. Raises `ProviderAway`."""
        try:
            async for status in self._finding.recent(since):
                yield status
        except (NoAnswer, SaysNo) as lost:
            raise ProviderAway from lost

    async def look(self) -> AccountStatus:
        """As `Provider.look`."""
        return await self._onboarding.look()
