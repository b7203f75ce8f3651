"""What LND does for us, and what it says no to, in our words."""

import asyncio
import base64
import hashlib
from collections import deque
from datetime import timedelta

import pytest

from admitone.payments import BadCredentials, Outcome
from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    InvoiceState,
    NewInvoice,
    NodeAway,
    NodeRefused,
    SendState,
)
from admitone.payments.providers.lnd import answers
from admitone.payments.providers.lnd.keys import read_keys
from admitone.payments.providers.lnd.node import LndNode
from admitone.plumbing.node_addresses import NodeAddresses
from tests.contracts.payments.cases import ask_of, ref_of
from tests.contracts.payments.rig_lnd import LndEnd
from tests.support.lnd_book import Way
from tests.support.lnd_server import ALL, Fault
from tests.support.waiting import eventually_async

OWN = NodeAddresses(own_network=True)
PREIMAGE = bytes(range(32))
HASH = hashlib.sha256(PREIMAGE).digest()


async def pay(end: LndEnd, bolt11: str, amount_msat: int = 50_000_000, seconds: int = 30) -> object:
    return await end.node.pay(bolt11, amount_msat=amount_msat, fee_most_msat=500_000, seconds=seconds)


def new(end: LndEnd, **changes: object) -> NewInvoice:
    given = {"amount_msat": 50_000_000, "memo": "Order 7K3", "expires_at": end.now() + timedelta(minutes=10)}
    return NewInvoice(**{**given, "preimage": PREIMAGE, **changes})  # type: ignore[arg-type]


async def test_an_invoice_that_holds_nothing_is_paid_at_once_with_our_preimage(end: LndEnd) -> None:
    made = await end.node.create(new(end))
    assert (made.state, made.payment_hash) == (InvoiceState.OPEN, HASH.hex())
    assert await end.node.create(new(end)) == made
    end.book.pay(HASH)
    paid = await end.node.look_up(HASH.hex())
    assert paid is not None
    assert (paid.state, paid.received_msat, paid.preimage) == (InvoiceState.PAID, 50_000_000, PREIMAGE)
    with pytest.raises(NodeRefused) as no:
        await end.node.cancel(HASH.hex())
    assert no.value.code == "paid"


async def test_a_held_payment_says_until_which_block(end: LndEnd) -> None:
    await end.node.create(new(end, is_hold=True))
    with pytest.raises(NodeRefused) as no:
        await end.node.take(PREIMAGE)
    assert no.value.code == "open"
    end.book.pay(HASH)
    held = await end.node.look_up(HASH.hex())
    assert held is not None
    assert (held.state, held.held_until_height) == (InvoiceState.HELD, end.book.height + 80)


async def test_an_invoice_may_commit_to_a_description(end: LndEnd) -> None:
    digest = hashlib.sha256(b"metadata").digest()
    made = await end.node.create(new(end, description_hash=digest, is_hold=True))
    stored = end.book.invoices[bytes.fromhex(made.payment_hash)]
    assert stored.description_hash == digest


@pytest.mark.parametrize("hints", ["on", "off", ""])
@pytest.mark.parametrize("is_hold", [True, False])
async def test_channels_nobody_knows_of_are_named_if_the_organiser_says_so(
    end: LndEnd, hints: str, is_hold: bool
) -> None:
    keys = end.server.credentials | {"hints": hints}
    node = LndNode(keys, end.clock, lambda: end.shared.book.hashes_waiting(end.sheet.id, 10), OWN)
    await node.create(new(end, is_hold=is_hold))
    assert end.book.invoices[HASH].private == (hints == "on")
    await node.close()


async def test_a_macaroon_that_may_only_receive_still_takes_what_is_held(end: LndEnd) -> None:
    ask = ask_of(end)
    ref = ref_of(await end.provider.start(ask))
    end.server.macaroons[end.server.macaroon] = frozenset({"info:read", "invoices:read", "invoices:write"})
    await end.pay(ref)
    assert (await end.provider.status(ask.attempt_id, ref)).outcome is Outcome.PAID


async def test_what_nobody_made_is_not_there_and_giving_it_up_changes_nothing(end: LndEnd) -> None:
    assert await end.node.look_up("11" * 32) is None
    await end.node.cancel("11" * 32)
    with pytest.raises(NodeRefused) as no:
        await end.node.take(bytes(32))
    assert no.value.code == "gone"


async def test_an_invoice_is_paid_once_however_often_it_is_said(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    said = [
        await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30) for _ in range(3)
    ]
    assert {one.state for one in said} == {SendState.SENT}
    assert {(one.preimage, one.fee_msat) for one in said} == {
        (end.book.others[bytes.fromhex(said[0].payment_hash)], 700)
    }
    assert end.book.sent_msat == 50_000_000


async def test_an_invoice_without_an_amount_is_paid_what_was_said(end: LndEnd) -> None:
    await pay(end, end.book.others_invoice(None), 1_234_000)
    assert end.book.sent_msat == 1_234_000


