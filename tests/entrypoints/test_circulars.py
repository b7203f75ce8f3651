"""An organiser writes to everybody with a ticket: shown first, sent once, answered to the organiser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.reactions import REACTIONS
from admitone.messaging import OutgoingLetter, SendOutcome, Sent
from admitone.plumbing import failpoints
from admitone.values.actor import Actor
from tests.support.letters_kept import kept, react
from tests.support.onsale import FREE, OnSale, place, put_on_sale
from tests.support.organiser_desk import INPUT, said
from tests.support.site import bearer, browser

SUBJECT = "Bring a jacket"
BODY = "It will be cold.\r\n\r\nThe doors on the left are closed; <use> the right."
TYPED = {"subject": SUBJECT, "body": BODY}


@pytest.fixture
async def show(assembly: Assembly) -> OnSale:
    """An event with two addresses that have tickets, one of them in two orders."""
    made = await put_on_sale(assembly, FREE)
    for email in ("ada@example.org", "ada@example.org", "bea@example.org"):
        await place(assembly, made, email=email)
    return made


@asynccontextmanager
async def _as(site: Assembly, who: Actor) -> AsyncIterator[httpx2.AsyncClient]:
    assert who.person_id is not None
    async with browser(site) as client:
        client.headers.update(await bearer(site, who.person_id))
        yield client


def _write(show: OnSale) -> str:
    return links.managed_event(f"o-{show.organiser_id.hex}", str(show.event_id), "write")


async def _post(client: httpx2.AsyncClient, url: str, page: str, fields: dict[str, str]) -> httpx2.Response:
    csrf = dict(INPUT.findall((await client.get(page)).text))["csrf"]
    return await client.post(url, data=fields | {"csrf": csrf})


async def test_a_letter_is_shown_then_sent_once_to_each_address(assembly: Assembly, show: OnSale) -> None:
    url = _write(show)
    async with _as(assembly, show.owner) as client:
        sheet = said(await client.get(url))
        assert "<b>2 ticket holders</b>" in sheet
        assert "hello@example.org" in sheet
        shown = await _post(client, url, url, TYPED)
        assert shown.status_code == 200
        assert "Send to 2 ticket holders?" in shown.text
        assert "&lt;use&gt; the right." in shown.text
        assert await kept(assembly, "circular") == []
        key = dict(INPUT.findall(shown.text))["form_key"]
        again = await _post(client, url, url, TYPED | {"again": "1"})
        assert f'value="{SUBJECT}"' in again.text
        for _ in range(2):
            sent = await _post(client, f"{url}/send", url, TYPED | {"form_key": key})
            assert sent.status_code == 303
        overview = said(await client.get(sent.headers["location"]))
        assert "Your letter is on its way to 2 ticket holders." in overview
    assert await react(assembly, "messaging.circular_written", "send_circular") == 1
    await react(assembly, "messaging.circular_written", "send_circular")
    letters = await kept(assembly, "circular")
    assert [one.to_email for one in letters] == ["ada@example.org", "bea@example.org"]
    for letter in letters:
        assert (letter.subject, letter.reply_to) == (SUBJECT, "hello@example.org")
        assert "> It will be cold.\n> The doors on the left are closed; <use> the right.\n" in letter.plain
        assert "http://testserver/orders/" in letter.plain
    assert REACTIONS["messaging.circular_written"] == ("send_circular",)
    async with assembly.database.reading() as reader:
        bodies = (await reader.execute(text("SELECT body::text FROM journal_fact"))).scalars().all()
    assert "cold" not in " ".join(bodies), "the journal takes no words"


async def test_answers_go_to_the_organiser(
    assembly: Assembly, show: OnSale, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[OutgoingLetter] = []

    class Keeping:
        async def send(self, letter: OutgoingLetter) -> SendOutcome:
            posted.append(letter)
            return Sent()

    async with _as(assembly, show.owner) as client:
        url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/letters"
        assert (await client.post(url, json=TYPED)).status_code == 201
    await react(assembly, "messaging.circular_written", "send_circular")
    monkeypatch.setattr(assembly.post, "_sender", Keeping())
    while await assembly.post.send_due():
        pass
    assert {(one.to, one.reply_to) for one in posted} == {
        ("ada@example.org", "hello@example.org"),
        ("bea@example.org", "hello@example.org"),
    }


async def test_a_program_writes_with_a_key_and_sends_once(assembly: Assembly, show: OnSale) -> None:
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/letters"
    async with _as(assembly, show.owner) as client:
        answers = [await client.post(url, json=TYPED, headers={"idempotency-key": "one"}) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["holders"] == 2
        for fields in (
            {"subject": " ", "body": "x"},
            {"subject": "x", "body": "\n"},
            {"subject": "x" * 121, "body": "x"},
        ):
            refused = await client.post(url, json=fields)
            assert refused.status_code == 422, fields
    assert await react(assembly, "messaging.circular_written", "send_circular") == 1
    assert len(await kept(assembly, "circular")) == 2


async def test_three_a_day_are_the_most_also_when_they_come_at_once(assembly: Assembly, show: OnSale) -> None:
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/letters"
    async with _as(assembly, show.owner) as client:
        answers = await asyncio.gather(*(client.post(url, json=TYPED) for _ in range(6)))
        assert sorted(one.status_code for one in answers) == [201, 201, 201, 429, 429, 429]
        [refused, *_] = [one for one in answers if one.status_code == 429]
        assert refused.json()["code"] == "messaging.too_many_circulars"
        assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
        shown = await _post(client, f"{_write(show)}/send", _write(show), TYPED | {"form_key": "k"})
        assert shown.status_code == 429
        assert "3 times within a day" in shown.text
        assert f'value="{SUBJECT}"' in shown.text, "what was typed is not lost"


async def test_only_who_manages_the_event_writes_and_only_to_somebody(
    assembly: Assembly, show: OnSale
) -> None:
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/letters"
    async with _as(assembly, show.door) as client:
        assert (await client.get(_write(show))).status_code == 403
        assert (await client.post(url, json=TYPED)).status_code == 403
    empty = await put_on_sale(assembly, FREE)
    async with _as(assembly, empty.owner) as client:
        assert (await client.post(url, json=TYPED)).status_code == 403, "another organiser's event"
        own = f"/api/v1/organisers/{empty.organiser_id}/events/{show.event_id}/letters"
        assert (await client.post(own, json=TYPED)).status_code == 404
        none = await client.post(own.replace(str(show.event_id), str(empty.event_id)), json=TYPED)
        assert (none.status_code, none.json()["code"]) == (409, "messaging.nobody_to_write_to")
        assert "nobody to write to" in said(await client.get(_write(empty)))
    assert await react(assembly, "messaging.circular_written", "send_circular") == 0


async def test_sending_goes_on_after_a_crash_and_repeats_nothing(assembly: Assembly, show: OnSale) -> None:
    url = f"/api/v1/organisers/{show.organiser_id}/events/{show.event_id}/letters"
    async with _as(assembly, show.owner) as client:
        assert (await client.post(url, json=TYPED)).status_code == 201
    failpoints.arm("reaction.before_commit:raise@2")
    try:
        with pytest.raises(failpoints.FailpointHit):
            await react(assembly, "messaging.circular_written", "send_circular")
    finally:
        failpoints.arm("")
    assert [one.to_email for one in await kept(assembly, "circular")] == ["ada@example.org"]
    await react(assembly, "messaging.circular_written", "send_circular")
    assert [one.to_email for one in await kept(assembly, "circular")] == [
        "ada@example.org",
        "bea@example.org",
    ]
