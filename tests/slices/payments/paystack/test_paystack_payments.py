"""Payments at Paystack beyond the promises every provider keeps: its own ways of going wrong."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import httpx2
import msgspec
import pytest

from admitone.entrypoints.standins.paystack import Fault
from admitone.payments import Outcome
from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.kinds import Mode
from admitone.payments.provider import Split
from admitone.payments.providers.paystack import PaystackKind
from admitone.payments.providers.paystack.capabilities import METHODS, capabilities
from admitone.payments.providers.paystack.kind import SECRET_KEY as CREDENTIAL
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paystack import ORIGIN, SECRET_KEY, PaystackSide, account_sheet
from tests.support.source_files import REPOSITORY

LIVE_KEY = SECRET_KEY.replace("sk_test_", "sk_live_")


@pytest.fixture
def end() -> PaystackSide:
    return PaystackSide()


async def test_our_id_is_the_reference_and_stands_in_the_metadata(end: PaystackSide) -> None:
    ask = replace(end.ask(), order_code="7K3M9QXYZ")
    await end.provider.start(ask)
    [made] = end.company.books.transactions
    assert made.reference == ask.attempt_id.hex
    assert made.metadata["attempt_id"] == ask.attempt_id.hex
    assert made.metadata["payment_account"] == end.sheet.id.hex
    assert made.metadata["order_code"] == "7K3M9QXYZ"
    assert (made.channels, made.email, made.currency) == (["card"], "ada@example.org", "GHS")


async def test_without_an_address_of_the_buyer_nothing_is_asked(end: PaystackSide) -> None:
    prompt = await end.provider.start(replace(end.ask(), buyer_email=None))
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.FAILED, "email_missing")
    assert end.watch.seen == []


async def test_a_plain_no_fails_with_its_word(end: PaystackSide) -> None:
    prompt = await end.provider.start(replace(end.ask(), buyer_email="nobody"))
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.FAILED, "invalid_email_address")


async def test_another_process_finds_the_payment_but_not_its_page_and_says_so(end: PaystackSide) -> None:
    ask = end.ask()
    first = await end.provider.start(ask)
    again = await end.open_elsewhere().start(ask)
    assert (again.provider_ref, again.redirect_url) == (first.provider_ref, None)
    assert again.status.outcome is Outcome.PENDING
    assert again.instructions
    assert await end.payments_made() == 1
    end.company.pay(ask.attempt_id.hex)
    late = await end.open_elsewhere().start(ask)
    assert (late.status.outcome, late.status.paid_minor, late.instructions) == (Outcome.PAID, 2500, {})


async def test_another_process_with_another_amount_starts_nothing(end: PaystackSide) -> None:
    ask = end.ask()
    await end.provider.start(ask)
    other = await end.open_elsewhere().start(replace(ask, amount_minor=2600))
    assert (other.provider_ref, other.status.outcome) == (None, Outcome.UNKNOWN)
    assert other.status.reason == "other_amount"


async def test_providers_opened_for_one_account_remember_the_same_pages(end: PaystackSide) -> None:
    ask = end.ask()
    kind = end.kind()
    one, two = (kind.open(end.sheet, {"secret_key": SECRET_KEY}) for _ in range(2))
    prompts = await asyncio.gather(one.start(ask), two.start(ask), one.start(ask))
    assert len({prompt.redirect_url for prompt in prompts}) == 1
    assert prompts[0].redirect_url is not None


async def test_a_page_somewhere_else_is_not_shown(end: PaystackSide) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        reference = msgspec.json.decode(request.content)["reference"]
        data = {"authorization_url": "https://checkout.paystack.com.evil.example/x", "reference": reference}
        return httpx2.Response(200, json={"status": True, "message": "", "data": data})

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    provider = PaystackKind(client, end.clock).open(end.sheet, {"secret_key": SECRET_KEY})
    prompt = await provider.start(end.ask())
    assert (prompt.redirect_url, prompt.status.outcome) == (None, Outcome.UNKNOWN)


async def test_a_split_leaves_our_fee_with_us_and_the_rest_goes_on(end: PaystackSide) -> None:
    theirs = end.company.add_subaccount(name="Mill Lane", bank="040100", number="0123456789", percentage=0)
    ask = replace(end.ask(), split=Split(theirs.code, 200))
    await end.provider.start(ask)
    end.company.pay(ask.attempt_id.hex)
    # 1.95 % of 25.00 are 49 pesewas, which we bear.
    assert end.company.books.balances == {"GHS": 200 - 49}
    assert (await end.provider.status(ask.attempt_id, None)).paid_minor == 2500
    assert end.problems == []


async def test_a_fee_the_buyer_bears_does_not_look_like_too_much_money(end: PaystackSide) -> None:
    end.knobs.buyer_bears_fee = True
    done = await end.paid()
    payment = end.company.transaction(done.ref)
    assert payment is not None
    assert payment.amount_minor == 2549
    assert (await end.provider.status(done.ask.attempt_id, done.ref)).paid_minor == 2500


async def test_cancelling_only_looks(end: PaystackSide) -> None:
    ask = end.ask()
    await end.provider.start(ask)
    assert (await end.provider.cancel(ask.attempt_id, None)).outcome is Outcome.PENDING
    end.company.pay(ask.attempt_id.hex)
    assert (await end.provider.cancel(ask.attempt_id, None)).outcome is Outcome.PAID


async def test_money_that_was_sent_back_had_arrived(end: PaystackSide) -> None:
    done = await end.paid()
    await end.provider.refund(done.refund(2500))
    payment = end.company.transaction(done.ref)
    assert payment is not None and payment.status == "reversed"
    status = await end.provider.status(done.ask.attempt_id, done.ref)
    assert (status.outcome, status.paid_minor) == (Outcome.PAID, 2500)


async def test_recent_lists_what_was_begun_before_and_paid_since_over_many_pages(end: PaystackSide) -> None:
    asks = [end.ask() for _ in range(130)]
    for ask in asks:
        await end.provider.start(ask)
    end.clock.move(seconds=3600)
    since = end.clock.now() - timedelta(minutes=1)
    for ask in asks[:120]:
        end.company.pay(ask.attempt_id.hex)
    found = [status async for status in end.provider.recent(since)]
    assert {status.attempt_id for status in found} == {ask.attempt_id for ask in asks[:120]}
    assert {status.outcome for status in found} == {Outcome.PAID}
    assert end.problems == []


async def test_recent_breaks_off_when_a_page_does_not_come(end: PaystackSide) -> None:
    end.knobs.plan("GET /transaction", Fault.SERVER_ERROR)
    with pytest.raises(ProviderAway):
        [status async for status in end.provider.recent(end.now())]


async def test_looking_shows_whose_account_it_is(end: PaystackSide) -> None:
    before = await end.provider.look()
    assert (before.can_take, before.is_live, before.country) == (True, False, "GH")
    assert before.ref.startswith("key-")
    assert SECRET_KEY[8:20] not in before.ref
    await end.paid()
    assert (await end.provider.look()).ref == "463433"
    # What the account was called once stays its name.
    known = end.open(sheet=replace(end.sheet, ref=before.ref))
    assert (await known.look()).ref == before.ref
    assert end.problems == []


async def test_wrong_keys_are_refused_and_those_of_the_other_mode_not_even_sent(end: PaystackSide) -> None:
    with pytest.raises(BadCredentials):
        await end.open(SECRET_KEY[:-1] + "x").look()
    asked = len(end.watch.seen)
    with pytest.raises(BadCredentials):
        await end.open(LIVE_KEY).look()
    assert len(end.watch.seen) == asked
    end.knobs.plan("GET /balance", Fault.GARBAGE)
    with pytest.raises(ProviderAway):
        await end.provider.look()


async def test_nothing_is_started_and_nothing_taken_for_gone_under_a_wrong_key(end: PaystackSide) -> None:
    wrong = end.open(SECRET_KEY[:-1] + "x")
    prompt = await wrong.start(end.ask())
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.FAILED, "bad_credentials")
    status = await wrong.status(uuid7(), None)
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, "bad_credentials")


def test_keys_have_the_form_of_their_mode() -> None:
    assert CREDENTIAL.is_secret and CREDENTIAL.pattern is not None
    for mode, key, other in ((Mode.TEST, SECRET_KEY, LIVE_KEY), (Mode.LIVE, LIVE_KEY, SECRET_KEY)):
        assert re.fullmatch(CREDENTIAL.pattern[mode], key)
        assert not re.fullmatch(CREDENTIAL.pattern[mode], other)


def test_the_sheet_of_capabilities_is_whole() -> None:
    icons = (REPOSITORY / "src/admitone/entrypoints/static/icons.svg").read_text("utf-8")
    sheet = capabilities()
    for method in METHODS:
        assert f'id="{method.icon}"' in icons
        one = sheet[method.id]
        assert one.currencies and set(one.amount_min_minor_in) == one.currencies
        assert one.redirect_origins == frozenset({"https://checkout.paystack.com"})
    assert sheet["bank_transfer"].amount_min_minor_in == {"NGN": 10_000}
    assert sheet["card"].amount_min_minor_in["NGN"] == 5_000
    assert sheet["mobile_money"].countries == frozenset({"GH", "KE"})
    client = httpx2.AsyncClient()
    assert PaystackKind(client, SystemClock()).redirect_origins == {"https://checkout.paystack.com"}
    assert account_sheet().provider == PaystackKind.name
    assert ORIGIN.startswith("http://localhost:")
