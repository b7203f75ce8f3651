"""A ticket is shown to be one's own, at a door and to pass it on; a proof works once, for one ticket and one thing."""

import base64
import re

import coincurve
import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.reversal_plan import RefundWish
from admitone.payments.bitcoin import bech32
from admitone.payments.bitcoin.message_transactions import double, packed
from admitone.payments.bitcoin.ripemd160 import hash160
from admitone.payments.providers.play_bitcoin.spender import SPENDER_ADDRESS, sign_message
from admitone.values.ids import uuid7
from tests.support.bitcoin_refunds import asked
from tests.support.held_tickets import (
    API,
    OTHER_PREIMAGE,
    ask,
    bought,
    by_lightning,
    on_chain,
    person,
    proofs,
    prove,
)
from tests.support.onsale import put_on_sale
from tests.support.organiser_desk import said
from tests.support.site import bearer, browser, program


async def test_the_buyers_account_proves_it_and_the_door_sees_the_word_once(assembly: Assembly) -> None:
    held = await bought(assembly, "ada@example.org")
    ada = await person(assembly, "ada@example.org")
    eve = await person(assembly, "eve@example.org")
    door = await bearer(assembly, held.show.door.person_id or uuid7())
    async with program(assembly) as client:
        asked = await ask(client, held.token)
        assert asked["ways"] == ["account"]
        for headers, status, code in (
            ({}, 401, "accounts.not_signed_in"),
            (eve, 403, "ownership.not_yours"),
        ):
            no = await prove(client, held.token, asked["challenge"], headers)
            assert (no.status_code, no.json()["code"]) == (status, code)
        assert await proofs(assembly) == 0
        yes = await prove(client, held.token, asked["challenge"], ada)
        assert yes.status_code == 200, yes.text
        word = yes.json()["word"]
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{8}", word)
        assert yes.json()["way"] == "account"
        again = await prove(client, held.token, asked["challenge"], ada)
        assert again.json() == yes.json(), "asked again, the answer is the same"
        url = f"{API}/events/{held.show.event_id}/ownership-words"
        assert (await client.post(url, json={"word": word}, headers=eve)).status_code == 403
        other = await put_on_sale(assembly)
        elsewhere = await bearer(assembly, other.door.person_id or uuid7())
        no = await client.post(
            f"{API}/events/{other.event_id}/ownership-words", json={"word": word}, headers=elsewhere
        )
        assert (no.status_code, no.json()["code"]) == (404, "tickets.word_unknown")
        typed = f"{word[:4].lower()} - {word[4:]}".replace("0", "o")
        shown = await client.post(url, json={"word": typed}, headers=door)
        assert shown.status_code == 200, shown.text
        assert shown.json()["ticket_id"] == str(held.ticket.id)
        assert (await client.post(url, json={"word": word}, headers=door)).status_code == 404, "once"
    async with assembly.database.reading() as reader:
        found = await reader.execute(
            text("SELECT kind, actor FROM journal_fact WHERE kind LIKE 'tickets.owner%'")
        )
        [fact] = found.all()
    assert (fact.kind, fact.actor.partition(":")[0]) == ("tickets.ownership_proved", "person")


