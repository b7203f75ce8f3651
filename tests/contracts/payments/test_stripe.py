"""The adapter for Stripe keeps every promise of the table in `cases`, in requests that Stripe's document allows."""

import pytest

from admitone.plumbing.database import Database
from tests.contracts.payments.cases import CASES
from tests.contracts.payments.rig_stripe import StripeEnd

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", CASES)
async def test_stripe_keeps_the_promise(db: Database, name: str) -> None:
    rig = StripeEnd(db)
    await CASES[name](rig)
    assert rig.problems() == []
