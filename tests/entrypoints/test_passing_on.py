"""A ticket is passed on with a proof: once, never together with a scan, and its buyer can do nothing more with it."""

import asyncio
import re

import pypdfium2
import pytest

from admitone import checkin, tickets
from admitone.assembly import Assembly
from admitone.flows.admit import ScanIn
from admitone.flows.pass_on_ticket import Receiver
from admitone.flows.rename_holders import rename_holders
from admitone.flows.reversal_plan import RefundWish
from admitone.messaging import Words
from admitone.values.ids import uuid7
from tests.support.held_tickets import (
    API,
    ask,
    by_lightning,
    person,
    prove,
    proved_to_pass_on,
)
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import browser, program


async def test_a_ticket_that_is_passed_on_has_a_new_code_a_new_link_and_two_letters(
    assembly: Assembly,
) -> None:
    held, preimage = await by_lightning(assembly)
    await assembly.keys.know([held.ticket.key_id])
    old_code = tickets.code_of(held.ticket, assembly.ring)
    order_token = assembly.links.make("order", held.order.id)
    async with program(assembly) as client:
        challenge = await proved_to_pass_on(client, held, preimage)
        url = f"{API}/tickets/{held.token}/transfers"
        receiver = {"challenge": challenge, "name": "Bola Ade", "email": "bola@example.org"}
        for changed, code in (
            ({"name": " "}, "tickets.name_needed"),
            ({"email": "bola"}, "contact.bad_email"),
            ({"email": held.order.email}, "tickets.same_owner"),
        ):
            no = await client.post(url, json={**receiver, **changed})
            assert no.status_code == 422
            assert [one["code"] for one in no.json()["problems"]] == [code]
        both = await client.post(url, json={**receiver, "name": "", "email": ""})
        assert [one["field"] for one in both.json()["problems"]] == ["name", "email"], (
            "as the form asks for them"
        )
        yes = await client.post(url, json=receiver)
        assert yes.status_code == 201, yes.text
        assert yes.json()["holder_name"] == "Bola Ade"
        assert (await client.post(url, json=receiver)).status_code == 410, "a proof is used up"
        # The buyer's order shows no code of it, and its old link says why.
        [shown] = (await client.get(f"{API}/orders/{order_token}/tickets")).json()["tickets"]
        assert (shown["is_passed_on"], shown["code"]) == (True, "")
        old = await client.get(f"/t/{held.token}")
        assert old.status_code == 410
        assert "This ticket was passed on to somebody else." in said(old)
        assert (await client.get(f"/t/{held.token}/ticket.pdf")).status_code == 410
        assert (await client.get(f"/orders/{order_token}/tickets.pdf")).status_code == 404
        page = said(await client.get(f"/orders/{order_token}"))
        assert "Passed on" in page
        assert "<svg xmlns" not in page
        for _ in range(2):
            await react(assembly, "tickets.passed_on", "tell_passed_on")
        [got], [told] = await kept(assembly, "ticket_received"), await kept(assembly, "ticket_passed_on")
        assert (got.to_email, told.to_email) == ("bola@example.org", held.order.email)
        assert got.file(".pdf").startswith(b"%PDF")
        found = re.search(r"/t/\S+", got.plain)
        assert found is not None
        new = await client.get(found.group())
        assert new.status_code == 200
        assert "Bola Ade" in said(new)
        assert "<svg xmlns" in new.text
        assert held.order.email not in new.text
        assert "/orders/" not in new.text, "the buyer's order is not the new owner's"
        assert (await client.get(f"{found.group()}/ticket.pdf")).status_code == 200
    async with assembly.database.reading() as reader:
        now = await tickets.by_id(reader, held.ticket.id)
    new_code = tickets.code_of(now, assembly.ring)
    dead = await assembly.admit.scan(
        held.show.door, ScanIn(uuid7(), held.show.event_id, old_code, "Mill Lane")
    )
    assert (dead.answer.verdict, dead.answer.reason) == (checkin.Verdict.CANCELLED, checkin.Reason.REPLACED)
    good = await assembly.admit.scan(
        held.show.door, ScanIn(uuid7(), held.show.event_id, new_code, "Mill Lane")
    )
    assert good.answer.verdict is checkin.Verdict.ADMITTED
    await must_hold(assembly.database)


