"""The line to Stripe for one account: reads answers into the few fields we rely on, page by page where they are lists.

Whatever cannot be read is `NoAnswer`: nothing is guessed from half an answer.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.outgoing import Client

if TYPE_CHECKING:
    from admitone.payments.providers.stripe.sdk import Wire

PAGE = 100
# Faults kept under a key are stepped over so many times; then somebody should look.
STEPS_MOST = 8
T = TypeVar("T")


class _Page(msgspec.Struct, frozen=True):
    data: list[Any]
    has_more: bool = False


class Line:
    """`client` may be shared by all accounts. The key stays in here."""

    def __init__(self, client: Client, secret_key: str, api_url: str, files_url: str) -> None:
        self._client = client
        self._secret_key = secret_key
        self._api_url = api_url
        self._files_url = files_url
        self._wire: Wire | None = None

    def __repr__(self) -> str:
        return f"Line({self._api_url!r})"

    async def get(self, path: str, shape: type[T], **params: object) -> T:
        """Read one thing."""
        wire = await self._open()
        return _read(await wire.get(path, params), shape)

    async def find(self, path: str, ref: str, shape: type[T], **params: object) -> T | None:
        """Read one thing; None when there is none of that name."""
        try:
            return await self.get(named(path, ref), shape, **params)
        except SaysNo as no:
            if no.kind is No.MISSING:
                return None
            raise

    async def post(self, path: str, shape: type[T], key: str | None, **params: object) -> T:
        """Do something under this idempotency key."""
        wire = await self._open()
        return _read(await wire.post(path, params, key), shape)

    async def keyed(self, path: str, shape: type[T], key: str, **params: object) -> T:
        """Do something once, although Stripe keeps faults under keys for a day and repeats them.

        Such a fault is stepped over with the next key of a fixed row, so that all who ask take the same steps. Only for
        what harms nobody if the step before had done it after all, or has been looked for first.
        """
        for step in range(STEPS_MOST):
            try:
                return await self.post(path, shape, key if step == 0 else f"{key}:{step}", **params)
            except NoAnswer as lost:
                if not lost.is_replayed:
                    raise
            except SaysNo as no:
                if no.kind is not No.LATER or not no.is_replayed:
                    raise
        raise NoAnswer("kept_faults")

    async def upload(self, content: bytes, filename: str, purpose: str, key: str) -> str:
        """Send a file; how it is named there."""
        wire = await self._open()
        document = BytesIO(content)
        document.name = filename
        return _read(await wire.upload(document, purpose, key), _Named).id

    async def pages(
        self, path: str, shape: type[T], pages_most: int | None = None, **params: object
    ) -> AsyncIterator[T]:
        """Everything in a list, newest first. Raises `NoAnswer` when there are more pages than that."""
        wire = await self._open()
        after: dict[str, str] = {}
        read = 0
        while True:
            page = _read(await wire.get(path, {"limit": PAGE, **params, **after}), _Page)
            for one in page.data:
                yield _read(one, shape)
            read += 1
            if not page.has_more or not page.data:
                return
            if pages_most is not None and read >= pages_most:
                raise NoAnswer("too_many_to_search")
            after = {"starting_after": _read(page.data[-1], _Named).id}

    async def _open(self) -> "Wire":
        require_no_transaction("Stripe")
        if self._wire is None:
            module = await asyncio.to_thread(importlib.import_module, f"{__package__}.sdk")
            self._wire = module.Wire(self._client, self._secret_key, self._api_url, self._files_url)
        assert self._wire is not None
        return self._wire


class _Named(msgspec.Struct, frozen=True):
    id: str


def _read(raw: object, shape: type[T]) -> T:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        raise NoAnswer("unreadable") from error


def plain(params: Mapping[str, object]) -> dict[str, Any]:
    """Without what is None: Stripe reads an empty value as "take it away"."""
    return {name: value for name, value in params.items() if value is not None}


def named(path: str, ref: str) -> str:
    """The path of one thing. What no name of Stripe's looks like is put into no address; it is MISSING."""
    if not ref.isascii() or not ref.replace("_", "").isalnum():
        raise SaysNo(No.MISSING, "resource_missing")
    return f"{path}/{ref}"
