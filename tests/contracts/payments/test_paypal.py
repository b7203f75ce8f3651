"""PayPal keeps every promise of the table in `cases`, and both ends say nothing its documents do not have."""

import pytest

from admitone.plumbing.database import Database
from tests.contracts.payments.cases import CASES
from tests.contracts.payments.rig_paypal import PayPalEnd

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", CASES)
async def test_paypal_keeps_the_promise(db: Database, name: str) -> None:
    end = PayPalEnd(db)
    await CASES[name](end)
    assert set(end.problems()) == set()
