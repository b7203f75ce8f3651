"""Webhooks and the sandbox bank's page over HTTP: what is answered, and what is kept."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.http import create_app
from admitone.payments.providers.sandbox import Opening, Payment
from admitone.payments.providers.sandbox.notices import write_body
from admitone.plumbing.database import Database

pytestmark = pytest.mark.asyncio
BODY = write_body("payment.paid", "sb_1")
URL = "/webhooks/sandbox"
RETURN_URL = "http://testserver/orders/abc"


@pytest.fixture
async def http(assembly: Assembly) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole site."""
    transport = httpx2.ASGITransport(create_app(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


def signed(assembly: Assembly, body: bytes = BODY, notice_id: str = "evt_1") -> dict[str, str]:
    """The headers the sandbox bank sends with this body now."""
    assert assembly.sandbox is not None
    return assembly.sandbox.secret.sign(notice_id, assembly.clock.now(), body)


async def kept(database: Database) -> list[bytes]:
    async with database.reading() as reader:
        return list(
            (await reader.execute(text("SELECT body FROM payments_notice ORDER BY notice_id"))).scalars()
        )


async def spoken(database: Database) -> int:
    wanted = text("SELECT count(*) FROM journal_fact WHERE kind = 'payments.provider_spoke'")
    async with database.reading() as reader:
        return int((await reader.execute(wanted)).scalar_one())


async def test_a_genuine_webhook_is_received_and_kept_once(
    http: httpx2.AsyncClient, assembly: Assembly
) -> None:
    headers = signed(assembly)
    answers = [await http.post(URL, content=BODY, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await kept(assembly.database) == [BODY]
    assert await spoken(assembly.database) == 1


async def test_a_forged_webhook_is_refused_and_leaves_nothing(
    http: httpx2.AsyncClient, assembly: Assembly
) -> None:
    bad = [
        await http.post(URL, content=BODY),
        await http.post(URL, content=BODY + b" ", headers=signed(assembly)),
        await http.post(URL, content=BODY, headers={**signed(assembly), "webhook-signature": "v1,AAAA"}),
        await http.post(URL, content=b"\xff\x00", headers=signed(assembly)),
    ]
    assert [answer.status_code for answer in bad] == [400, 400, 400, 400]
    assert await kept(assembly.database) == []
    assert await spoken(assembly.database) == 0


async def test_a_provider_that_is_not_there_is_not_found(
    http: httpx2.AsyncClient, assembly: Assembly
) -> None:
    assert (await http.post("/webhooks/nobody", content=BODY, headers=signed(assembly))).status_code == 404
    assert await kept(assembly.database) == []


async def test_a_webhook_of_more_than_256_kib_is_not_read(
    http: httpx2.AsyncClient, assembly: Assembly
) -> None:
    fits, long = b"x" * (256 * 1024), b"x" * (256 * 1024 + 1)
    assert (await http.post(URL, content=fits, headers=signed(assembly, fits))).status_code == 400
    assert (await http.post(URL, content=long, headers=signed(assembly, long))).status_code == 413
    assert await kept(assembly.database) == []


async def open_payment(assembly: Assembly) -> Payment:
    assert assembly.sandbox is not None
    return await assembly.sandbox.open(Opening("key-1", "card", "EUR", 2500, "Order 7K3M9QXYZ", RETURN_URL))


async def state_of(assembly: Assembly, ref: str) -> str:
    assert assembly.sandbox is not None
    return (await assembly.sandbox.payment(ref)).state


async def test_the_banks_page_shows_the_payment(http: httpx2.AsyncClient, assembly: Assembly) -> None:
    payment = await open_payment(assembly)
    answer = await http.get(f"/sandbox/{payment.ref}")
    assert answer.status_code == 200
    assert "€25" in answer.text
    assert "Order 7K3M9QXYZ" in answer.text
    assert 'value="pay"' in answer.text
    assert 'value="fail"' in answer.text


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"decision": "pay"}, "paid"),
        ({"decision": "fail"}, "failed"),
        ({"decision": "pay", "delay": "30"}, "seen"),
        ({"decision": "pay", "copies": "2", "shuffle": "1"}, "paid"),
    ],
    ids=str,
)
async def test_deciding_leads_back_to_the_shop(
    http: httpx2.AsyncClient, assembly: Assembly, form: dict[str, str], state: str
) -> None:
    payment = await open_payment(assembly)
    answer = await http.post(f"/sandbox/{payment.ref}", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
    assert await state_of(assembly, payment.ref) == state


async def test_the_way_back_can_be_lost(http: httpx2.AsyncClient, assembly: Assembly) -> None:
    payment = await open_payment(assembly)
    answer = await http.post(f"/sandbox/{payment.ref}", data={"decision": "pay", "lose": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sandbox/{payment.ref}")
    assert 'value="pay"' not in (await http.get(f"/sandbox/{payment.ref}")).text


@pytest.mark.parametrize(
    "form",
    [{}, {"decision": "steal"}, {"decision": "pay", "delay": "1e9"}, {"decision": "pay", "copies": "-1"}],
    ids=str,
)
async def test_what_the_page_does_not_offer_is_refused(
    http: httpx2.AsyncClient, assembly: Assembly, form: dict[str, str]
) -> None:
    payment = await open_payment(assembly)
    assert (await http.post(f"/sandbox/{payment.ref}", data=form)).status_code == 422
    assert await state_of(assembly, payment.ref) == "open"


async def test_a_form_from_another_site_decides_nothing(http: httpx2.AsyncClient, assembly: Assembly) -> None:
    payment = await open_payment(assembly)
    headers = {"origin": "https://evil.example"}
    answer = await http.post(f"/sandbox/{payment.ref}", data={"decision": "pay"}, headers=headers)
    assert answer.status_code == 403
    assert await state_of(assembly, payment.ref) == "open"


async def test_a_payment_the_bank_does_not_know_is_not_found(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/sandbox/sb_nothing")).status_code == 404
    assert (await http.post("/sandbox/sb_nothing", data={"decision": "pay"})).status_code == 404
