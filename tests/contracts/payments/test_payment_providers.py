"""Every provider keeps every promise of the table in `cases`. A new adapter adds one row to `RIGS`."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar

import pytest
from sqlalchemy import text

from admitone.payments import Provider
from admitone.payments.providers.sandbox import Decision, Fault, Faults
from admitone.payments.providers.sandbox.notices import write_body
from admitone.plumbing.database import Database
from tests.contracts.payments.cases import Opens, Rig, Trouble
from tests.contracts.payments.cases_ending import ALL_CASES
from tests.contracts.payments.rig_bitcoin_core import CoreEnd
from tests.contracts.payments.rig_by_hand import bank_end, door_end
from tests.contracts.payments.rig_lightspark import LightsparkEnd
from tests.contracts.payments.rig_lnd import LndEnd
from tests.contracts.payments.rig_nwc import NwcEnd
from tests.contracts.payments.rig_paypal import PayPalEnd
from tests.contracts.payments.rig_paystack import PaystackEnd
from tests.contracts.payments.rig_play_bitcoin import PlayBitcoinEnd
from tests.contracts.payments.rig_stripe import StripeEnd
from tests.support.bitcoind import WITHOUT
from tests.support.sandbox_rig import SECRET, sandbox_rig

pytestmark = pytest.mark.asyncio


class SandboxEnd:
    """The sandbox bank as the other end of the wire."""

    method = "card"
    currency = "EUR"
    faults: ClassVar[Mapping[Trouble, Fault]] = {
        Trouble.NEVER_ARRIVED: Fault.TIME_OUT_BEFORE,
        Trouble.SERVER_ERROR: Fault.SERVER_ERROR,
        Trouble.ANSWER_LOST: Fault.TIME_OUT_AFTER,
        Trouble.GARBAGE: Fault.GARBAGE,
    }

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rig = sandbox_rig(database)
        self.provider: Provider = self._rig.provider

    def now(self) -> datetime:
        return self._rig.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self._rig.provider.suffer(Faults(**{verb: tuple(self.faults[one] for one in troubles)}))

    async def pay(self, provider_ref: str) -> None:
        await self._rig.bank.decide(provider_ref, Decision(pays=True))

    async def decline(self, provider_ref: str) -> None:
        await self._rig.bank.decide(provider_ref, Decision(pays=False))

    async def payments_made(self) -> int:
        async with self.database.reading() as reader:
            return int((await reader.execute(text("SELECT count(*) FROM sandbox_payment"))).scalar_one())

    async def sent_back_minor(self, provider_ref: str) -> int:
        return (await self._rig.bank.payment(provider_ref)).refunded_minor

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        body = write_body("payment.paid", provider_ref)
        return SECRET.sign("evt_1", at, body), body


RIGS: dict[str, Callable[[Database], Rig]] = {
    "sandbox": SandboxEnd,
    "bank": bank_end,
    "door": door_end,
    "stripe": StripeEnd,
    "paystack": PaystackEnd,
    "paypal": PayPalEnd,
    "lnd": LndEnd,
    "nwc": NwcEnd,
    "lightspark": LightsparkEnd,
    "play_bitcoin": PlayBitcoinEnd,
}
if not WITHOUT:
    RIGS["bitcoin_core"] = CoreEnd


@asynccontextmanager
async def _open(end: Rig) -> AsyncIterator[None]:
    """An end that is a server of its own is started and stopped."""
    if not isinstance(end, Opens):
        yield
        return
    await end.open()
    try:
        yield
    finally:
        await end.close()


@pytest.mark.parametrize("name", ALL_CASES)
@pytest.mark.parametrize("rig", RIGS)
async def test_every_provider_keeps_the_promise(db: Database, rig: str, name: str) -> None:
    end = RIGS[rig](db)
    async with _open(end):
        await ALL_CASES[name](end)
    # Whoever holds requests against the provider's own document has nothing against them.
    problems = getattr(end, "problems", [])
    assert list(problems() if callable(problems) else problems) == []
