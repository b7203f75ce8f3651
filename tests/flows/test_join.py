"""Becoming known: registering, mailed links, passwords, sessions."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, text

from admitone import accounts
from admitone.accounts import Passwords, Purpose
from admitone.plumbing.database import Database
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Problems
from tests.support.people import DEVICE, QUICK_KIB, SITE, SOURCE, FrontDesk

GOOD = "four green tangerines"
BETTER = "five blue umbrellas"


@pytest.fixture
async def desk(db: Database, clock: FrozenClock) -> AsyncIterator[FrontDesk]:
    passwords = Passwords(memory_kib=QUICK_KIB)
    yield FrontDesk(db, clock, passwords)
    passwords.close()


async def _with_password(desk: FrontDesk, email: str = "ada@example.org", password: str = GOOD) -> str:
    token = await desk.joined_token(email)
    session = await desk.session(token)
    await desk.join.change_password(session, current_password=None, new_password=password)
    return token


async def test_registering_makes_nobody_until_the_letter_is_read(desk: FrontDesk) -> None:
    await desk.join.register(name="  Ada \n Obi ", email="Ada@Example.ORG", source=SOURCE)
    assert await desk.count("accounts_person") == 0
    (letter,) = await desk.letters()
    assert (letter.to, letter.template) == ("Ada@example.org", "register_link")
    used = await desk.join.use_link(letter.token, source=SOURCE, device_label=DEVICE)
    assert (used.purpose, used.is_new) == (Purpose.REGISTER, True)
    async with desk.db.reading() as reader:
        person = await accounts.person(reader, used.session.person_id)
        assert (person.name, person.email, person.has_password) == ("Ada Obi", "Ada@example.org", False)
        seen = await accounts.sessions_of(reader, person.id, desk.clock.now())
    assert [one.device_label for one in seen] == [DEVICE]
    actor = await desk.actor(used.session.token)
    assert actor == Actor.person(person.id, session_id=used.session.id)
    assert [(kind, who) for kind, _, who in await desk.facts()] == [
        ("accounts.link_mailed", "guest"),
        ("accounts.person_registered", f"person:{person.id}"),
        ("accounts.person_signed_in", f"person:{person.id}"),
    ]


async def test_registering_tells_every_problem_at_once_and_changes_nothing(desk: FrontDesk) -> None:
    with pytest.raises(Problems) as caught:
        await desk.join.register(name=" \u200b ", email="nobody", source=SOURCE)
    assert [(one.field, one.code) for one in caught.value.problems] == [
        ("name", "accounts.name_missing"),
        ("email", "contact.bad_email"),
    ]
    assert (await desk.count("accounts_mailed_link"), await desk.letters()) == (0, [])


async def test_no_secret_is_in_the_journal_nor_in_our_tables(desk: FrontDesk) -> None:
    session_token = await _with_password(desk)
    (letter,) = await desk.letters()
    async with desk.db.reading() as reader:
        rows_of = {
            table: (
                await reader.execute(text(f"SELECT string_agg(r::text, ' ') FROM {table} r"))
            ).scalar_one()
            for table in ("journal_fact", "accounts_mailed_link", "accounts_session", "accounts_person")
        }
        journal = rows_of.pop("journal_fact")
        for rows in rows_of.values():
            assert letter.token not in rows
            assert session_token not in rows
            assert GOOD not in rows
    for secret in (letter.token, session_token, GOOD, "ada@example.org", "Ada"):
        assert secret not in journal


async def test_asking_for_a_link_does_the_same_for_a_known_and_an_unknown_address(desk: FrontDesk) -> None:
    await _with_password(desk, "ada@example.org")
    before = (await desk.letters(), await desk.facts(), await desk.count("accounts_person"))
    statements: dict[str, list[str]] = {}
    for email in ("ada@example.org", "nobody@example.org"):
        statements[email] = await _statements_of(desk, email)
    letters, facts = await desk.letters(), await desk.facts()
    known, unknown = letters[len(before[0]) :]
    assert (known.to, unknown.to) == ("ada@example.org", "nobody@example.org")
    assert (known.template, known.subject) == (unknown.template, unknown.subject)
    assert known.plain.replace(known.token, "") == unknown.plain.replace(unknown.token, "")
    assert [(kind, who) for kind, _, who in facts[len(before[1]) :]] == [
        ("accounts.link_mailed", "guest")
    ] * 2
    assert statements["ada@example.org"] == statements["nobody@example.org"]
    assert await desk.count("accounts_person") == before[2]


async def test_a_letter_says_what_its_link_was_asked_for(desk: FrontDesk) -> None:
    await desk.join.ask_link(email="ada@example.org", source=SOURCE)
    await desk.join.register(name="Ada", email="ada@example.org", source=SOURCE)
    await desk.join.find_tickets(email="ada@example.org", source=SOURCE)
    letters = await desk.letters()
    assert [(letter.template, letter.subject) for letter in letters] == [
        ("sign_in_link", "Sign in to Admit One"),
        ("register_link", "Confirm your address for Admit One"),
        ("find_tickets_link", "Find your tickets on Admit One"),
    ]
    purposes = [(await desk.join.look_at_link(letter.token)).purpose for letter in letters]
    assert purposes == [Purpose.SIGN_IN, Purpose.REGISTER, Purpose.FIND_TICKETS]


async def _statements_of(desk: FrontDesk, email: str) -> list[str]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = desk.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await desk.join.ask_link(email=email, source=SOURCE)
    event.remove(engine, "before_cursor_execute", note)
    return seen


async def test_a_link_to_an_unknown_address_makes_a_person_when_it_is_used(desk: FrontDesk) -> None:
    await desk.join.ask_link(email="grace.hopper+tickets@example.org", source=SOURCE)
    used = await desk.join.use_link((await desk.letters())[0].token, source=SOURCE, device_label=DEVICE)
    async with desk.db.reading() as reader:
        person = await accounts.person(reader, used.session.person_id)
    assert (used.is_new, person.name) == (True, "Grace Hopper")


async def test_registering_again_signs_the_owner_in_under_the_name_they_have(desk: FrontDesk) -> None:
    ada = await desk.joined("ada@example.org", "Ada Obi")
    again = await desk.joined("ADA@example.org", "Somebody Else")
    assert again.person_id == ada.person_id
    async with desk.db.reading() as reader:
        assert (await accounts.person(reader, accounts.person_id_of(ada))).name == "Ada Obi"
    assert await desk.count("accounts_person") == 1


async def test_looking_at_a_link_uses_nothing(desk: FrontDesk) -> None:
    await desk.join.find_tickets(email="ada@example.org", source=SOURCE)
    token = (await desk.letters())[0].token
    for _ in range(3):
        seen = await desk.join.look_at_link(token)
        assert (seen.purpose, seen.email) == (Purpose.FIND_TICKETS, "ada@example.org")
    assert await desk.count("accounts_session") == 0
    assert len(await desk.pressed(token)) == 43


async def test_a_link_works_once_and_for_twenty_minutes(desk: FrontDesk) -> None:
    for _ in range(2):
        await desk.join.ask_link(email="ada@example.org", source=SOURCE)
    first, second = await desk.letters()
    desk.clock.move(seconds=20 * 60 - 1)
    await desk.pressed(first.token)
    with pytest.raises(accounts.LinkUsed):
        await desk.pressed(first.token)
    desk.clock.move(seconds=1)
    with pytest.raises(accounts.LinkExpired):
        await desk.pressed(second.token)
    with pytest.raises(accounts.LinkExpired):
        await desk.join.look_at_link(second.token)
    for forged in ("", "x" * 43, first.token[:-1], second.token.swapcase(), "\udcff", "é" * 43):
        with pytest.raises(accounts.LinkNotFound):
            await desk.pressed(forged)
    assert await desk.count("accounts_session") == 1


async def test_eight_uses_of_one_link_at_once_make_one_session_and_one_person(desk: FrontDesk) -> None:
    await desk.join.register(name="Ada", email="ada@example.org", source=SOURCE)
    token = (await desk.letters())[0].token
    results = await asyncio.gather(*(desk.pressed(token) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["LinkUsed"] * 7 + ["str"]
    assert (await desk.count("accounts_session"), await desk.count("accounts_person")) == (1, 1)
    assert [kind for kind, _, _ in await desk.facts()].count("accounts.person_signed_in") == 1


async def test_two_links_of_a_new_address_used_at_once_make_one_person(desk: FrontDesk) -> None:
    for name in ("Ada", "Ada Obi"):
        await desk.join.register(name=name, email="ada@example.org", source=SOURCE)
    tokens = [letter.token for letter in await desk.letters()]
    sessions = await asyncio.gather(*(desk.pressed(token) for token in tokens))
    actors = [await desk.actor(token) for token in sessions]
    assert len({actor.person_id for actor in actors if actor}) == 1
    assert [kind for kind, _, _ in await desk.facts()].count("accounts.person_registered") == 1


async def test_a_password_signs_in_and_a_new_token_is_given_each_time(desk: FrontDesk) -> None:
    first = await _with_password(desk)
    used = await desk.join.sign_in(
        email=" ADA@example.org ", password=GOOD, source=SOURCE, device_label="Chrome on Android"
    )
    session = used.session
    assert session.token != first
    actor = await desk.actor(session.token)
    assert actor is not None
    assert (actor.person_id, actor.session_id) == (session.person_id, session.id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", session.token)
    assert session.token not in repr(used)
    assert used.devices not in repr(used)


@pytest.mark.parametrize(
    "email", ["ada@example.org", "nobody@example.org", "link-only@example.org", "no address"]
)
async def test_a_wrong_password_and_an_unknown_address_are_the_same_refusal(
    desk: FrontDesk, email: str
) -> None:
    await _with_password(desk, "ada@example.org")
    await desk.joined("link-only@example.org")
    before = (await desk.count("accounts_session"), len(await desk.facts()))
    with pytest.raises(accounts.WrongPassword) as caught:
        await desk.join.sign_in(email=email, password="not this one", source=SOURCE, device_label=DEVICE)
    assert (caught.value.code, caught.value.field, caught.value.data) == ("accounts.wrong_password", None, {})
    assert (await desk.count("accounts_session"), len(await desk.facts())) == before


async def test_an_old_hash_is_brought_up_to_date_at_sign_in(desk: FrontDesk) -> None:
    await _with_password(desk)
    stronger = Passwords(memory_kib=2 * QUICK_KIB)
    newer = FrontDesk(desk.db, desk.clock, stronger)
    async with desk.db.reading() as reader:
        old = await accounts.credentials(reader, "ada@example.org")
    await newer.join.sign_in(email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)
    async with desk.db.reading() as reader:
        new = await accounts.credentials(reader, "ada@example.org")
    assert old is not None
    assert new is not None
    assert old.password_hash is not None
    assert new.password_hash is not None
    assert (f"m={QUICK_KIB}," in old.password_hash, f"m={2 * QUICK_KIB}," in new.password_hash) == (
        True,
        True,
    )
    await newer.join.sign_in(email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)
    async with desk.db.reading() as reader:
        assert await accounts.credentials(reader, "ada@example.org") == new
    stronger.close()


async def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(desk: FrontDesk) -> None:
    mine = await _with_password(desk)
    used = await desk.join.sign_in(email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)
    other = used.session
    desk.clock.move(seconds=16 * 60)
    session = await desk.session(mine)
    for wrong in (None, "", BETTER):
        with pytest.raises(accounts.WrongCurrentPassword) as caught:
            await desk.join.change_password(session, current_password=wrong, new_password=BETTER)
        assert caught.value.field == "current_password"
    assert await desk.actor(other.token) is not None
    ended = await desk.join.change_password(session, current_password=GOOD, new_password=BETTER)
    assert ended == 1
    assert await desk.actor(other.token) is None
    assert await desk.actor(mine) == session.actor
    with pytest.raises(accounts.WrongPassword):
        await desk.join.sign_in(email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)
    await desk.join.sign_in(email="ada@example.org", password=BETTER, source=SOURCE, device_label=DEVICE)


async def test_a_forgotten_password_is_replaced_after_signing_in_by_link(desk: FrontDesk) -> None:
    await _with_password(desk)
    desk.clock.move(seconds=3600)
    await desk.join.ask_link(email="ada@example.org", source=SOURCE)
    token = await desk.pressed((await desk.letters())[-1].token)
    assert (await desk.session(token)).proves_address
    ended = await desk.join.change_password(
        await desk.session(token), current_password=None, new_password=BETTER
    )
    assert ended == 1
    desk.clock.move(seconds=15 * 60)
    assert not (await desk.session(token)).proves_address


async def test_a_sign_in_that_was_checked_before_the_password_changed_does_not_outlive_it(
    desk: FrontDesk,
) -> None:
    mine = await _with_password(desk)
    async with desk.db.reading() as reader:
        checked = await accounts.credentials(reader, "ada@example.org")
    assert checked is not None
    assert checked.password_hash is not None
    await desk.join.change_password(await desk.session(mine), current_password=None, new_password=BETTER)
    with pytest.raises(accounts.WrongPassword):
        async with desk.db.transaction() as tx:
            await accounts.accept_password(tx, checked.person_id, checked.password_hash, None)
    with pytest.raises(accounts.WrongPassword):
        async with desk.db.transaction() as tx:
            await accounts.accept_password(tx, checked.person_id, checked.password_hash, "$argon2id$new")


async def test_signing_out_ends_one_session_and_everywhere_ends_all(desk: FrontDesk) -> None:
    tokens = [await _with_password(desk)]
    for _ in range(3):
        used = await desk.join.sign_in(
            email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE
        )
        tokens.append(used.session.token)
    first = await desk.actor(tokens[0])
    assert first is not None
    await desk.join.sign_out(first)
    await desk.join.sign_out(first)
    await desk.join.sign_out(Actor.guest())
    assert [await desk.actor(token) is not None for token in tokens] == [False, True, True, True]
    second = await desk.actor(tokens[1])
    assert second is not None
    assert await desk.join.sign_out_everywhere(second) == 3
    assert [await desk.actor(token) for token in tokens] == [None] * 4
    kinds = [kind for kind, _, _ in await desk.facts()]
    assert kinds.count("accounts.person_signed_out") == 1
    assert kinds.count("accounts.person_signed_out_everywhere") == 1
    with pytest.raises(accounts.NotSignedIn):
        await desk.join.sign_out_everywhere(Actor.guest())


async def test_a_session_lasts_thirty_days_after_it_was_last_seen(desk: FrontDesk) -> None:
    token = await desk.joined_token("ada@example.org")
    session = await desk.session(token)
    assert not session.is_due
    session_id = session.actor.session_id
    assert session_id is not None
    desk.clock.move(seconds=600)
    assert (await desk.session(token)).is_due
    assert await desk.db.run(lambda tx: accounts.touch(tx, session_id, desk.clock.now()))
    assert not await desk.db.run(lambda tx: accounts.touch(tx, session_id, desk.clock.now()))
    desk.clock.move(seconds=30 * 86_400 - 1)
    assert await desk.actor(token) is not None
    desk.clock.move(seconds=1)
    assert await desk.actor(token) is None
    assert not await desk.db.run(lambda tx: accounts.touch(tx, session_id, desk.clock.now()))
    assert await desk.db.run(lambda tx: accounts.sweep(tx, desk.clock.now())) == 1
    desk.clock.move(seconds=1)
    assert await desk.db.run(lambda tx: accounts.sweep(tx, desk.clock.now())) == 1


async def test_a_person_changes_their_name(desk: FrontDesk) -> None:
    token = await desk.joined_token("ada@example.org", "Ada")
    actor = await desk.actor(token)
    assert actor is not None
    assert await desk.join.change_name(actor, " Ada   Obi ") == "Ada Obi"
    assert (await desk.session(token)).person_name == "Ada Obi"
    with pytest.raises(accounts.NameMissing):
        await desk.join.change_name(actor, "...")
    assert (await desk.session(token)).person_name == "Ada Obi"


async def test_a_letter_that_cannot_be_written_leaves_no_link(desk: FrontDesk) -> None:
    desk.join = type(desk.join)(
        desk.db, desk.clock, desk.passwords, desk.limiter, _BrokenDesk(), desk.devices, site_url=SITE
    )
    with pytest.raises(RuntimeError, match="out of paper"):
        await desk.join.ask_link(email="ada@example.org", source=SOURCE)
    assert await desk.count("accounts_mailed_link") == 0
    assert await desk.facts() == []


class _BrokenDesk:
    """A letter desk that fails after everything else was done."""

    async def queue(self, *_args: object, **_more: object) -> None:
        raise RuntimeError("out of paper")