async def test_the_preimage_of_the_payment_proves_it_and_no_other(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    other, foreign = await by_lightning(assembly)
    async with program(assembly) as client:
        asked = await ask(client, held.token)
        assert asked["ways"] == ["account", "preimage"]
        for wrong in (OTHER_PREIMAGE, foreign, preimage[:-2], "zz" * 32, f"{preimage}00"):
            no = await prove(client, held.token, asked["challenge"], preimage=wrong)
            assert (no.status_code, no.json()["code"]) == (403, "ownership.not_yours"), wrong
        # A question about one ticket is not answered through another one's link.
        no = await prove(client, other.token, asked["challenge"], preimage=foreign)
        assert (no.status_code, no.json()["code"]) == (410, "tickets.challenge_gone")
        assert await proofs(assembly) == 0
        yes = await prove(client, held.token, asked["challenge"], preimage=preimage.upper())
        assert (yes.status_code, yes.json()["way"]) == (200, "preimage")
    async with assembly.database.reading() as reader:
        row = (
            await reader.execute(text("SELECT proved_by FROM tickets_challenge WHERE proved_at IS NOT NULL"))
        ).one()
    assert preimage not in row.proved_by


async def test_a_signature_of_the_paying_address_proves_it_and_is_good_for_one_question(
    assembly: Assembly,
) -> None:
    held = await on_chain(assembly)
    async with program(assembly) as client:
        first = await ask(client, held.token)
        assert first["ways"] == ["account", "signature"]
        assert first["message"].startswith(f"testserver ticket {held.ticket.id}: show that it is mine. Code ")
        signature = sign_message(first["message"])
        second = await ask(client, held.token, "pass_on")
        assert "pass it on to somebody else" in second["message"]
        for challenge, address, given, code in (
            (second, SPENDER_ADDRESS, signature, "ownership.signature_wrong"),
            (first, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", signature, "ownership.signature_wrong"),
            (first, "bcrt1qnonsense", signature, "ownership.address_unreadable"),
            (first, SPENDER_ADDRESS, sign_message(first["message"] + " "), "ownership.signature_wrong"),
            (first, SPENDER_ADDRESS, "", "ownership.signature_wrong"),
        ):
            no = await prove(client, held.token, challenge["challenge"], address=address, signature=given)
            assert no.json()["code"] == code
        assert await proofs(assembly) == 0
        yes = await prove(
            client, held.token, first["challenge"], address=SPENDER_ADDRESS.upper(), signature=signature
        )
        assert (yes.status_code, yes.json()["way"]) == (200, "signature")
        third = await ask(client, held.token)
        no = await prove(client, held.token, third["challenge"], address=SPENDER_ADDRESS, signature=signature)
        assert no.json()["code"] == "ownership.signature_wrong", "a signature that was shown once"


async def test_a_right_signature_by_an_address_that_did_not_pay_is_refused(assembly: Assembly) -> None:
    held = await bought(assembly)
    async with program(assembly) as client:
        asked = await ask(client, held.token)
        no = await prove(
            client,
            held.token,
            asked["challenge"],
            address=SPENDER_ADDRESS,
            signature=sign_message(asked["message"]),
        )
        assert (no.status_code, no.json()["code"]) == (409, "ownership.not_paid_so")
        no = await prove(client, held.token, asked["challenge"], preimage=OTHER_PREIMAGE)
        assert no.json()["code"] == "ownership.not_paid_so"
    assert await proofs(assembly) == 0


async def test_a_question_is_too_old_after_ten_minutes_and_so_is_a_proof(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)

    async def older() -> None:
        await assembly.database.run(
            lambda tx: tx.execute(
                text("UPDATE tickets_challenge SET valid_until = valid_until - interval '11 minutes'")
            )
        )

    async with program(assembly) as client:
        asked = await ask(client, held.token)
        await older()
        no = await prove(client, held.token, asked["challenge"], preimage=preimage)
        assert (no.status_code, no.json()["code"]) == (410, "tickets.challenge_gone")
        fresh = await ask(client, held.token, "pass_on")
        assert (await prove(client, held.token, fresh["challenge"], preimage=preimage)).status_code == 200
        await older()
        no = await client.post(
            f"{API}/tickets/{held.token}/transfers",
            json={"challenge": fresh["challenge"], "name": "Bola", "email": "bola@example.org"},
        )
        assert (no.status_code, no.json()["code"]) == (410, "tickets.challenge_gone")


async def test_the_pages_lead_from_the_ticket_to_a_word_and_say_what_was_wrong(assembly: Assembly) -> None:
    held, preimage = await by_lightning(assembly)
    async with browser(assembly) as client:
        page = await client.get(f"/t/{held.token}")
        assert f'href="/t/{held.token}/prove"' in page.text
        begin = await client.get(f"/t/{held.token}/prove")
        [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', begin.text))
        assert await challenges(assembly) == 0, "looking asks nothing"
        asked = await client.post(f"/t/{held.token}/prove", data={"csrf": csrf})
        assert asked.status_code == 303
        url = asked.headers["location"]
        wrong = await client.post(url, data={"csrf": csrf, "way": "preimage", "preimage": OTHER_PREIMAGE})
        assert wrong.status_code == 403
        assert "That does not show that this ticket is yours." in said(wrong)
        assert OTHER_PREIMAGE in wrong.text, "what was typed is still there"
        until = re.search(r'until <b class="num">([^<]+)</b>', wrong.text)
        assert until is not None
        assert re.fullmatch(r"(.+, )?\d\d:\d\d Berlin time", until[1])
        right = await client.post(url, data={"csrf": csrf, "way": "preimage", "preimage": preimage})
        assert right.status_code == 303
        word = re.search(r'class="proof-word"[^>]*>([^<]+)<', (await client.get(url)).text)
        assert word is not None
    async with browser(assembly) as client:
        client.headers.update(await bearer(assembly, held.show.door.person_id or uuid7()))
        door = f"/checkin/{held.show.event_id}/word?door=Mill+Lane"
        assert "Whose ticket is it?" in said(await client.get(door))
        shown = said(await client.post(door, data={"word": word.group(1)}))
        assert "Owner proved at" in shown
        assert "Not used yet. Scan their ticket to let them in." in shown
        again = await client.post(door, data={"word": word.group(1)})
        assert again.status_code == 404
        assert "No proof for this event has this word." in said(again)


@pytest.mark.parametrize(
    ("way", "given", "sentences"),
    [
        ("preimage", {"preimage": " "}, {"preimage": "Please paste the payment proof here."}),
        ("signature", {"address": "bc1q"}, {"signature": "Please paste the signature here."}),
        (
            "signature",
            {},
            {"address": "Please paste the address here.", "signature": "Please paste the signature here."},
        ),
    ],
    ids=["preimage", "address-only", "signature"],
)
async def test_a_proof_that_was_left_empty_is_asked_for_at_its_field(
    assembly: Assembly, way: str, given: dict[str, str], sentences: dict[str, str]
) -> None:
    held = await (by_lightning(assembly) if way == "preimage" else on_chain(assembly))
    token = held[0].token if isinstance(held, tuple) else held.token
    async with browser(assembly) as client:
        begin = await client.get(f"/t/{token}/prove")
        [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', begin.text))
        url = (await client.post(f"/t/{token}/prove", data={"csrf": csrf})).headers["location"]
        answer = await client.post(url, data={"csrf": csrf, "way": way, **given})
    assert answer.status_code == 422
    found = re.findall(r'id="e-(\w+)">.*?<span>([^<]+)</span>', answer.text, re.DOTALL)
    assert dict(found) == sentences


async def challenges(site: Assembly) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM tickets_challenge"))).scalar_one())


async def test_an_address_that_the_buyer_named_for_a_refund_proves_it_too(assembly: Assembly) -> None:
    held = await on_chain(assembly)
    key = coincurve.PrivateKey(b"\x07" * 32)
    program_of_key = hash160(key.public_key.format())
    address = bech32.encode("bcrt", [0, *bech32.to_groups(program_of_key)])
    wish = RefundWish((held.ticket.id,), amount_minor=500, cancels=False)
    await assembly.money.cancel_tickets.refund(
        held.show.owner, held.show.organiser_id, held.order.code, wish, uuid7()
    )
    await assembly.refunding.send_due()
    [url] = await asked(assembly)
    async with program(assembly) as client:
        question = await ask(client, held.token)
        signature = signed_as_electrum_does(key, question["message"])
        no = await prove(client, held.token, question["challenge"], address=address, signature=signature)
        assert (no.status_code, no.json()["code"]) == (403, "ownership.not_yours")
        await assembly.money.refund_claims.name(url.rsplit("/", 1)[1], address, visitor="198.51.100.7")
        yes = await prove(client, held.token, question["challenge"], address=address, signature=signature)
        assert (yes.status_code, yes.json()["way"]) == (200, "signature")


def signed_as_electrum_does(key: coincurve.PrivateKey, message: str) -> str:
    """The older form, with the header of a compressed P2PKH key, for an address of segregated witness."""
    digest = double(b"\x18Bitcoin Signed Message:\n" + packed(message.encode()))
    signature = key.sign_recoverable(digest, hasher=None)
    return base64.b64encode(bytes((31 + signature[64],)) + signature[:64]).decode()