async def test_after_passing_on_only_the_new_owners_account_proves_it(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    bola = await person(assembly, "bola@example.org")
    buyer = await person(assembly, held.order.email)
    async with program(assembly) as client:
        challenge = await proved_to_pass_on(client, held, preimage)
        passed = await assembly.ownership.passing_on.transfer_ticket(
            challenge, Receiver("Bola", "Bola@Example.org"), actor="guest"
        )
        old = await client.post(f"{API}/tickets/{held.token}/ownership/challenges", json={})
        assert (old.status_code, old.json()["code"]) == (410, "tickets.link_passed_on")
        token = assembly.links.make("ticket", passed.owner.id)
        asked = await ask(client, token)
        assert asked["ways"] == ["account"]
        no = await prove(client, token, asked["challenge"], preimage=preimage)
        assert (no.status_code, no.json()["code"]) == (409, "tickets.passed_on")
        no = await prove(client, token, asked["challenge"], buyer)
        assert (no.status_code, no.json()["code"]) == (403, "ownership.not_yours")
        assert (await prove(client, token, asked["challenge"], bola)).status_code == 200
        async with program(assembly) as other:
            listed = said(await other.get("/tickets", headers=bola))
            assert "Passed on to you" in listed
            assert f"/t/{token}" in listed
            assert "Passed on to you" not in said(await other.get("/tickets", headers=buyer))
        # And on again: the link of the one between ends, too.
        second = await ask(client, token, "pass_on")
        assert (await prove(client, token, second["challenge"], bola)).status_code == 200
        on = await client.post(
            f"{API}/tickets/{token}/transfers",
            json={"challenge": second["challenge"], "name": "Chi", "email": "chi@example.org"},
        )
        assert on.status_code == 201
        assert (await client.get(f"/t/{token}")).status_code == 410
    for _ in range(2):
        await react(assembly, "tickets.passed_on", "tell_passed_on")
    assert [one.to_email for one in await kept(assembly, "ticket_passed_on")] == [
        "Bola@example.org",
        held.order.email,
    ]
    assert [one.to_email for one in await kept(assembly, "ticket_received")] == ["chi@example.org"]
    await must_hold(assembly.database)


async def test_a_buyer_can_do_nothing_more_with_a_ticket_they_passed_on(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    async with program(assembly) as client:
        challenge = await proved_to_pass_on(client, held, preimage)
    await assembly.ownership.passing_on.transfer_ticket(
        challenge, Receiver("Bola", "bola@example.org"), actor="guest"
    )
    with pytest.raises(tickets.PassedOn):
        await assembly.money.cancel_tickets.cancel(held.order.id, [held.ticket.id], uuid7())
    assert await assembly.money.cancel_tickets.worth(held.order.id) == {}
    assert await rename_holders(assembly.database, held.order.id, {held.ticket.id: "Eve"}) == 0
    async with assembly.database.reading() as reader:
        now = await tickets.by_id(reader, held.ticket.id)
    assert (now.holder_name, now.state) == ("Bola", "valid")


async def test_what_was_used_or_is_disputed_or_cancelled_is_not_passed_on(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    await assembly.keys.know([held.ticket.key_id])
    async with program(assembly) as client:
        challenge = await proved_to_pass_on(client, held, preimage)
        code = tickets.code_of(held.ticket, assembly.ring)
        await assembly.admit.scan(held.show.door, ScanIn(uuid7(), held.show.event_id, code, "Mill Lane"))
        no = await client.post(
            f"{API}/tickets/{held.token}/transfers",
            json={"challenge": challenge, "name": "Bola", "email": "bola@example.org"},
        )
        assert (no.status_code, no.json()["code"]) == (409, "tickets.cannot_pass_on")
        assert no.json()["detail"] == "This ticket was used, so it stays whose it is."
    async with assembly.database.reading() as reader:
        now = await tickets.by_id(reader, held.ticket.id)
        assert await tickets.owners(reader, [held.ticket.id]) == {}
    assert (now.reissue, now.code_digest) == (held.ticket.reissue, held.ticket.code_digest)


@pytest.mark.parametrize("rounds", [3])
async def test_of_two_who_pass_a_ticket_on_at_once_one_does(assembly: Assembly, rounds: int) -> None:
    held, preimage = await by_lightning(assembly)
    async with program(assembly) as client:
        challenges = [await proved_to_pass_on(client, held, preimage) for _ in range(rounds)]
    passing = assembly.ownership.passing_on
    answers = await asyncio.gather(
        *(
            passing.transfer_ticket(one, Receiver(f"B{at}", f"b{at}@example.org"), actor="guest")
            for at, one in enumerate([*challenges, *challenges])
        ),
        return_exceptions=True,
    )
    done = [one for one in answers if not isinstance(one, BaseException)]
    assert len(done) == 1
    assert all(isinstance(one, tickets.ChallengeGone) for one in answers if isinstance(one, BaseException))
    async with assembly.database.reading() as reader:
        now = await tickets.by_id(reader, held.ticket.id)
        owner = (await tickets.owners(reader, [held.ticket.id]))[held.ticket.id]
    assert (now.reissue, owner.number, owner.email) == (1, 1, done[0].owner.email)
    await must_hold(assembly.database)


async def test_a_ticket_is_passed_on_or_let_in_and_never_both(assembly: Assembly) -> None:
    for _ in range(3):
        held, preimage = await by_lightning(assembly)
        await assembly.keys.know([held.ticket.key_id])
        code = tickets.code_of(held.ticket, assembly.ring)
        async with program(assembly) as client:
            challenge = await proved_to_pass_on(client, held, preimage)
        passed, scanned = await asyncio.gather(
            assembly.ownership.passing_on.transfer_ticket(
                challenge, Receiver("Bola", "bola@example.org"), actor="guest"
            ),
            assembly.admit.scan(held.show.door, ScanIn(uuid7(), held.show.event_id, code, "Mill Lane")),
            return_exceptions=True,
        )
        assert not isinstance(scanned, BaseException)
        is_in = scanned.answer.verdict is checkin.Verdict.ADMITTED
        assert is_in == isinstance(passed, BaseException)
    await must_hold(assembly.database)


async def test_a_form_passes_a_ticket_on_and_a_foreign_form_does_not(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    async with browser(assembly) as client:
        begin = await client.get(f"/t/{held.token}/pass-on")
        [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', begin.text))
        url = (await client.post(f"/t/{held.token}/pass-on", data={"csrf": csrf})).headers["location"]
        await client.post(url, data={"csrf": csrf, "way": "preimage", "preimage": preimage})
        assert "Who gets it?" in said(await client.get(url))
        receiver = {"name": "Bola", "email": "bola@example.org"}
        foreign = await client.post(f"{url}/pass-on", data=receiver, headers={"sec-fetch-site": "cross-site"})
        assert foreign.status_code == 403
        wrong = await client.post(f"{url}/pass-on", data={**receiver, "csrf": csrf, "email": "bola"})
        assert wrong.status_code == 422
        done = await client.post(f"{url}/pass-on", data={**receiver, "csrf": csrf})
        assert done.status_code == 303
        assert "Your ticket now belongs to bola@example.org." in said(
            await client.get(done.headers["location"])
        )
    async with assembly.database.reading() as reader:
        owner = (await tickets.owners(reader, [held.ticket.id]))[held.ticket.id]
    assert owner.email == "bola@example.org"


async def test_whom_a_ticket_was_passed_on_to_is_written_to_and_told_when_it_is_gone(
    assembly: Assembly,
) -> None:
    held, preimage = await by_lightning(assembly)
    async with program(assembly) as client:
        challenge = await proved_to_pass_on(client, held, preimage)
    await assembly.ownership.passing_on.transfer_ticket(
        challenge, Receiver("Bola", "bola@example.org"), actor="guest"
    )
    words = Words("Bring a jacket", "It will be cold.")
    written = await assembly.circulars.write(
        held.show.owner, held.show.organiser_id, held.show.event_id, words
    )
    assert written.holders == 1, "its buyer has none any more"
    await assembly.circulars.deliver(written.id)
    [circular] = await kept(assembly, "circular")
    assert circular.to_email == "bola@example.org"
    assert "/orders/" not in circular.plain
    await assembly.money.cancel_tickets.refund(
        held.show.owner, held.show.organiser_id, held.order.code, RefundWish((held.ticket.id,)), uuid7()
    )
    for _ in range(2):
        assert await react(assembly, "tickets.passed_on_gone", "tell_owner_gone") == 1
    [gone] = await kept(assembly, "ticket_gone")
    assert gone.to_email == "bola@example.org"
    found = re.search(r"/t/\S+", gone.plain)
    assert found is not None
    async with program(assembly) as client:
        assert "Cancelled. It is no longer valid." in said(await client.get(found.group()))


async def test_a_buyer_who_passed_one_of_two_on_is_mailed_the_other_one_only(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order_id = (await buy(assembly, show, 2, email="ada@example.org")).attempt.order_id
    ada = await person(assembly, "ada@example.org")
    async with assembly.database.reading() as reader:
        [first, _] = await tickets.by_order(reader, order_id)
    token = assembly.links.make("ticket", first.id)
    async with program(assembly) as client:
        asked = await ask(client, token, "pass_on")
        assert (await prove(client, token, asked["challenge"], ada)).status_code == 200
    await assembly.ownership.passing_on.transfer_ticket(
        asked["challenge"], Receiver("Bola", "bola@example.org"), actor="guest"
    )
    await assembly.letters.tickets(order_id, "again")
    [letter] = await kept(assembly, "tickets")
    assert len(pypdfium2.PdfDocument(letter.file(".pdf"))) == 1
    order_token = assembly.links.make("order", order_id)
    async with program(assembly) as client:
        file = await client.get(f"/orders/{order_token}/tickets.pdf")
    assert len(pypdfium2.PdfDocument(file.content)) == 1
