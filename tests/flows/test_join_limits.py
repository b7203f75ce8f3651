"""How often somebody may try to become known: wrong passwords, tries, letters."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from admitone import accounts
from admitone.accounts import Passwords
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.contact import BadEmail
from admitone.values.refusals import TooMany
from tests.support.people import DEVICE, QUICK_KIB, SOURCE, FrontDesk

GOOD = "four green tangerines"


@pytest.fixture
async def desk(db: Database, clock: FrozenClock) -> AsyncIterator[FrontDesk]:
    passwords = Passwords(memory_kib=QUICK_KIB)
    yield FrontDesk(db, clock, passwords)
    passwords.close()


async def _with_password(desk: FrontDesk) -> None:
    session = await desk.session(await desk.joined_token("ada@example.org"))
    await desk.join.change_password(session, current_password=None, new_password=GOOD)


async def test_sign_in_is_limited_per_account_from_any_source(desk: FrontDesk) -> None:
    await _with_password(desk)
    for number in range(10):
        with pytest.raises(accounts.WrongPassword):
            await desk.join.sign_in(
                email="ada@example.org", password="guess", source=f"203.0.113.{number}", device_label=DEVICE
            )
    with pytest.raises(TooMany) as caught:
        await desk.join.sign_in(email="Ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)
    assert 1 <= caught.value.retry_after_seconds <= 300
    await desk.join.ask_link(email="ada@example.org", source=SOURCE)


async def test_sign_in_is_limited_per_source_over_any_accounts(desk: FrontDesk) -> None:
    await _with_password(desk)
    for number in range(10):
        with pytest.raises(accounts.WrongPassword):
            await desk.join.sign_in(
                email=f"n{number}@example.org",
                password="guess",
                source=f"2001:db8:1:2{number:02x}::1",
                device_label=DEVICE,
            )
    with pytest.raises(TooMany):
        await desk.join.sign_in(
            email="ada@example.org", password=GOOD, source="2001:db8:1:2ff::9", device_label=DEVICE
        )
    await desk.join.sign_in(email="ada@example.org", password=GOOD, source=SOURCE, device_label=DEVICE)


async def test_a_dozen_gates_of_one_network_and_one_account_sign_in_within_minutes(desk: FrontDesk) -> None:
    await _with_password(desk)
    for number in range(24):
        await desk.join.sign_in(
            email="ada@example.org", password=GOOD, source=SOURCE, device_label=f"gate {number}"
        )


async def test_tries_under_way_at_once_are_bounded_too(desk: FrontDesk) -> None:
    await _with_password(desk)
    tries = (
        desk.join.sign_in(
            email="ada@example.org", password="guess", source=f"203.0.113.{number}", device_label=DEVICE
        )
        for number in range(60)
    )
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(one) for one in results} == {accounts.WrongPassword, TooMany}
    assert sum(isinstance(one, accounts.WrongPassword) for one in results) == 10


async def test_five_letters_an_hour_reach_an_address_for_each_purpose(desk: FrontDesk) -> None:
    for number in range(5):
        await desk.join.ask_link(email="ada@example.org", source=f"203.0.113.{number}")
    with pytest.raises(TooMany):
        await desk.join.ask_link(email="ADA@example.org", source=SOURCE)
    assert len(await desk.letters()) == 5
    with pytest.raises(BadEmail):
        await desk.join.ask_link(email="ada", source=SOURCE)
