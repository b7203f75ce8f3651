"""Somebody deletes their account: what was theirs alone is gone, and what others count on stays."""

import asyncio
from uuid import UUID

import httpx2
from sqlalchemy import text

from admitone import accounts
from admitone.assembly import Assembly
from admitone.plumbing.database import Transaction
from admitone.values.actor import Role
from admitone.values.ids import uuid7
from tests.entrypoints.test_wallet_sign_in import count, linked
from tests.support import onsale
from tests.support.letters_kept import kept
from tests.support.nwc_wallet import a_relay, a_wallet
from tests.support.onsale import must_hold
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser, program

ADA = "ada@example.org"
PASSWORD = "five blue tangerines"


async def _person(site: Assembly, email: str = ADA, password: str | None = None) -> UUID:
    made = await site.database.run(lambda tx: onsale.person(tx, site, email))
    if password is not None:
        stored = await site.passwords.hash(password)
        await site.database.run(lambda tx: accounts.set_password(tx, made, None, stored))
    return made


async def _works_for(site: Assembly, person_id: UUID, role: Role, organiser_id: UUID | None = None) -> UUID:
    now, new_id = site.clock.now(), organiser_id or uuid7()

    async def story(tx: Transaction) -> None:
        if organiser_id is None:
            await accounts.create_organiser(
                tx, new_id, f"p{new_id.hex}", f"Pier {new_id.hex[-4:]}", "x@y.example", person_id, now
            )
        else:
            await accounts.add_member(tx, new_id, person_id, role, now)

    await site.database.run(story)
    return new_id


async def _delete(
    client: httpx2.AsyncClient, headers: dict[str, str], password: str | None = None
) -> httpx2.Response:
    body = None if password is None else {"current_password": password}
    return await client.request("DELETE", "/api/v1/users/me", json=body, headers=headers)


async def test_what_was_theirs_alone_is_gone_and_their_order_stays_in_the_books(assembly: Assembly) -> None:
    show = await onsale.put_on_sale(assembly)
    ada = await linked(assembly, ADA)
    await _works_for(assembly, ada, Role.DOOR, show.organiser_id)
    await onsale.buy(assembly, show, email=ADA)

    async def theirs(tx: Transaction) -> None:
        await tx.execute(text("UPDATE orders_order SET person_id = :ada"), {"ada": ada})

    await assembly.database.run(theirs)
    fresh, other = await bearer(assembly, ada, "link"), await bearer(assembly, ada)
    async with program(assembly) as client:
        assert len((await client.get("/api/v1/me/tickets", headers=fresh)).json()["orders"]) == 1
        assert (await _delete(client, fresh)).status_code == 204
        for gone in (fresh, other):
            assert (await client.get("/api/v1/me", headers=gone)).status_code == 401
        assert (await _delete(client, fresh)).status_code == 401, "done once"
    for table in ("accounts_session", "accounts_wallet_key", "accounts_mailed_link"):
        assert await count(assembly, table) == 0, table
    async with assembly.database.reading() as reader:
        row = (await reader.execute(text("SELECT person_id, email, state FROM orders_order"))).one()
        assert (row.person_id, row.email, row.state) == (None, ADA, "paid")
        assert [one.role for one in await accounts.members(reader, show.organiser_id)] == [
            Role.OWNER,
            Role.DOOR,
        ]
        assert await accounts.credentials(reader, ADA) is None
    assert await count(assembly, "tickets_ticket") == 1
    [last] = await kept(assembly, "account_deleted")
    assert (last.to_email, last.subject) == (ADA, "Your account is deleted")
    assert "http://testserver/tickets/find" in last.plain.splitlines()
    await must_hold(assembly.database)
    again = await _person(assembly)
    assert again != ada, "the address may have an account again, which is another one"


async def test_nobody_is_deleted_without_a_fresh_proof(assembly: Assembly) -> None:
    ada = await _person(assembly, password=PASSWORD)
    bea = await _person(assembly, "bea@example.org")
    async with program(assembly) as client:
        headers = await bearer(assembly, ada)
        for wrong in (None, "", "not this one"):
            refused = await _delete(client, headers, wrong)
            assert (refused.status_code, refused.json()["code"]) == (422, "accounts.wrong_current_password")
        for way in ("password", "wallet"):
            refused = await _delete(client, await bearer(assembly, bea, way), PASSWORD)
            assert (refused.status_code, refused.json()["code"]) == (403, "accounts.fresh_sign_in_wanted")
        assert await count(assembly, "accounts_person") == 2
        assert (await _delete(client, headers, PASSWORD)).status_code == 204
        assert (await _delete(client, await bearer(assembly, bea, "link"))).status_code == 204
    assert await count(assembly, "accounts_person") == 0


