"""Paystack keeps every promise of the table in `cases`, and says nothing its own document does not have."""

import pytest

from admitone.plumbing.database import Database
from tests.contracts.payments.cases import CASES
from tests.contracts.payments.rig_paystack import PaystackEnd

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("name", CASES)
async def test_paystack_keeps_the_promise(db: Database, name: str) -> None:
    end = PaystackEnd(db)
    await CASES[name](end)
    assert end.problems == []
