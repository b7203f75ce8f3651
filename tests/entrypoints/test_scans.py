"""The door over HTTP: the fast way and the framework's give the same answers; pages work without a script."""

import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from admitone import tickets
from admitone.assembly import Assembly
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.support.door import House, count, put_house, put_line, put_tickets
from tests.support.site import bearer, browser, program

SCANS = "/api/v1/scans"


async def put_keeper(assembly: Assembly, house: House, role: Role = Role.DOOR) -> dict[str, str]:
    """The header that signs in a new member of the house's organiser."""
    person_id = uuid7()
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO accounts_person (id, email, email_key, name, created_at) "
                "VALUES (:id, :email, :email, 'Kit', clock_timestamp())"
            ),
            {"id": person_id, "email": f"{person_id}@example.org"},
        )
        await tx.execute(
            text("INSERT INTO accounts_member VALUES (:organiser, :person, :role, clock_timestamp())"),
            {"organiser": house.organiser_id, "person": person_id, "role": role.value},
        )
    return await bearer(assembly, person_id)


def body(house: House, code: str, **changes: object) -> dict[str, object]:
    """A scan as JSON."""
    asked = {"scan_id": str(uuid7()), "event_id": str(house.event_id), "code": code, "door": "Gate"}
    return {name: value for name, value in {**asked, **changes}.items() if value is not None}


@pytest.mark.parametrize("with_lean", [True, False])
async def test_a_scan_is_answered_and_answered_again(assembly: Assembly, with_lean: bool) -> None:
    house = await put_house(assembly.database)
    [ticket] = await put_tickets(assembly.database, house, assembly.ring)
    keeper = await put_keeper(assembly, house)
    asked = body(house, tickets.code_of(ticket, assembly.ring), device_at="2026-11-21T19:02:00+01:00")
    async with program(assembly, with_lean=with_lean) as client:
        first = await client.post(SCANS, json=asked, headers=keeper)
        again = await client.post(SCANS, json=asked, headers=keeper)
        other = await client.post(SCANS, json=asked | {"scan_id": str(uuid7())}, headers=keeper)
        stolen = await client.post(SCANS, json=asked | {"code": "rubbish"}, headers=keeper)
    assert first.status_code == 200, first.text
    said = first.json()
    at = said.pop("at")
    assert said == {
        "scan_id": asked["scan_id"],
        "event_id": str(house.event_id),
        "verdict": "admitted",
        "reason": None,
        "title": "Let them in",
        "sentence": "Let them in",
        "door": "Gate",
        "ticket_id": str(ticket.id),
        "first_at": None,
        "first_door": None,
        "guest": {"name": "Ada Obi", "type_name": "General admission", "unit": 1, "units": 1},
    }
    assert again.content == first.content
    assert other.json()["verdict"] == "already_used"
    assert (other.json()["first_at"], other.json()["first_door"]) == (at, "Gate")
    assert re.fullmatch(r"Already used at \d\d:\d\d, Gate", other.json()["sentence"])
    assert (stolen.status_code, stolen.json()["code"]) == (409, "checkin.scan_id_reused")
    assert await count(assembly.database, "checkin_scan") == 2


REFUSED: dict[str, tuple[bytes, int, str, str | None]] = {
    "no JSON": (b"{", 400, "request.unreadable", None),
    "bad UTF-8": (b'{"code": "\xff"}', 400, "request.unreadable", None),
    "an unknown field": (b'{"force": true}', 422, "request.unknown_field", "force"),
    "no code": (b'{"event_id": "%(event)s", "door": "Gate"}', 422, "request.missing_field", "code"),
    "an empty code": (
        b'{"event_id": "%(event)s", "code": " ", "door": "Gate"}',
        422,
        "checkin.no_code",
        "code",
    ),
    "no door": (b'{"event_id": "%(event)s", "code": "x", "door": " "}', 422, "checkin.bad_door", "door"),
    "a number": (b'{"event_id": "%(event)s", "code": 7, "door": "Gate"}', 422, "request.bad_field", "code"),
    "no event": (
        b'{"event_id": "00000000-0000-0000-0000-000000000000", "code": "x", "door": "Gate"}',
        404,
        "events.not_found",
        None,
    ),
    "half a letter": (
        b'{"event_id": "%(event)s", "code": "\\ud800", "door": "Gate"}',
        422,
        "request.unstorable_text",
        None,
    ),
    "a local time": (
        b'{"event_id": "%(event)s", "code": "x", "door": "Gate", "device_at": "2026-11-21T19:02:00"}',
        422,
        "request.bad_field",
        "device_at",
    ),
}