async def test_nothing_is_sent_to_what_cannot_be_paid(end: LndEnd) -> None:
    soon = end.book.others_invoice(50_000_000, seconds=60)
    end.clock.move(seconds=61)
    for bolt11, code in (
        (soon, "expired"),
        (end.book.others_invoice(50_000_001), "another_amount"),
        ("lnbcrt1nothing", "bad_invoice"),
    ):
        with pytest.raises(NodeRefused) as no:
            await pay(end, bolt11)
        assert no.value.code == code
    assert end.book.payments == {}


async def test_a_payment_without_a_way_has_failed_and_may_be_tried_again(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    end.book.ways.append(Way.NO_ROUTE)
    failed = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert (failed.state, failed.reason) == (SendState.FAILED, "no_route")
    again = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert again.state is SendState.SENT


async def test_a_payment_whose_answer_was_lost_is_unknown_and_found_as_sent(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    end.book.ways.append(Way.ARRIVES_UNHEARD)
    lost = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert lost.state is SendState.UNKNOWN
    assert (await end.node.sent(lost.payment_hash)).state is SendState.SENT
    assert end.book.sent_msat == 50_000_000


async def test_a_payment_on_its_way_is_not_sent_again(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    end.book.ways.append(Way.STUCK)
    stuck = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert stuck.state is SendState.UNKNOWN
    again = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert (again.state, len(end.book.payments)) == (SendState.IN_FLIGHT, 1)
    end.book.arrive(bytes.fromhex(stuck.payment_hash))
    assert (await end.node.sent(stuck.payment_hash)).state is SendState.SENT


async def test_a_payment_that_cannot_be_proved_is_not_believed(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    end.book.ways.append(Way.LIES)
    lie = await end.node.pay(bolt11, amount_msat=50_000_000, fee_most_msat=700, seconds=30)
    assert (lie.state, lie.preimage, lie.reason) == (SendState.UNKNOWN, None, "no_proof")


async def test_a_payment_goes_on_when_whoever_asked_for_it_is_gone(end: LndEnd) -> None:
    bolt11 = end.book.others_invoice(50_000_000)
    end.book.ways.append(Way.SLOW)
    asking = asyncio.create_task(pay(end, bolt11))

    async def is_on_its_way() -> bool:
        return len(end.book.payments) == 1

    assert await eventually_async(is_on_its_way)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    end.server.arrives.set()

    async def has_arrived() -> bool:
        return end.book.sent_msat == 50_000_000

    assert await eventually_async(has_arrived)
    payment_hash = next(iter(end.book.payments)).hex()
    assert (await end.node.sent(payment_hash)).state is SendState.SENT


async def test_a_payment_nobody_made_is_not_found(end: LndEnd) -> None:
    assert (await end.node.sent("22" * 32)).state is SendState.NOT_FOUND


async def test_the_balance_has_what_lies_where_and_the_chain_only_if_permitted(end: LndEnd) -> None:
    whole = await end.node.balance()
    assert (whole.local_msat, whole.remote_msat, whole.onchain_msat) == (10**9, 10**9, 50_000_000)
    end.server.macaroons[end.server.macaroon] = ALL - {"onchain:read"}
    assert (await end.node.balance()).onchain_msat is None


@pytest.mark.parametrize("missing", sorted(ALL - {"onchain:read", "info:read"}))
async def test_a_permission_that_is_missing_is_named(end: LndEnd, missing: str) -> None:
    end.server.macaroons[end.server.macaroon] = ALL - {missing}
    with pytest.raises(BadCredentials) as bad:
        await end.provider.look()
    assert (bad.value.field, bad.value.data["reason"]) == ("macaroon", f"it does not permit {missing}")
    assert (end.book.invoices, end.book.payments) == ({}, {})


async def test_a_macaroon_of_another_node_is_refused_without_being_repeated(end: LndEnd) -> None:
    keys = end.server.credentials | {"macaroon": "ab" * 60}
    node = LndNode(keys, end.clock, lambda: end.shared.book.hashes_waiting(end.sheet.id, 10), OWN)
    with pytest.raises(BadNodeKeys) as bad:
        await node.info()
    assert "abab" not in str(bad.value) + repr(bad.value) + repr(bad.value.__cause__) + repr(
        node.connection._line
    )
    await node.close()


async def test_a_node_behind_another_certificate_is_away(end: LndEnd) -> None:
    keys = end.server.credentials | {"certificate": ""}
    node = LndNode(keys, end.clock, lambda: end.shared.book.hashes_waiting(end.sheet.id, 10), OWN)
    with pytest.raises(NodeAway):
        await node.info()
    await node.close()


async def test_a_node_that_was_stopped_is_away_and_found_again(end: LndEnd) -> None:
    await end.node.info()
    await end.server.stop()
    with pytest.raises(NodeAway):
        await end.node.look_up(HASH.hex())
    end.server.bind()
    await end.server.start()

    async def is_back() -> bool:
        try:
            return await end.node.look_up(HASH.hex()) is None
        except NodeAway:
            return False

    assert await eventually_async(is_back)


async def test_what_cannot_be_read_is_no_answer(end: LndEnd) -> None:
    await end.node.create(new(end))
    end.server.faults = {
        name: deque([Fault.GARBAGE]) for name in ("LookupInvoiceV2", "TrackPaymentV2", "GetInfo")
    }
    bolt11 = end.book.others_invoice(1000)
    await pay(end, bolt11, 1000)
    for call in (
        lambda: end.node.look_up(HASH.hex()),
        lambda: end.node.sent(next(iter(end.book.payments)).hex()),
        end.node.info,
    ):
        with pytest.raises(NodeAway):
            await call()


async def test_a_node_that_answers_about_another_invoice_is_not_believed(end: LndEnd) -> None:
    await end.node.create(new(end))
    other = hashlib.sha256(b"other").digest()
    end.book.invoices[other] = end.book.invoices[HASH]
    with pytest.raises(NodeAway):
        await end.node.look_up(other.hex())


async def test_paid_without_a_preimage_is_not_paid(end: LndEnd) -> None:
    await end.node.create(new(end))
    end.book.pay(HASH)
    for lie in (b"", bytes(32)):
        end.book.invoices[HASH].r_preimage = lie
        with pytest.raises(NodeAway):
            await end.node.look_up(HASH.hex())


SAID = (
    ("UNKNOWN", "wallet locked, unlock it to enable full RPC access", NodeAway, ""),
    (
        "UNKNOWN",
        "the RPC server is in the process of starting up, but not yet ready to accept calls",
        NodeAway,
        "",
    ),
    ("UNAVAILABLE", "failed to connect", NodeAway, ""),
    ("DEADLINE_EXCEEDED", "", NodeAway, ""),
    ("INTERNAL", "stream terminated", NodeAway, ""),
    ("UNKNOWN", "permission denied", BadNodeKeys, "bad_keys"),
    ("UNKNOWN", "expected 1 macaroon, got 0", BadNodeKeys, "bad_keys"),
    ("PERMISSION_DENIED", "", BadNodeKeys, "bad_keys"),
    ("UNKNOWN", "unable to locate invoice", NodeRefused, answers.NOT_FOUND),
    ("NOT_FOUND", "there are no existing invoices", NodeRefused, answers.NOT_FOUND),
    ("UNKNOWN", "invoice already canceled", NodeRefused, "gone"),
    ("UNKNOWN", "invoice already settled", NodeRefused, "paid"),
    ("ALREADY_EXISTS", "payment is in transition", NodeRefused, answers.ALREADY),
    ("UNIMPLEMENTED", "unknown service invoicesrpc.Invoices", NodeRefused, "unable"),
    ("UNKNOWN", "something new", NodeRefused, answers.REFUSED),
)


@pytest.mark.parametrize(("code", "text", "kind", "word"), SAID)
def test_every_no_has_a_word_of_ours(code: str, text: str, kind: type[Exception], word: str) -> None:
    error = answers.said("LookupInvoiceV2", code, text)
    assert type(error) is kind
    assert getattr(error, "code", "") == word
    assert not text or text not in str(error)


def test_keys_are_read_however_they_were_copied(end: LndEnd) -> None:
    pem = end.server.certificate
    raw = bytes.fromhex(end.server.macaroon)
    wanted = read_keys(end.server.credentials)
    written = [
        end.server.macaroon.upper(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        f" {end.server.macaroon[:40]} {end.server.macaroon[40:]} ",
    ]
    for macaroon in written:
        assert read_keys(end.server.credentials | {"macaroon": macaroon}) == wanted
    for certificate in (" ".join(pem.decode().splitlines()), base64.b64encode(pem).decode()):
        assert read_keys(end.server.credentials | {"certificate": certificate}) == wanted
    for host, target in (
        ("grpc://node.example", "node.example:10009"),
        ("[2001:db8::7]:443", "[2001:db8::7]:443"),
        ("[2001:db8::7]", "[2001:db8::7]:10009"),
    ):
        assert read_keys(end.server.credentials | {"host": host}).target == target
    assert end.server.macaroon not in repr(wanted)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("host", ""),
        ("host", "node.example:0"),
        ("host", "node.example:99999"),
        ("host", "unix:/run/lnd.sock"),
        ("host", "a b"),
        ("macaroon", ""),
        ("macaroon", "not a macaroon!"),
        ("macaroon", "abcd"),
        ("certificate", "-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----"),
        ("certificate", "hello"),
    ],
)
async def test_keys_that_make_no_sense_hide_nothing_and_are_named(
    end: LndEnd, field: str, typed: str
) -> None:
    keys = end.server.credentials | {field: typed}
    node = LndNode(keys, end.clock, lambda: end.shared.book.hashes_waiting(end.sheet.id, 10), OWN)
    with pytest.raises(BadNodeKeys) as bad:
        await node.info()
    assert bad.value.field == field
