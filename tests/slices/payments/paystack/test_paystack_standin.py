"""The stand-in plays its part: a page for people, webhooks good and bad, books that outlive it, genuine answers."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from admitone.entrypoints.standins.paystack import Company, Fault, create_app
from admitone.payments import NoticeRead, Outcome
from admitone.values.clock import FrozenClock, SystemClock
from tests.contracts.payments.rig_paystack import DOCUMENT, ORIGIN, SECRET_KEY, PaystackSide
from tests.support.provider_documents import Document, provider_document
from tests.support.waiting import eventually_async


@pytest.fixture
def end() -> PaystackSide:
    return PaystackSide()


@pytest.fixture
async def browser(end: PaystackSide) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(end.company, origin=ORIGIN))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield client


async def page_of(end: PaystackSide) -> str:
    prompt = await end.provider.start(end.ask())
    assert prompt.redirect_url is not None
    return prompt.redirect_url


async def test_the_page_says_what_it_is_and_what_is_paid(
    end: PaystackSide, browser: httpx2.AsyncClient
) -> None:
    shown = await browser.get(await page_of(end))
    assert shown.status_code == 200
    for words in ("This is a stand-in for Paystack.", "No real money moves", "Pay GH₵25", "Order 7K3M9QXYZ"):
        assert words in shown.text
    assert 'name="viewport"' in shown.text
    assert "script" not in shown.text.lower()
    assert "default-src 'none'" in shown.headers["content-security-policy"]


async def test_what_a_buyer_wrote_is_text_on_the_page(end: PaystackSide, browser: httpx2.AsyncClient) -> None:
    url = await page_of(end)
    end.company.books.transactions[0].email = "<b>@example.org"
    assert "<b>" not in (await browser.get(url)).text


@pytest.mark.parametrize(
    ("decision", "outcome", "back"),
    [
        ("pay", Outcome.PAID, "https://tickets.example/orders/abc?trxref={0}&reference={0}"),
        ("decline", Outcome.FAILED, "https://tickets.example/orders/abc?trxref={0}&reference={0}"),
        ("cancel", Outcome.PENDING, "https://tickets.example/orders/abc"),
    ],
)
async def test_a_person_decides_and_goes_back(
    end: PaystackSide, browser: httpx2.AsyncClient, decision: str, outcome: Outcome, back: str
) -> None:
    url = await page_of(end)
    gone = await browser.post(url, data={"decision": decision})
    [made] = end.company.books.transactions
    assert (gone.status_code, gone.headers["location"]) == (303, back.format(made.reference))
    status = await end.provider.status(end.ask().attempt_id, made.reference)
    assert status.outcome is outcome


async def test_who_was_declined_can_try_again_and_who_paid_cannot(
    end: PaystackSide, browser: httpx2.AsyncClient
) -> None:
    url = await page_of(end)
    await browser.post(url, data={"decision": "decline"})
    assert "You can try again" in (await browser.get(url)).text
    await browser.post(url, data={"decision": "pay"})
    assert "This payment has been made" in (await browser.get(url)).text
    await browser.post(url, data={"decision": "decline"})
    assert end.company.books.transactions[0].status == "success"
    assert (await browser.get("/checkout/nothing")).status_code == 404
    assert (await browser.post("/checkout/nothing")).status_code == 404


async def test_only_whoever_has_the_key_is_answered(browser: httpx2.AsyncClient) -> None:
    for key in ("", SECRET_KEY[:-1], f"{SECRET_KEY}x"):
        answer = await browser.get("/balance", headers={"authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()) == (401, {"status": False, "message": "Invalid key"})


async def test_a_reference_opens_one_payment(browser: httpx2.AsyncClient) -> None:
    asked = {"email": "a@example.org", "amount": 500, "currency": "GHS", "reference": "once"}
    headers = {"authorization": f"Bearer {SECRET_KEY}"}
    assert (await browser.post("/transaction/initialize", json=asked, headers=headers)).status_code == 200
    again = await browser.post("/transaction/initialize", json=asked, headers=headers)
    assert again.status_code == 400
    # The document's own example of this answer.
    assert {
        "message": "Duplicate Transaction Reference",
        "code": "duplicate_reference",
    }.items() <= again.json().items()


class Inbox:
    """Whoever gets the webhooks: reads each, and answers with this status."""

    def __init__(self, end: PaystackSide) -> None:
        self._end = end
        self.status = 200
        self.events: list[str] = []
        self.read: list[NoticeRead | None] = []

    async def is_complete(self) -> bool:
        return "refund.processed" in self.events

    async def receive(self, headers: Mapping[str, str], body: bytes) -> int:
        self.events.append(json.loads(body)["event"])
        self.read.append(await self._end.provider.read_notice(headers, body))
        return self.status


async def test_webhooks_are_genuine_and_come_once(end: PaystackSide) -> None:
    inbox = Inbox(end)
    done = await end.paid()
    await end.provider.refund(done.refund(500))
    end.company.open_dispute(done.ref)
    end.clock.move(seconds=60)
    end.company.advance()
    assert await end.company.outbox.send_due(inbox.receive) == 4
    assert sorted(inbox.events) == [
        "charge.dispute.create",
        "charge.success",
        "refund.pending",
        "refund.processed",
    ]
    assert None not in inbox.read
    assert await end.company.outbox.send_due(inbox.receive) == 0


async def test_webhooks_come_twice_late_mixed_up_or_never(end: PaystackSide) -> None:
    inbox = Inbox(end)
    end.knobs.copies = 2
    await end.paid()
    await end.company.outbox.send_due(inbox.receive)
    assert len(inbox.read) == 2 and inbox.read[0] == inbox.read[1]

    end.knobs.copies, end.knobs.webhook_seconds = 1, 30
    await end.paid()
    assert await end.company.outbox.send_due(inbox.receive) == 0
    end.clock.move(seconds=30)
    assert await end.company.outbox.send_due(inbox.receive) == 1

    end.knobs.webhook_seconds, end.knobs.is_mixed_up = 0, True
    first, second = await end.paid(), await end.paid()
    inbox.read.clear()
    for _ in range(2):
        await end.company.outbox.send_due(inbox.receive)
        end.clock.move(seconds=10)
    assert [one.provider_ref for one in inbox.read if one is not None] == [second.ref, first.ref]

    end.knobs.copies = 0
    await end.paid()
    end.clock.move(seconds=3600)
    assert await end.company.outbox.send_due(inbox.receive) == 0


async def test_a_webhook_nobody_took_is_sent_again_with_the_same_bytes(end: PaystackSide) -> None:
    inbox = Inbox(end)
    inbox.status = 503
    await end.paid()
    assert await end.company.outbox.send_due(inbox.receive) == 0
    assert await end.company.outbox.send_due(inbox.receive) == 0
    inbox.status = 200
    end.clock.move(seconds=180)
    assert await end.company.outbox.send_due(inbox.receive) == 1
    assert len(inbox.read) == 2 and inbox.read[0] == inbox.read[1]


async def test_while_it_runs_money_arrives_and_webhooks_leave_by_themselves(end: PaystackSide) -> None:
    inbox = Inbox(end)

    async def receive(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(await inbox.receive(request.headers, request.content))

    def opened() -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.MockTransport(receive))

    end.knobs.refund_seconds = 0
    app = create_app(end.company, origin=ORIGIN, webhook_url=end.sheet.notice_url, opened=opened)
    async with app.router.lifespan_context(app):
        done = await end.paid()
        await end.provider.refund(done.refund(2500))
        await eventually_async(inbox.is_complete)
    assert set(inbox.events) == {"charge.success", "refund.pending", "refund.processed"}
    assert end.company.books.deliveries == []


async def test_a_stand_in_started_again_has_forgotten_nothing(tmp_path: Path) -> None:
    path = tmp_path / "paystack.json"
    end = PaystackSide()
    end.company = Company(SECRET_KEY, end.clock, path=path)
    end.provider = end.open()
    done = await end.paid()
    await end.provider.refund(done.refund(500))
    end.company.keep()

    end.company = Company(SECRET_KEY, FrozenClock(SystemClock().now() + timedelta(minutes=1)), path=path)
    end.provider = end.open()
    assert (await end.provider.status(done.ask.attempt_id, None)).outcome is Outcome.PAID
    assert await end.sent_back_minor(done.ref) == 500
    assert end.company.advance() == 1
    assert len(end.company.books.deliveries) == 3
    again = await end.provider.start(done.ask)
    assert again.status.outcome is Outcome.PAID


@pytest.mark.parametrize("fault", list(Fault))
async def test_a_planned_fault_happens_once(
    browser: httpx2.AsyncClient, end: PaystackSide, fault: Fault
) -> None:
    end.knobs.plan("GET /balance", fault)
    headers = {"authorization": f"Bearer {SECRET_KEY}"}
    said = [(await browser.get("/balance", headers=headers)).status_code for _ in range(2)]
    assert said[1] == 200
    assert (
        said[0]
        == {
            Fault.NEVER_ARRIVED: 504,
            Fault.SERVER_ERROR: 500,
            Fault.ANSWER_LOST: 504,
            Fault.GARBAGE: 200,
            Fault.TOO_MANY: 429,
        }[fault]
    )


def shapes(document: Document, method: str, path: str, http: int, body: bytes) -> list[str]:
    """What the document does not allow, but for nulls: its own examples have them where it says text."""
    return [one for one in document.answer_problems(method, path, http, body) if "None" not in one]


async def test_answers_have_the_shape_the_document_says(
    browser: httpx2.AsyncClient, end: PaystackSide
) -> None:
    document = provider_document(DOCUMENT)
    done = await end.paid(5000)
    refund = end.company.send_back(done.ref, 100, None, "", "")
    dispute = end.company.open_dispute(done.ref)
    to = end.company.add_recipient(
        type="ghipss", name="Ada", number="0123456785", bank="040100", currency="GHS"
    )
    end.company.send(reference="a" * 32, recipient=to.code, amount_minor=100, currency="GHS", reason="x")
    headers = {"authorization": f"Bearer {SECRET_KEY}"}
    for path in (
        f"/transaction/verify/{done.ref}",
        "/transaction?page=1",
        "/refund",
        f"/refund/{refund.id}",
        "/balance",
        "/balance/ledger",
        "/transfer",
        f"/transfer/verify/{'a' * 32}",
        "/dispute",
        f"/dispute/{dispute.id}",
        f"/dispute/{dispute.id}/upload_url",
        "/bank?currency=GHS",
        "/bank/resolve?account_number=0123456785&bank_code=040100",
    ):
        answer = await browser.get(path, headers=headers)
        assert answer.status_code == 200, path
        assert shapes(document, "GET", path, 200, answer.content) == [], path
    for path, body, http in (
        ("/transaction/initialize", {"email": "a@b.example", "amount": 100, "currency": "GHS"}, 200),
        ("/refund", {"transaction": done.ref, "amount": 100}, 200),
        (
            "/transferrecipient",
            {
                "type": "ghipss",
                "name": "Ada",
                "account_number": "0123456785",
                "bank_code": "040100",
                "currency": "GHS",
            },
            201,
        ),
        (
            "/transfer",
            {
                "source": "balance",
                "amount": 100,
                "recipient": to.code,
                "reference": "b" * 32,
                "currency": "GHS",
            },
            200,
        ),
        (
            "/subaccount",
            {
                "business_name": "Mill",
                "settlement_bank": "040100",
                "account_number": "0123456785",
                "percentage_charge": 0,
            },
            201,
        ),
    ):
        answer = await browser.post(path, json=body, headers=headers)
        assert answer.status_code == http, answer.text
        assert shapes(document, "POST", path, http, answer.content) == [], path
