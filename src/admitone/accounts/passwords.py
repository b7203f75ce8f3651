"""Passwords: which ones are accepted, and how they are hashed and checked.

Argon2id with 46 MiB, one pass, one lane: an approved setting of OWASP ASVS 5.0, about 90 ms of one
core. Hashing happens in four threads of its own, so at most four times 46 MiB are in use and the event loop
never waits; a bounded number may queue for them, beyond which the answer is "too often".
"""

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from admitone.accounts.refusals import PasswordIsEmail, PasswordTooCommon, PasswordTooLong, PasswordTooShort
from admitone.values.contact import email_key
from admitone.values.refusals import TooMany

LENGTH_LEAST: Final = 10
LENGTH_MOST: Final = 200
MEMORY_KIB: Final = 47_104
_PASSES: Final = 1
_LANES: Final = 1
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32
_RETRY_AFTER_SECONDS: Final = 2
_COMMON: Final = frozenset(
    (resources.files("admitone.accounts") / "common_passwords.txt").read_text(encoding="utf-8").split()
)
_RUNS: Final = (
    "0123456789" * 21,
    "9876543210" * 21,
    "abcdefghijklmnopqrstuvwxyz" * 9,
    "qwertyuiopasdfghjklzxcvbnm",
)

T = TypeVar("T")


class HashingBusy(TooMany):
    """More people are signing in at this moment than passwords can be checked."""

    code = "accounts.hashing_busy"
    text = "Very many people are signing in right now. Try again in {retry_after_seconds} s."


def checked_password(password: str, email: str, *, field: str = "password") -> str:
    """The password as it is hashed (NFKC, so that the same keys on another device give the same text).

    10 to 200 characters, no demands on which. Raises `PasswordTooShort`, `PasswordTooLong`,
    `PasswordTooCommon`, `PasswordIsEmail`.
    """
    typed = _normal(password)
    if len(typed) < LENGTH_LEAST:
        raise PasswordTooShort(field=field, least=LENGTH_LEAST)
    if len(typed) > LENGTH_MOST:
        raise PasswordTooLong(field=field, most=LENGTH_MOST)
    if email_key(typed) == email_key(email):
        raise PasswordIsEmail(field=field)
    if _is_common(typed.casefold()):
        raise PasswordTooCommon(field=field)
    return typed


def _normal(password: str) -> str:
    # A lone surrogate cannot be hashed; it can only come from a damaged request.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def _is_common(folded: str) -> bool:
    """On the list, up to four characters over and over, or a run along the keyboard or the alphabet."""
    repeated = any((folded[:size] * len(folded))[: len(folded)] == folded for size in range(1, 5))
    return folded in _COMMON or repeated or any(folded in run for run in _RUNS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password was right, and the hash to store instead if the stored one is out of date."""

    is_right: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and checks passwords in its own threads. One per process; close it at the end.

    `at_once` hashes run at a time and `waiting` more may queue, beyond which `HashingBusy` is raised.
    `memory_kib` is there so that tests need not spend 46 MiB for each hash.
    """

    def __init__(self, *, at_once: int = 4, waiting: int = 32, memory_kib: int = MEMORY_KIB) -> None:
        self._hashing = PasswordHash(
            (
                Argon2Hasher(
                    time_cost=_PASSES,
                    memory_cost=memory_kib,
                    parallelism=_LANES,
                    hash_len=_HASH_BYTES,
                    salt_len=_SALT_BYTES,
                ),
            )
        )
        self._nobody = _unmatchable(memory_kib)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self._lock = threading.Lock()
        self._room = at_once + waiting

    async def hash(self, password: str) -> str:
        """The hash to store for a password that `checked_password` returned. Raises `HashingBusy`."""
        return await self._in_thread(lambda: self._hashing.hash(password))

    async def check(self, password: str, stored: str | None) -> Verdict:
        """Say whether `password` belongs to the stored hash. Raises `HashingBusy`.

        With nothing stored (nobody has that address, or they never set a password) the same work is done on a
        hash that nothing matches, so that the time taken does not say which it was.
        """
        return await self._in_thread(lambda: self._check(password, stored))

    def _check(self, password: str, stored: str | None) -> Verdict:
        typed = _normal(password)[: LENGTH_MOST + 1]
        is_right, new_hash = self._hashing.verify_and_update(typed, stored or self._nobody)
        return Verdict(stored is not None and is_right, new_hash if stored is not None and is_right else None)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        with self._lock:
            if self._room == 0:
                raise HashingBusy(retry_after_seconds=_RETRY_AFTER_SECONDS)
            self._room -= 1
        # The room is given back when the thread is done, not when the asker goes away: a cancelled request
        # still keeps its thread until then.
        job = self._threads.submit(work)
        job.add_done_callback(self._give_back)
        return await asyncio.wrap_future(job)

    def _give_back(self, _job: Future[Any]) -> None:
        with self._lock:
            self._room += 1

    def close(self) -> None:
        """Let running hashes finish and take no more."""
        self._threads.shutdown(cancel_futures=True)


def _unmatchable(memory_kib: int) -> str:
    """A hash of no password, in the same form and at the same cost as a real one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={memory_kib},t={_PASSES},p={_LANES}${salt}${digest}"
