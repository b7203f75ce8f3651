"""Writing documents: numbered without a gap, one per cause, never changed."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from admitone.invoices import store
from admitone.invoices.content import TAKES_BACK, Content, Document, Kind
from admitone.invoices.refusals import CreditedTooMuch, DocumentNotFound
from admitone.invoices.store import CounterKey
from admitone.plumbing.database import Reader, RunAgain, Transaction
from admitone.values.ids import derived_id

_LETTERS: Final[dict[Kind, str]] = {
    "invoice": "INV",
    "credit_note": "CN",
    "receipt": "RCP",
    "refund_receipt": "RFD",
}
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Draft:
    """A document without a number. `cause` names what happened, such as `invoice:<order id>`: one document each.

    `prefix` is the seller's; `cancels_id` is the document it takes back; `is_test`: no real money was moved.
    """

    cause: str
    organiser_id: UUID
    order_id: UUID
    issued_at: datetime
    content: Content
    is_test: bool
    prefix: str = ""
    refund_id: UUID | None = None
    cancels_id: UUID | None = None

    @property
    def id(self) -> UUID:
        """Of the document it becomes."""
        return derived_id("invoices", self.cause)

    @property
    def counter(self) -> CounterKey:
        """What numbers it."""
        return CounterKey(self.organiser_id, self.content.kind, self.content.issued_on.year, self.is_test)

    @property
    def series(self) -> str:
        """What its number begins with: `INV`, `FOUNDRY-CN`, `TEST-INV`."""
        parts = ("TEST" if self.is_test else "", self.prefix, _LETTERS[self.content.kind])
        return "-".join(part for part in parts if part)

    def numbered(self, number: int) -> Document:
        """The document it becomes with this number; also for a sample that is shown and never kept."""
        key = self.counter
        return Document(
            id=self.id,
            cause=self.cause,
            organiser_id=self.organiser_id,
            kind=key.kind,
            series=self.series,
            year=key.year,
            number=number,
            number_text=f"{self.series}-{key.year}-{number:0{_DIGITS}}",
            order_id=self.order_id,
            refund_id=self.refund_id,
            cancels_id=self.cancels_id,
            issued_at=self.issued_at,
            is_test=self.is_test,
            content=self.content,
        )


async def issue(tx: Transaction, drafts: Sequence[Draft]) -> list[Document]:
    """Write the documents, in the order asked; one whose cause has its document already gives that one.

    The counters stay locked until the transaction ends, so this comes last in it, and a rollback leaves no gap.
    Raises DocumentNotFound for what takes no invoice (or receipt) of the organiser's back, CreditedTooMuch.
    """
    if not drafts:
        return []
    wanted = {draft.id: draft for draft in drafts}
    found = await store.by_ids(tx, wanted)
    if len(found) < len(wanted):
        keys = sorted({draft.counter for id_, draft in wanted.items() if id_ not in found})
        last = await store.lock_counters(tx, keys)
        # Whoever had the counters before us may have written some of them.
        found |= await store.by_ids(tx, wanted.keys() - found.keys())
        fresh = [draft for id_, draft in wanted.items() if id_ not in found]
        await _refuse_too_much(tx, fresh)
        found |= await _write(tx, fresh, last)
    return [found[draft.id] for draft in drafts]


async def _write(
    tx: Transaction, drafts: Sequence[Draft], last: dict[CounterKey, int]
) -> dict[UUID, Document]:
    if not drafts:
        return {}
    moved: dict[CounterKey, int] = {}
    documents = []
    for draft in drafts:
        moved[draft.counter] = number = moved.get(draft.counter, last[draft.counter]) + 1
        documents.append(draft.numbered(number))
    if not await store.insert(tx, documents):
        # The same cause in two years at once: New Year's night. Their counters are two, so neither waited.
        raise RunAgain
    await store.move_counters(tx, moved)
    return {document.id: document for document in documents}


async def _refuse_too_much(tx: Transaction, drafts: Sequence[Draft]) -> None:
    more: Counter[UUID] = Counter()
    credits = [draft for draft in drafts if draft.content.takes_back]
    for draft in credits:
        assert draft.cancels_id is not None, "it takes something back"
        more[draft.cancels_id] += draft.content.gross_minor
    known = await store.credited(tx, more)
    for draft in credits:
        of = known.get(draft.cancels_id) if draft.cancels_id else None
        wanted = TAKES_BACK[draft.content.kind]
        if of is None or of.organiser_id != draft.organiser_id or of.kind != wanted:
            raise DocumentNotFound
        assert (of.currency, of.is_test) == (draft.content.currency, draft.is_test)
        if of.credited_minor + more[of.id] > of.gross_minor:
            raise CreditedTooMuch(number=of.number_text)


async def read(reader: Reader, document_id: UUID) -> Document:
    """The document. Raises DocumentNotFound."""
    found = await store.by_ids(reader, [document_id])
    if document_id not in found:
        raise DocumentNotFound
    return found[document_id]


async def read_many(reader: Reader, document_ids: Collection[UUID]) -> dict[UUID, Document]:
    """Those of these documents that exist, by id."""
    return await store.by_ids(reader, document_ids)


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[Document]]:
    """The documents of each of these orders, the oldest first; an empty list for an order without any."""
    found: dict[UUID, list[Document]] = {order_id: [] for order_id in order_ids}
    for document in await store.by_orders(reader, order_ids):
        found[document.order_id].append(document)
    return found
