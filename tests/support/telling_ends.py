"""Stand-ins that keep what they tell, so that a test can deliver it as it likes; each tenant has keys of their own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from admitone.entrypoints.standins.paypal import Choice
from admitone.entrypoints.standins.stripe import open_dispute, signature
from admitone.payments import AccountSheet, Provider
from admitone.payments.providers.stripe import StripeProvider
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock, epoch_ms
from tests.contracts.payments.rig_paypal import MERCHANT, PayPalEnd
from tests.contracts.payments.rig_paystack import PaystackEnd
from tests.contracts.payments.rig_stripe import CREDENTIALS, StripeEnd

Notice = tuple[Mapping[str, str], bytes]


class End(Protocol):
    """A provider that tells what happens there."""

    clock: FrozenClock
    sheet: AccountSheet
    provider: Provider
    method: str
    currency: str

    def open(self) -> Provider: ...

    async def decline(self, provider_ref: str) -> None: ...

    def buyer_pays(self, ref: str) -> None: ...

    def disputes(self, ref: str) -> None: ...

    def advance(self) -> None: ...

    def told(self) -> list[object]: ...

    def notice_of(self, told: object, at: datetime) -> Notice: ...


class TellingStripe(StripeEnd):
    """Stripe; each organiser has a webhook secret of their own."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._secret = f"whsec_{tenant}0123456789abcdef"
        super().__init__(database)
        self.provider = self.open()

    def open(
        self, sheet: AccountSheet | None = None, credentials: Mapping[str, str] = CREDENTIALS
    ) -> StripeProvider:
        return super().open(sheet, {**credentials, "webhook_secret": self._secret})

    def buyer_pays(self, ref: str) -> None:
        assert self.stand_in.settling.pay(ref)

    async def decline(self, provider_ref: str) -> None:
        session = self.stand_in.books.get("checkout.session", provider_ref)
        # A page that has been open for too long has failed already.
        if session["expires_at"] > epoch_ms(self.clock.now()) // 1000:
            await super().decline(provider_ref)

    def disputes(self, ref: str) -> None:
        session = self.stand_in.books.get("checkout.session", ref)
        intent = self.stand_in.books.get("payment_intent", session["payment_intent"])
        open_dispute(self.stand_in.books, intent["latest_charge"])

    def advance(self) -> None:
        """Nothing here takes long."""

    def told(self) -> list[object]:
        return list(self.stand_in.books.all("event"))

    def notice_of(self, told: object, at: datetime) -> Notice:
        body = self.stand_in.posting.body(told)  # type: ignore[arg-type]
        return {"stripe-signature": signature(self._secret, epoch_ms(at) // 1000, body)}, body


class TellingPaystack(PaystackEnd):
    """Paystack; its signatures know no time."""

    def __init__(self, database: Database, tenant: str) -> None:
        super().__init__(database, "sk_test_" + (tenant * 40)[:40])

    def buyer_pays(self, ref: str) -> None:
        self.company.pay(ref)

    def disputes(self, ref: str) -> None:
        self.company.open_dispute(ref)

    def advance(self) -> None:
        self.clock.move(seconds=60)
        self.company.advance()

    def told(self) -> list[object]:
        return [one.body for one in self.company.books.deliveries]

    def notice_of(self, told: object, at: datetime) -> Notice:
        assert isinstance(told, bytes)
        return self.company.outbox.headers(told), told


class TellingPayPal(PayPalEnd):
    """PayPal; each organiser's webhook has a name of its own, which is part of what is signed."""

    def __init__(self, database: Database, tenant: str) -> None:
        super().__init__(database, replace(MERCHANT, webhook_id=f"{tenant}JE4291016473214C"))

    def buyer_pays(self, ref: str) -> None:
        self.choose(ref, Choice.PAY)

    def disputes(self, ref: str) -> None:
        self.standin.office.open_dispute(ref)

    def advance(self) -> None:
        """Nothing here takes long."""

    def told(self) -> list[object]:
        return list(self.standin.company.state.events)

    def notice_of(self, told: object, at: datetime) -> Notice:
        return self.standin.notice(told, at)  # type: ignore[arg-type]


ENDS: Mapping[str, Callable[[Database, str], End]] = {
    "stripe": TellingStripe,
    "paystack": TellingPaystack,
    "paypal": TellingPayPal,
}
TOO_OLD = {"stripe": timedelta(minutes=10), "paypal": timedelta(days=5)}