@pytest.mark.parametrize("with_lean", [True, False])
async def test_what_is_no_scan_is_refused_and_not_recorded(assembly: Assembly, with_lean: bool) -> None:
    house = await put_house(assembly.database)
    keeper = await put_keeper(assembly, house)
    async with program(assembly, with_lean=with_lean) as client:
        for name, (sent, status, code, field) in REFUSED.items():
            content = sent.replace(b"%(event)s", str(house.event_id).encode())
            answer = await client.post(
                SCANS, content=content, headers=keeper | {"content-type": "application/json"}
            )
            problem = answer.json()
            found = problem.get("problems", [problem])[0]
            assert (answer.status_code, found["code"], found.get("field")) == (status, code, field), name
    assert await count(assembly.database, "checkin_scan") == 0


@pytest.mark.parametrize("with_lean", [True, False])
async def test_strangers_and_guests_may_not_scan(assembly: Assembly, with_lean: bool) -> None:
    house, other = await put_house(assembly.database), await put_house(assembly.database)
    await put_tickets(assembly.database, house, assembly.ring, name="Ada Obi")
    stranger = await put_keeper(assembly, other, Role.OWNER)
    lists = f"/api/v1/organisers/{house.organiser_id}/events/{house.event_id}"
    async with program(assembly, with_lean=with_lean) as client:
        for headers, status in ((stranger, 403), ({}, 401), ({"authorization": "Bearer nonsense"}, 401)):
            assert (await client.post(SCANS, json=body(house, "x"), headers=headers)).status_code == status
            for path in (f"{lists}/scans", f"{lists}/guests", f"/checkin/{house.event_id}"):
                answer = await client.get(path, headers=headers)
                assert answer.status_code in (status, 303), path
                # Not only "Ada": a page's tokens are letters at random.
                assert "Ada Obi" not in answer.text
    assert await count(assembly.database, "checkin_scan") == 0


async def test_the_key_stands_for_the_scan_when_there_is_no_id(assembly: Assembly) -> None:
    house = await put_house(assembly.database)
    [ticket] = await put_tickets(assembly.database, house, assembly.ring)
    keeper = await put_keeper(assembly, house)
    asked = body(house, tickets.code_of(ticket, assembly.ring), scan_id=None)
    async with program(assembly) as client:
        first = await client.post(SCANS, json=asked, headers=keeper | {"idempotency-key": "one"})
        again = await client.post(SCANS, json=asked, headers=keeper | {"idempotency-key": "one"})
        other = await client.post(SCANS, json=asked, headers=keeper | {"idempotency-key": "two"})
        reused = await client.post(
            SCANS, json=asked | {"code": "x"}, headers=keeper | {"idempotency-key": "one"}
        )
    assert first.json()["verdict"] == "admitted"
    assert again.content == first.content
    assert other.json()["verdict"] == "already_used"
    assert reused.status_code == 409


