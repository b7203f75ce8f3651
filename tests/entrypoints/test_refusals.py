"""The table: what each kind of refusal becomes, for programs and for people."""

import json
from dataclasses import replace

import pytest
from sqlalchemy.engine import make_url

from admitone.assembly import Assembly
from admitone.entrypoints import request_refusals as requests
from admitone.entrypoints.http_refusals import problem_answer, status_of
from admitone.entrypoints.pages.problems.routes import kinds
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from admitone.values.refusals import (
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Problems,
    Refusal,
    TooMany,
    Unauthenticated,
)
from tests.support.site import browser, program

TABLE: list[tuple[Refusal, int]] = [
    (Invalid(), 422),
    (Problems(Invalid(field="a")), 422),
    (NotFound(), 404),
    (Conflict(), 409),
    (Forbidden(), 403),
    (Unauthenticated(), 401),
    (Gone(), 410),
    (TooMany(retry_after_seconds=40), 429),
    (Busy(), 503),
    (requests.Unreadable(), 400),
    (requests.TooLong(most_kib=256), 413),
    (requests.TooSlow(), 408),
    (requests.UnknownHost(), 421),
    (requests.MethodNotAllowed(), 405),
    (requests.Fault(), 500),
]


@pytest.mark.parametrize(("refusal", "status"), TABLE, ids=lambda one: getattr(one, "code", str(one)))
def test_each_kind_has_its_status_and_says_what_it_is(refusal: Refusal, status: int) -> None:
    answer = problem_answer(refusal)
    said = json.loads(answer.body)
    assert (answer.status, said["status"]) == (status, status)
    assert said["type"] == f"/problems/{refusal.code}"
    assert said["code"] == refusal.code
    assert said["detail"] == refusal.sentence
    assert dict(answer.headers)[b"content-type"] == b"application/problem+json"


def test_when_to_ask_again_is_said() -> None:
    def told(refusal: Refusal) -> bytes | None:
        return dict(problem_answer(refusal).headers).get(b"retry-after")

    assert told(TooMany(retry_after_seconds=40)) == b"40"
    assert told(Busy()) == b"2"
    assert told(Busy(retry_after_seconds=9)) == b"9"
    assert told(Conflict()) is None


def test_several_problems_are_said_each_with_its_field() -> None:
    said = json.loads(problem_answer(Problems(Invalid(field="name"), NotFound(field="email"))).body)
    assert said["code"] == "invalid.fields"
    assert [(one["field"], one["code"]) for one in said["problems"]] == [
        ("name", "invalid"),
        ("email", "not_found"),
    ]


def test_no_two_refusals_share_a_code_and_each_has_a_status() -> None:
    waiting: list[type[Refusal]] = [Refusal]
    seen: dict[str, type[Refusal]] = {}
    while waiting:
        kind = waiting.pop()
        # Other tests of this process have refusals of their own.
        if "code" in vars(kind) and kind.__module__.startswith("admitone."):
            assert seen.setdefault(kind.code, kind) is kind, f"{kind} and {seen[kind.code]} share {kind.code}"
        assert 400 <= status_of(kind) <= 503
        waiting.extend(kind.__subclasses__())
    assert set(seen) <= set(kinds())


async def test_a_refusal_is_a_problem_for_programs_and_a_page_for_people(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        program_answer = await client.get("/api/v1/orders/nothing")
        assert program_answer.status_code == 404
        assert program_answer.headers["content-type"] == "application/problem+json"
        assert program_answer.json()["code"] == "link.not_found"
        page = await client.get("/orders/nothing")
        assert page.status_code == 404
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "This link does not work." in page.text
        assert "link.not_found" in page.text
        explained = await client.get("/problems/link.not_found")
        assert explained.status_code == 200
        assert (await client.get("/problems/nothing.of.that.name")).status_code == 404


async def test_who_has_to_sign_in_is_led_there_and_back(assembly: Assembly) -> None:
    async with browser(assembly) as client:
        answer = await client.get("/organiser/a/events/01a1fd78-c9ee-73c7-8478-299803b3865f/orders?q=ada b")
        assert answer.status_code == 303
        event = "%2Forganiser%2Fa%2Fevents%2F01a1fd78-c9ee-73c7-8478-299803b3865f"
        there = f"/sign-in?next={event}%2Forders%3Fq%3Dada%2520b"
        assert answer.headers["location"] == there
        answer = await client.get("/api/v1/me/tickets")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_unknown_address_and_a_wrong_method_are_said(assembly: Assembly) -> None:
    async with program(assembly) as client:
        unknown = await client.get("/api/v1/nothing")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "request.no_such_address")
        wrong = await client.put("/api/v1/holds")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "request.method_not_allowed")
        assert "POST" in wrong.headers["allow"]
        for path in ("/nothing", "/e/", "/orders"):
            assert (await client.get(path)).status_code == 404, path


async def test_a_fault_of_ours_is_logged_and_says_nothing_of_itself(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_args: object, **_named: object) -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr("admitone.entrypoints.rest.orders.order_page", broken)
    monkeypatch.setattr("admitone.entrypoints.pages.orders.routes.order_page", broken)
    token = assembly.links.make("order", uuid7())
    async with program(assembly) as client:
        for path in (f"/api/v1/orders/{token}", f"/orders/{token}"):
            answer = await client.get(path)
            assert answer.status_code == 500
            assert "secret" not in answer.text
            assert "server.fault" in answer.text
            assert answer.headers["x-request-id"]
            assert answer.headers["content-security-policy"]
            said = capsys.readouterr()
            assert answer.headers["x-request-id"] in said.out + said.err
            assert "the secret inside" in said.out + said.err


async def test_a_database_that_is_away_is_busy_and_not_broken(assembly: Assembly) -> None:
    url = assembly.database.url
    away = Database(make_url(url).set(database="nowhere").render_as_string(hide_password=False), pool_size=2)
    cut_off = replace(assembly, database=away)
    token = assembly.links.make("order", uuid7())
    async with program(cut_off) as client:
        answer = await client.get(f"/api/v1/orders/{token}")
        assert (answer.status_code, answer.json()["code"]) == (503, "database.busy")
        assert answer.headers["retry-after"] == "2"
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, False)
        assert (await client.get("/health/live")).status_code == 200
    await away.close()
