"""The same request with the same key: one effect, one answer, whatever happens in between."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.http import create_app
from admitone.plumbing import failpoints, idempotency
from admitone.plumbing.database import Transaction
from admitone.plumbing.idempotency import Claim, KeptAnswer, KeyReused, TwinInFlight
from tests.support import onsale
from tests.support.onsale import put_on_sale
from tests.support.site import bearer, counts, program

KEY = {"idempotency-key": "k-1"}
SCOPE, DIGEST = b"s" * 32, b"d" * 32


async def age(assembly: Assembly, seconds: int) -> None:
    """Make every claim older."""

    async def story(tx: Transaction) -> None:
        await tx.execute(
            text("UPDATE idempotency_key SET claimed_at = claimed_at - make_interval(secs => :seconds)"),
            {"seconds": seconds},
        )

    await assembly.database.run(story)


async def rows(assembly: Assembly) -> int:
    """How many keys are known."""
    async with assembly.database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM idempotency_key"))).scalar_one())


async def pending(assembly: Assembly) -> tuple[str, dict[str, str]]:
    """The address at which a pending order is paid, and a body that pays it."""
    order = await onsale.place(assembly, await put_on_sale(assembly))
    token = assembly.links.make("order", order.id)
    return f"/api/v1/orders/{token}/payments", {"method": "sandbox:card"}


async def test_the_answer_is_given_again_word_for_word(assembly: Assembly) -> None:
    url, body = await pending(assembly)
    async with program(assembly) as client:
        first = await client.post(url, json=body, headers=KEY)
        again = await client.post(url, json=body, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (await counts(assembly))["attempts"] == 1


async def test_a_refusal_is_an_answer_too(assembly: Assembly) -> None:
    url, _ = await pending(assembly)
    async with program(assembly) as client:
        first = await client.post(url, json={"method": "gold"}, headers=KEY)
        again = await client.post(url, json={"method": "gold"}, headers=KEY)
    assert (first.status_code, first.json()["code"]) == (422, "payments.method_not_offered")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_another_request_with_the_same_key_is_refused_and_does_nothing(assembly: Assembly) -> None:
    url, body = await pending(assembly)
    async with program(assembly) as client:
        await client.post(url, json=body, headers=KEY)
        before = await counts(assembly)
        other = await client.post(url, json={"method": "sandbox:push"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert await counts(assembly) == before


async def test_keys_of_other_people_and_routes_never_meet(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    first, second = [await onsale.place(assembly, show) for _ in range(2)]
    assert show.owner.person_id is not None
    owner = await bearer(assembly, show.owner.person_id)
    async with program(assembly) as client:
        for order, headers in ((first, KEY), (second, KEY), (first, {**KEY, **owner})):
            token = assembly.links.make("order", order.id)
            url = f"/api/v1/orders/{token}/payments"
            answer = await client.post(url, json={"method": "sandbox:card"}, headers=headers)
            assert answer.status_code == 201
            assert "idempotent-replayed" not in answer.headers
    assert (await counts(assembly))["attempts"] == 3


async def test_keys_of_guests_from_two_addresses_never_meet(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    body = {"event": show.slug, "items": [{"ticket_type_id": str(show.types[0]), "quantity": 1}]}
    tokens = []
    for address in ("198.51.100.7", "198.51.100.7", "203.0.113.9"):
        transport = httpx2.ASGITransport(create_app(assembly), client=(address, 5000))
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            answer = await client.post("/api/v1/holds", json=body, headers=KEY)
            tokens.append(answer.json()["token"])
    assert tokens[0] == tokens[1] != tokens[2]


async def test_twenty_at_once_have_one_effect(assembly: Assembly) -> None:
    url, body = await pending(assembly)
    async with program(assembly) as client:
        answers = await asyncio.gather(*(client.post(url, json=body, headers=KEY) for _ in range(20)))
    made = {answer.content for answer in answers if answer.status_code == 201}
    others = [answer for answer in answers if answer.status_code != 201]
    assert len(made) == 1
    assert {(answer.status_code, answer.json()["code"]) for answer in others} <= {
        (409, "idempotency.in_flight")
    }
    assert all(answer.headers["retry-after"] == "1" for answer in others)
    assert (await counts(assembly))["attempts"] == 1


async def test_a_crash_between_effect_and_answer_is_made_good_without_a_second_effect(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, body = await pending(assembly)
    async with program(assembly) as client:
        monkeypatch.setattr(failpoints, "_armed", {"idempotency.before_store": "raise"})
        crashed = await client.post(url, json=body, headers=KEY)
        assert crashed.status_code == 500
        assert (await counts(assembly))["attempts"] == 1
        monkeypatch.setattr(failpoints, "_armed", {})
        waiting = await client.post(url, json=body, headers=KEY)
        assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency.in_flight")
        assert waiting.headers["retry-after"] == "1"
        await age(assembly, 61)
        again = await client.post(url, json=body, headers=KEY)
        assert again.status_code == 201
        assert (await client.post(url, json=body, headers=KEY)).content == again.content
    assert (await counts(assembly))["attempts"] == 1
    await onsale.must_hold(assembly.database)


async def test_after_a_fault_the_key_is_free_again(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, body = await pending(assembly)
    async with program(assembly) as client:
        monkeypatch.setattr(failpoints, "_armed", {"payment.after_open": "raise"})
        assert (await client.post(url, json=body, headers=KEY)).status_code == 500
        assert await rows(assembly) == 0
        monkeypatch.setattr(failpoints, "_armed", {})
        again: httpx2.Response = await client.post(url, json=body, headers=KEY)
        assert again.status_code == 201
    assert (await counts(assembly))["attempts"] == 1


async def test_bad_keys_are_refused_before_anything_happens(assembly: Assembly) -> None:
    url, body = await pending(assembly)
    before = await counts(assembly)
    async with program(assembly) as client:
        for key in ("", "a" * 256, "with space", "ä"):
            answer = await client.post(url, json=body, headers=[(b"idempotency-key", key.encode())])
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.bad_key"), key
            assert answer.json()["field"] == "Idempotency-Key"
        twice = [(b"idempotency-key", b"a"), (b"idempotency-key", b"b")]
        assert (await client.post(url, json=body, headers=twice)).status_code == 422
    assert await counts(assembly) == before
    assert await rows(assembly) == 0


async def test_answers_that_sign_somebody_in_are_never_kept(assembly: Assembly) -> None:
    async with program(assembly) as client:
        body = {"email": "nobody@example.org", "password": "wrong wrong wrong"}
        await client.post("/api/v1/sessions", json=body, headers=KEY)
    assert await rows(assembly) == 0


async def test_a_claim_is_taken_over_after_a_minute_and_the_first_then_keeps_nothing(
    assembly: Assembly,
) -> None:
    database = assembly.database
    first = await idempotency.claim(database, SCOPE, DIGEST)
    assert isinstance(first, Claim)
    with pytest.raises(TwinInFlight):
        await idempotency.claim(database, SCOPE, DIGEST)
    with pytest.raises(KeyReused):
        await idempotency.claim(database, SCOPE, b"e" * 32)
    await age(assembly, 61)
    second = await idempotency.claim(database, SCOPE, DIGEST)
    assert isinstance(second, Claim)
    late, kept = (KeptAnswer(200, "text/plain", {}, body) for body in (b"late", b"kept"))
    assert not await idempotency.store(database, first, late)
    await idempotency.release(database, first)
    assert await idempotency.store(database, second, kept)
    assert await idempotency.claim(database, SCOPE, DIGEST) == kept


async def test_old_answers_are_forgotten_after_thirty_days(assembly: Assembly) -> None:
    await idempotency.claim(assembly.database, SCOPE, DIGEST)
    await age(assembly, 29 * 86_400)
    assert await assembly.database.run(idempotency.forget_old) == 0
    await age(assembly, 86_400)
    assert await assembly.database.run(idempotency.forget_old) == 1
    assert await rows(assembly) == 0
