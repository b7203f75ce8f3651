"""An order's invoice is brought to the provider of its buyer's wallet: what comes of it is told as it is."""

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.flows.uma_request import NotPayable, UmaOutcome
from admitone.orders import OrderNotPending, OrderRow
from admitone.payments.bitcoin import LIGHTNING
from admitone.payments.uma import BadUmaAddress, OwnUmaAddress
from admitone.plumbing.database import Transaction
from admitone.reads import invariants
from admitone.values.refusals import TooMany
from tests.support.bitcoin_desk import asked_by, payer_of, takes_bitcoin
from tests.support.onsale import place, put_on_sale
from tests.support.raw_server import RawServer, json_answer, raw_server


@dataclass(frozen=True, slots=True)
class Desk:
    """A site that sells for play Bitcoin, with an order that waits."""

    site: Assembly
    order: OrderRow

    async def bring(self, address: str) -> UmaOutcome:
        """What became of it."""
        return (await self.site.by_address.requesting.push_order(self.order.id, address)).outcome

    async def states(self) -> list[tuple[str, str, str | None]]:
        """(address, state, reason) of all UMA invoices."""
        async with self.site.database.reading() as reader:
            rows = await reader.execute(
                text("SELECT address, state, reason FROM payments_uma_invoice ORDER BY id")
            )
            return [tuple(row) for row in rows]


@pytest.fixture
async def desk(assembly: Assembly) -> Desk:
    show = await put_on_sale(assembly)
    await takes_bitcoin(assembly, show)
    return Desk(assembly, await place(assembly, show))


def about(server: RawServer) -> bytes:
    """The configuration of a provider that takes requests there."""
    where = f"http://localhost:{server.port}/requests"
    return json_answer(json.dumps({"uma_request_endpoint": where, "uma_major_versions": [1]}).encode())


@pytest.mark.parametrize(
    ("answer", "outcome", "state"),
    [
        (json_answer(b"{}"), UmaOutcome.SENT, "sent"),
        (json_answer(b"", "204 No Content"), UmaOutcome.SENT, "sent"),
        (json_answer(b'{"status":"ERROR"}', "400 Bad Request"), UmaOutcome.REFUSED, "refused"),
        (json_answer(b"", "404 Not Found"), UmaOutcome.REFUSED, "refused"),
        (json_answer(b"", "500 Internal Server Error"), UmaOutcome.UNKNOWN, "unknown"),
        (json_answer(b"", "302 Found", "location: http://localhost/\r\n"), UmaOutcome.UNKNOWN, "unknown"),
        (b"HTTP/1.1 200", UmaOutcome.UNKNOWN, "unknown"),
    ],
)
async def test_the_providers_answer_is_told_as_it_is(
    desk: Desk, answer: bytes, outcome: UmaOutcome, state: str
) -> None:
    async with raw_server(answer) as takes, raw_server(about(takes)) as shows:
        address = f"$ada@localhost:{shows.port}"
        assert await desk.bring(address) is outcome
        assert await desk.states() == [(address, state, outcome.value)]
        assert takes.heard[0].startswith(b"POST /requests HTTP/1.1\r\n")
        # What was not taken may be brought again, and it is the same invoice.
        await desk.bring(address.upper())
    sent = [json.loads(heard.partition(b"\r\n\r\n")[2])["invoice"] for heard in takes.heard]
    assert len(sent) == (1 if state == "sent" else 2)
    assert len(set(sent)) == 1
    assert sent[0].startswith("uma1")
    assert len(await desk.states()) == 1


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        (json_answer(b'{"uma_major_versions":[1]}'), UmaOutcome.NOT_OFFERED),
        (json_answer(b'{"uma_request_endpoint":""}'), UmaOutcome.NOT_OFFERED),
        (json_answer(b'{"uma_request_endpoint":["x"]}'), UmaOutcome.NOT_OFFERED),
        (json_answer(b'{"uma_request_endpoint":"http://10.0.0.1/"}'), UmaOutcome.NOT_OFFERED),
        (json_answer(b'{"uma_request_endpoint":"file:///etc/passwd"}'), UmaOutcome.NOT_OFFERED),
        (json_answer(b"not json"), UmaOutcome.NOT_REACHED),
        (json_answer(b"", "404 Not Found"), UmaOutcome.NOT_REACHED),
        (json_answer(b"x" * 70_000), UmaOutcome.NOT_REACHED),
    ],
)
async def test_a_provider_that_takes_no_requests_is_told_apart_from_one_that_is_away(
    desk: Desk, shown: bytes, outcome: UmaOutcome
) -> None:
    async with raw_server(shown) as shows:
        address = f"$ada@localhost:{shows.port}"
        assert await desk.bring(address) is outcome
    assert await desk.states() == [(address, "refused", outcome.value)]
    (known,) = await desk.site.by_address.requesting.of_order(desk.order.id)
    assert (known.outcome, known.address) == (outcome, address)
    assert known.uri.startswith("uma://uma1")
    assert "localhost" in known.sentence


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@wallet.example",
        "$ada",
        "$@wallet.example",
        "$ada@",
        "$a b@wallet.example",
        "$ada@wal let",
        "$ada@wallet.example/x",
        "$ada@wallet.example?x",
        "$ada@b@wallet.example",
        f"${'a' * 64}@wallet.example",
        "$ada@-wallet.example",
        "$ada@wallet..example",
        "$ada@wallet.example:99999999",
        "$ä@wallet.example",
    ],
)
async def test_what_is_no_address_is_refused_and_changes_nothing(desk: Desk, address: str) -> None:
    with pytest.raises(BadUmaAddress):
        await desk.bring(address)
    assert await desk.states() == []
    async with desk.site.database.reading() as reader:
        assert await payments.of_orders(reader, [desk.order.id]) == []