async def test_the_record_and_the_guest_list_are_paged_and_know_who_is_in(assembly: Assembly) -> None:
    db = assembly.database
    house = await put_house(db)
    made = await put_tickets(db, house, assembly.ring, quantity=2, name="Ada Obi")
    await put_tickets(db, house, assembly.ring, name="Chi 100% _Eze")
    line = replace(await put_line(db, house, name="Bola", email="bola@example.org"), attendee_names=("Zed",))
    await db.run(lambda tx: tickets.issue(tx, assembly.ring, [line]))
    other = await put_house(db)
    await put_tickets(db, other, assembly.ring, name="Ada Elsewhere")
    keeper = await put_keeper(assembly, house)
    lists = f"/api/v1/organisers/{house.organiser_id}/events/{house.event_id}"
    async with program(assembly) as client:

        async def listed(path: str) -> dict[str, Any]:
            answer = await client.get(lists + path, headers=keeper)
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        async def names(question: str) -> list[str]:
            found = await listed(f"/guests?q={question}")
            return [one["name"] for one in found["guests"]]

        for code in (tickets.code_of(made[0], assembly.ring), tickets.code_of(made[0], assembly.ring), "x"):
            await client.post(SCANS, json=body(house, code), headers=keeper)
        first = await listed("/scans?limit=2")
        assert (first["admitted"], first["expected"]) == (1, 4)
        rest = await listed(f"/scans?limit=2&cursor={first['next_cursor']}")
        scans = [*first["scans"], *rest["scans"]]
        assert [one["verdict"] for one in scans] == ["not_valid", "already_used", "admitted"]
        assert [one["guest"] and one["guest"]["name"] for one in scans] == [None, "Ada Obi", "Ada Obi"]
        assert rest["next_cursor"] is None

        assert await names("") == ["Ada Obi", "Ada Obi", "Chi 100% _Eze", "Zed"]
        assert await names("ADA o") == ["Ada Obi", "Ada Obi"]
        assert await names("BOLA") == ["Zed"], "the buyer's name"
        assert await names("100%25") == ["Chi 100% _Eze"]
        assert await names("%25") == ["Chi 100% _Eze"]
        assert await names("_") == ["Chi 100% _Eze"]
        assert await names("nobody") == []
        page = await listed("/guests?limit=1")
        walked = list(page["guests"])
        while page["next_cursor"]:
            page = await listed(f"/guests?limit=1&cursor={page['next_cursor']}")
            walked += page["guests"]
        assert [one["name"] for one in walked] == await names("")
        assert [one["admitted_at"] is not None for one in walked].count(True) == 1
        code = next(one["order_code"] for one in walked if one["name"] == "Zed")
        assert await names(code.lower()) == ["Zed"]
        zed = next(one for one in walked if one["name"] == "Zed")
        let_in = await client.post(SCANS, json=body(house, zed["short_code"]), headers=keeper)
        assert (let_in.json()["verdict"], let_in.json()["guest"]["name"]) == ("admitted", "Zed")
        for path in ("/scans?cursor=rubbish", "/guests?cursor=rubbish", "/scans?limit=0"):
            assert (await client.get(lists + path, headers=keeper)).status_code == 422
        moved = f"/api/v1/organisers/{house.organiser_id}/events/{other.event_id}/guests"
        assert (await client.get(moved, headers=keeper)).status_code == 404


async def test_only_who_may_see_orders_finds_guests_by_address(assembly: Assembly) -> None:
    db = assembly.database
    house = await put_house(db)
    line = await put_line(db, house, name="Ada Obi", email="ulla.person@example.org")
    await db.run(lambda tx: tickets.issue(tx, assembly.ring, [line]))
    url = f"/api/v1/organisers/{house.organiser_id}/events/{house.event_id}/guests"
    finds = {Role.DOOR: [], Role.MANAGER: ["Ada Obi"], Role.OWNER: ["Ada Obi"]}
    async with program(assembly) as client:
        for role, found in finds.items():
            headers = await put_keeper(assembly, house, role)
            # No order's code has a U in it, so one letter of the address finds nothing else.
            for asked in ("u", "ULLA.p", "ulla.person@example.org"):
                answer = await client.get(url, params={"q": asked}, headers=headers)
                assert [one["name"] for one in answer.json()["guests"]] == found, (role, asked)
            [listed] = (await client.get(url, params={"q": "ada"}, headers=headers)).json()["guests"]
            answer = await client.get(url, params={"q": listed["order_code"][:5]}, headers=headers)
            assert [one["name"] for one in answer.json()["guests"]] == ["Ada Obi"], role
            assert "ulla" not in answer.text, role
        described = (await client.get("/api/v1/openapi.json")).json()["paths"]
    operation = described["/api/v1/organisers/{organiser_id}/events/{event_id}/guests"]["get"]
    assert "Door staff find nobody by address" in operation["description"]


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


async def sign_in(client: httpx2.AsyncClient, assembly: Assembly, house: House) -> None:
    """Put the session of a new door person into the browser."""
    header = await put_keeper(assembly, house)
    name = "__Host-admitone" if assembly.settings.site_url.startswith("https") else "admitone"
    token = header["authorization"].removeprefix("Bearer ")
    client.cookies.set(name, token)
    client.cookies.set("__Host-admitone", token)