async def test_the_only_owner_of_an_organiser_stays_and_leaves_no_team(assembly: Assembly) -> None:
    ada = await _person(assembly)
    first = await _works_for(assembly, ada, Role.OWNER)
    second = await _works_for(assembly, ada, Role.OWNER)
    bea = await _person(assembly, "bea@example.org")
    await _works_for(assembly, bea, Role.OWNER, first)
    headers = await bearer(assembly, ada, "link")
    async with program(assembly) as client:
        refused = await _delete(client, headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "accounts.only_owner_stays")
        assert refused.json()["detail"].startswith(f"You are the only owner of Pier {second.hex[-4:]}.")
        async with assembly.database.reading() as reader:
            assert len(await accounts.organisers_of(reader, ada)) == 2, "all or nothing"
        assert (await client.get("/api/v1/me", headers=headers)).status_code == 200
        await _works_for(assembly, bea, Role.OWNER, second)
        assert (await _delete(client, headers)).status_code == 204
    async with assembly.database.reading() as reader:
        assert [one.person_id for one in await accounts.members(reader, second)] == [bea]
    assert await kept(assembly, "account_deleted") != []


async def test_of_two_owners_who_go_at_once_one_stays(assembly: Assembly) -> None:
    ada, bea = await _person(assembly), await _person(assembly, "bea@example.org")
    for _ in range(2):
        place = await _works_for(assembly, ada, Role.OWNER)
        await _works_for(assembly, bea, Role.OWNER, place)
    both = [await bearer(assembly, one, "link") for one in (ada, bea)]
    async with program(assembly) as client:
        answers = await asyncio.gather(*(_delete(client, headers) for headers in both))
    assert sorted(one.status_code for one in answers) == [204, 409]
    assert await count(assembly, "accounts_member") == 2


async def test_whoever_runs_the_site_stays(assembly: Assembly) -> None:
    ada = await _person(assembly)
    await assembly.database.run(
        lambda tx: tx.execute(
            text("UPDATE accounts_person SET is_operator = true WHERE id = :id"), {"id": ada}
        )
    )
    async with program(assembly) as client:
        refused = await _delete(client, await bearer(assembly, ada, "link"))
    assert (refused.status_code, refused.json()["code"]) == (409, "accounts.operator_stays")


async def test_a_connected_wallet_is_erased_with_its_person(assembly: Assembly) -> None:
    ada = await _person(assembly)
    headers = await bearer(assembly, ada, "link")
    async with a_relay() as relay, a_wallet(relay) as played, program(assembly) as client:
        made = await client.post("/api/v1/me/wallet-connection", json={"uri": played.uri}, headers=headers)
        assert made.status_code == 201, made.text
        assert (await _delete(client, headers)).status_code == 204
    async with assembly.database.reading() as reader:
        query = text(
            "SELECT person_id, sealed, ended_at IS NOT NULL AS ended FROM payments_wallet_connection"
        )
        row = (await reader.execute(query)).one()
    assert (row.person_id, row.sealed, row.ended) == (None, None, True)
    await must_hold(assembly.database)


async def test_the_account_page_says_what_happens_and_asks_for_the_password(assembly: Assembly) -> None:
    ada = await _person(assembly, password=PASSWORD)
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, ada))
        page = await client.get("/account")
        assert "Delete your account" in said(page)
        assert 'name="delete_password"' in page.text
        refused = await client.post("/account/delete", data={"delete_password": "not this one"})
        assert refused.status_code == 422
        assert "This is not your present password" in said(refused)
        assert await count(assembly, "accounts_person") == 1
        done = await client.post("/account/delete", data={"delete_password": PASSWORD})
        assert (done.status_code, done.headers["location"]) == (303, "/sign-in")
        assert "Your account is deleted. Your tickets stay good." in said(await client.get("/sign-in"))
    assert await count(assembly, "accounts_person") == 0