async def test_nobody_pays_with_an_address_of_this_site(desk: Desk) -> None:
    with pytest.raises(OwnUmaAddress):
        await desk.bring("$tickets@testserver")
    assert await desk.states() == []


async def test_only_an_invoice_that_can_be_paid_is_brought(desk: Desk) -> None:
    requesting = desk.site.by_address.requesting
    async with raw_server(json_answer(b"{}")) as takes, raw_server(about(takes)) as shows:
        address = f"$ada@localhost:{shows.port}"
        assert await desk.bring(address) is UmaOutcome.SENT
        request = await asked_by(desk.site, desk.order.id, LIGHTNING)
        assert request.payment_hash is not None
        await payer_of(desk.site).pay_invoice(request.payment_hash)
        await desk.site.settlement.ask_about_order(desk.order.id)
        with pytest.raises(NotPayable):
            await requesting.push(request.attempt_id, address)
        with pytest.raises(OrderNotPending):
            await desk.bring(address)
    assert len(takes.heard) == 1


async def test_an_order_is_not_brought_about_without_end(desk: Desk) -> None:
    async with raw_server(json_answer(b"", "404 Not Found")) as shows:
        for count in range(20):
            await desk.bring(f"$ada{count}@localhost:{shows.port}")
        with pytest.raises(TooMany):
            await desk.bring(f"$obi@localhost:{shows.port}")


async def test_a_wallet_nobody_named_reads_the_same_invoice_as_a_code(desk: Desk) -> None:
    requesting = desk.site.by_address.requesting
    await desk.site.pay_with_bitcoin.open(desk.order.id)
    attempt_id = (await asked_by(desk.site, desk.order.id, LIGHTNING)).attempt_id
    first, second = await requesting.for_anybody(attempt_id), await requesting.for_anybody(attempt_id)
    assert first.uri == second.uri
    assert first.uri.startswith("uma://uma1")
    assert first.sentence == ""
    assert await requesting.of_order(desk.order.id) == ()
    assert await desk.states() == [("", "made", None)]


async def test_an_invoice_that_asks_for_something_else_than_its_order_is_found(desk: Desk) -> None:
    await desk.site.pay_with_bitcoin.open(desk.order.id)
    attempt_id = (await asked_by(desk.site, desk.order.id, LIGHTNING)).attempt_id
    await desk.site.by_address.requesting.for_anybody(attempt_id)
    async with desk.site.database.reading() as reader:
        assert await invariants.broken(reader) == []

    async def more(tx: Transaction) -> None:
        await tx.execute(text("UPDATE payments_uma_invoice SET amount_msat = amount_msat + 1"))

    await desk.site.database.run(more)
    async with desk.site.database.reading() as reader:
        assert [one.invariant.name for one in await invariants.broken(reader)] == ["asked by UMA"]