async def test_the_door_works_as_plain_forms(assembly: Assembly) -> None:
    house = await put_house(assembly.database)
    [ticket] = await put_tickets(assembly.database, house, assembly.ring)
    code = tickets.code_of(ticket, assembly.ring)
    async with browser(assembly) as client:
        await sign_in(client, assembly, house)
        assert "Which door is this?" in (await client.get(f"/checkin/{house.event_id}")).text
        door = (await client.get(f"/checkin/{house.event_id}/door")).text
        unnamed = await client.post(
            f"/checkin/{house.event_id}/door", data={"csrf": field(door, "csrf"), "door": " "}
        )
        assert unnamed.status_code == 422
        assert "Please name the door" in unnamed.text
        named = await client.post(
            f"/checkin/{house.event_id}/door", data={"csrf": field(door, "csrf"), "door": "Mill & Co"}
        )
        assert named.status_code == 303
        here = named.headers["location"]
        page = (await client.get(here)).text
        assert "0 of 1 in" in page
        form = {"csrf": field(page, "csrf"), "scan_id": field(page, "scan_id"), "code": code}
        first = await client.post(here, data=form)
        assert first.status_code == 200
        assert "Let them in" in first.text
        assert "Ada Obi" in first.text
        assert "1 of 1 in" in first.text
        assert "Let them in</h2>" in (await client.post(here, data=form)).text
        second = await client.post(here, data=form | {"scan_id": field(first.text, "scan_id")})
        assert "Already used</h2>" in second.text
        assert "Mill &amp; Co" in second.text
        empty = await client.post(here, data=form | {"scan_id": str(uuid7()), "code": " "})
        assert empty.status_code == 422
        assert "Scan a ticket, or type the code" in empty.text
        stale = await client.post(here, data=form | {"scan_id": "zzz"})
        assert stale.status_code == 422
        assert (await client.post(here, data=form | {"csrf": "forged"})).status_code == 403
    assert await count(assembly.database, "checkin_scan") == 2


async def test_the_scanner_script_gets_what_it_expects(assembly: Assembly) -> None:
    house = await put_house(assembly.database)
    made = await put_tickets(assembly.database, house, assembly.ring, quantity=2)
    async with browser(assembly) as client:
        await sign_in(client, assembly, house)
        page = (await client.get(f"/checkin/{house.event_id}?door=Gate")).text
        token = re.search(r'data-csrf="([^"]+)"', page)
        assert token is not None
        headers = {"x-csrf-token": token.group(1), "content-type": "application/json"}
        sent = {
            "scan_id": str(uuid7()),
            "code": tickets.code_of(made[1], assembly.ring),
            "door": "Gate",
            "device_at": "2026-11-21T18:02:41.123Z",
        }
        url = f"/checkin/{house.event_id}/scans"
        answer = await client.post(url, content=json.dumps(sent), headers=headers)
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert re.fullmatch(r"\d\d:\d\d:\d\d", said.pop("at"))
        assert said == {
            "kind": "ok",
            "title": "Let them in",
            "text": "",
            "facts": [["Name", "Ada Obi"], ["Ticket", "General admission, 2 of 2"]],
            "who": "Ada Obi",
            "detail": "General admission, 2 of 2, Gate",
            "admitted": 1,
            "expected": 2,
            "counts_words": "1 of 2 in",
            "percent_words": "50%",
        }
        again = await client.post(url, content=json.dumps(sent), headers=headers)
        assert again.json()["kind"] == "ok"
        second = await client.post(url, content=json.dumps(sent | {"scan_id": str(uuid7())}), headers=headers)
        assert second.json()["kind"] == "used"
        assert second.json()["facts"][2][0] == "First scan"
        unknown = await client.post(
            url, content=json.dumps(sent | {"scan_id": str(uuid7()), "code": "x"}), headers=headers
        )
        assert (unknown.json()["kind"], unknown.json()["title"]) == ("refused", "Not valid")
        headers["x-csrf-token"] = "forged"
        assert (await client.post(url, content=json.dumps(sent), headers=headers)).status_code == 403
    assert await count(assembly.database, "checkin_scan") == 3


async def test_the_door_lists_the_events_one_may_open(assembly: Assembly) -> None:
    house, other = await put_house(assembly.database), await put_house(assembly.database)
    async with assembly.database.transaction() as tx:
        moved = text(
            "UPDATE events_event SET starts_at = clock_timestamp(), "
            "ends_at = clock_timestamp() + interval '1 hour', title = :title WHERE id = :id"
        )
        await tx.execute(moved, {"id": house.event_id, "title": "Mine"})
        await tx.execute(moved, {"id": other.event_id, "title": "Theirs"})
    async with browser(assembly) as client:
        await sign_in(client, assembly, house)
        page = (await client.get("/checkin")).text
        assert "Mine" in page
        assert f"/checkin/{house.event_id}" in page
        assert "Theirs" not in page
        assert (await client.get(f"/checkin/{UUID(int=0)}?door=x")).status_code == 404
