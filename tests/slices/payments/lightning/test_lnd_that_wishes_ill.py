"""An LND that wishes us ill: it says numbers that cannot be, and it does not stop talking."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

import pytest

from admitone.payments.providers.lightning.node import NodeAway
from admitone.payments.providers.lnd.following import ABOUT_ONE_MOST, HEARD_MOST, NOTHING_MOST, Following
from admitone.payments.providers.lnd.reading import invoice_of, sent_of
from admitone.payments.providers.lnd.vendor import lightning_pb2

PREIMAGE = bytes(range(32))
HASH = hashlib.sha256(PREIMAGE).digest()
OPEN, SETTLED, ACCEPTED = (
    lightning_pb2.Invoice.OPEN,
    lightning_pb2.Invoice.SETTLED,
    lightning_pb2.Invoice.ACCEPTED,
)


def invoice(**changed: object) -> lightning_pb2.Invoice:
    """A paid one, as an honest node says it, but for what is changed."""
    said = {
        "r_hash": HASH,
        "r_preimage": PREIMAGE,
        "state": SETTLED,
        "value_msat": 50_000_000,
        "amt_paid_msat": 50_000_000,
        "creation_date": 1_790_000_000,
        "expiry": 900,
        "settle_date": 1_790_000_060,
    }
    return lightning_pb2.Invoice(**{**said, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"creation_date": 2**63 - 1},
        {"creation_date": -(2**63)},
        {"creation_date": 253_402_300_799},
        {"settle_date": 2**63 - 1},
        {"settle_date": -(2**63)},
        {"settle_date": 10**12},
        {"expiry": 2**63 - 1},
        {"expiry": -1},
        {"value_msat": -1},
        {"value_msat": 2**63 - 1},
        {"amt_paid_msat": -1},
        {"amt_paid_msat": 2**63 - 1},
        {
            "amt_paid_msat": 0,
            "htlcs": [lightning_pb2.InvoiceHTLC(amt_msat=2**64 - 1, state=lightning_pb2.ACCEPTED)],
        },
    ],
    ids=lambda changed: ", ".join(f"{name} {said}" for name, said in changed.items())[:50],
)
def test_an_invoice_with_numbers_that_cannot_be_is_no_answer(changed: dict[str, object]) -> None:
    assert invoice_of(invoice(), HASH).received_msat == 50_000_000
    with pytest.raises(NodeAway):
        invoice_of(invoice(**changed), HASH)


@pytest.mark.parametrize("fee_msat", [-1, 2**63 - 1])
def test_a_payment_with_a_fee_that_cannot_be_is_no_answer(fee_msat: int) -> None:
    said = lightning_pb2.Payment(
        payment_hash=HASH.hex(),
        payment_preimage=PREIMAGE.hex(),
        status=lightning_pb2.Payment.SUCCEEDED,
        fee_msat=fee_msat,
    )
    with pytest.raises(NodeAway):
        sent_of(said, HASH.hex())


class Talker:
    """The other end of the wire: it says this on both kinds of streams without an end, and counts how often."""

    def __init__(
        self, to_all: lightning_pb2.Invoice | None, about_one: lightning_pb2.Invoice | None = None
    ) -> None:
        self.to_all, self.about_one, self.said = to_all, about_one, 0

    async def newest(self) -> int:
        return 0

    def subscribe(self, _add: int, _settle: int) -> AsyncGenerator[lightning_pb2.Invoice, None]:
        return self._talk(self.to_all)

    def follow(self, _payment_hash: bytes) -> AsyncGenerator[lightning_pb2.Invoice, None]:
        return self._talk(self.about_one)

    async def _talk(self, one: lightning_pb2.Invoice | None) -> AsyncGenerator[lightning_pb2.Invoice, None]:
        while one is not None:
            self.said += 1
            yield one
            await asyncio.sleep(0)
        await asyncio.Event().wait()


def following(talker: Talker, *waiting: bytes) -> Following:
    async def ours() -> Collection[str]:
        return [one.hex() for one in waiting]

    return Following(talker, "02aa", ours)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("talker", "waiting"),
    [
        pytest.param(Talker(invoice(settle_index=7)), (), id="of everything"),
        pytest.param(Talker(None, invoice(state=ACCEPTED)), (HASH,), id="of one of ours"),
    ],
)
async def test_a_node_that_talks_without_an_end_is_not_listened_to_before_its_news_are_taken(
    talker: Talker, waiting: tuple[bytes, ...]
) -> None:
    async with aclosing(following(talker, *waiting).news(0)) as news, asyncio.timeout(5):
        assert (await anext(news))[0] == HASH.hex()
        for _ in range(5 * HEARD_MOST):
            await asyncio.sleep(0)
        assert talker.said <= HEARD_MOST + 2


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(invoice(state=OPEN), id="invoices of others"),
        pytest.param(invoice(state=OPEN, r_preimage=b"", r_hash=b"x" * 33), id="hashes that are none"),
        pytest.param(invoice(r_hash=b""), id="settled ones without a hash"),
    ],
)
async def test_a_node_that_says_nothing_of_ours_for_too_long_counts_as_away(
    said: lightning_pb2.Invoice,
) -> None:
    talker = Talker(said)
    async with aclosing(following(talker).news(0)) as news, asyncio.timeout(10):
        with pytest.raises(NodeAway, match="nothing that concerns us"):
            await anext(news)
    assert talker.said == NOTHING_MOST + 1


async def test_a_node_that_says_too_much_of_one_invoice_counts_as_away() -> None:
    talker = Talker(None, invoice(state=ACCEPTED))
    async with aclosing(following(talker, HASH).news(0)) as news, asyncio.timeout(10):
        for _ in range(ABOUT_ONE_MOST):
            await anext(news)
        with pytest.raises(NodeAway, match="without an end"):
            await anext(news)
