"""Which passwords are accepted, and how they are hashed."""

import asyncio
import threading

import pytest

from admitone import accounts
from admitone.accounts import HashingBusy, Passwords, checked_password
from admitone.values.refusals import Refusal

EMAIL = "ada.obi@example.org"
GOOD = "four green tangerines"


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("", accounts.PasswordTooShort),
        ("nine char", accounts.PasswordTooShort),
        ("x1" * 100 + "y", accounts.PasswordTooLong),
        ("Password123", accounts.PasswordTooCommon),
        ("QWERTYUIOP", accounts.PasswordTooCommon),
        ("1234567890", accounts.PasswordTooCommon),
        ("aaaaaaaaaaaa", accounts.PasswordTooCommon),
        ("abcabcabcabc", accounts.PasswordTooCommon),
        ("hijklmnopqrst", accounts.PasswordTooCommon),
        ("ﬀﬀﬀﬀﬀﬀﬀ", accounts.PasswordTooCommon),
        ("Ada.Obi@EXAMPLE.org", accounts.PasswordIsEmail),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as caught:
        checked_password(password, EMAIL, field="new_password")
    assert caught.value.field == "new_password"
    assert password not in str(caught.value) or password == ""


@pytest.mark.parametrize(
    "password", [GOOD, "nine chars", "x" + "ab1" * 66, "ab" * 99 + "!?", "パスワードは長いほうがよい"]
)
def test_a_password_of_ten_to_two_hundred_characters_is_accepted(password: str) -> None:
    assert checked_password(password, EMAIL) == password


def test_the_same_keys_on_another_device_give_the_same_password() -> None:
    composed, decomposed = "caf\u00e9 au lait bitte", "cafe\u0301 au lait bitte"
    assert composed != decomposed
    assert checked_password(composed, EMAIL) == checked_password(decomposed, EMAIL)


async def test_a_hash_is_argon2id_with_46_mib_and_a_salt_of_its_own() -> None:
    passwords = Passwords()
    first, second = await asyncio.gather(passwords.hash(GOOD), passwords.hash(GOOD))
    assert first.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert first != second
    assert (await passwords.check(GOOD, first)).is_right
    assert not (await passwords.check(GOOD + "!", first)).is_right
    passwords.close()


async def test_nobodys_password_is_checked_as_thoroughly_as_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(memory_kib=64)
    stored = await passwords.hash(GOOD)
    worked_on: list[str] = []
    real = passwords._hashing.verify_and_update

    def note(password: str, against: str) -> tuple[bool, str | None]:
        worked_on.append(against.rpartition("$")[0].rpartition("$")[0])
        return real(password, against)

    monkeypatch.setattr(passwords._hashing, "verify_and_update", note)
    assert not (await passwords.check("wrong password", stored)).is_right
    assert not (await passwords.check("wrong password", None)).is_right
    assert worked_on == ["$argon2id$v=19$m=64,t=1,p=1"] * 2
    passwords.close()


async def test_a_stored_hash_of_old_parameters_is_renewed_only_for_the_right_password() -> None:
    old, new = Passwords(memory_kib=64), Passwords(memory_kib=128)
    stored = await old.hash(GOOD)
    assert (await new.check("wrong password", stored)).new_hash is None
    verdict = await new.check(GOOD, stored)
    assert verdict.is_right
    assert verdict.new_hash is not None
    assert verdict.new_hash.startswith("$argon2id$v=19$m=128,")
    assert (await new.check(GOOD, verdict.new_hash)) == accounts.Verdict(True, None)
    old.close()
    new.close()


async def test_beyond_the_queue_the_answer_is_busy_and_room_comes_back() -> None:
    passwords = Passwords(at_once=1, waiting=1, memory_kib=64)
    gate = threading.Event()
    held = [asyncio.ensure_future(passwords._in_thread(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    assert passwords._room == 0
    with pytest.raises(HashingBusy) as caught:
        await passwords.hash(GOOD)
    assert caught.value.retry_after_seconds == 2
    # Somebody who goes away while hashing does not free the thread: it is still at work.
    held[0].cancel()
    await asyncio.sleep(0)
    with pytest.raises(HashingBusy):
        await passwords.hash(GOOD)
    gate.set()
    await held[1]
    assert (await passwords.hash(GOOD)).startswith("$argon2id$")
    passwords.close()
