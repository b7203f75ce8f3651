"""A Lightning account over an LND's interface on this machine."""

from collections.abc import AsyncIterator

import pytest

from admitone.plumbing.database import Database
from tests.contracts.payments.rig_lnd import LndEnd


@pytest.fixture
async def end(db: Database) -> AsyncIterator[LndEnd]:
    """The account and the other end of its wire."""
    made = LndEnd(db)
    await made.open()
    yield made
    await made.close()
