"""What organisers do with their codes."""

from datetime import datetime
from uuid import UUID

from admitone.plumbing.database import Reader, Transaction
from admitone.promotions import code_store
from admitone.promotions.batch_file import RANDOM_LETTERS
from admitone.promotions.codes import (
    BATCH_MOST,
    PromoTerms,
    Promotion,
    checked_code,
    checked_prefix,
    checked_terms,
    key_of,
)
from admitone.promotions.refusals import (
    BadCount,
    BatchNotFound,
    CodeIsUsed,
    CodeNotFound,
    CodeTaken,
    LimitBelowUses,
)
from admitone.values.ids import short_code, uuid7
from admitone.values.refusals import Problems, Refusal

"""50 random bits behind the prefix: with 10,000 codes out there, one guess in 10**11 is right."""


def checked(code: str, terms: PromoTerms) -> str:
    """The code as shown, if both can be so. Raises `Problems`."""
    problems: list[Refusal] = []
    shown = ""
    try:
        shown = checked_code(code)
    except Refusal as refusal:
        problems.append(refusal)
    try:
        checked_terms(terms)
    except Problems as found:
        problems.extend(found.problems)
    if problems:
        raise Problems(*problems)
    return shown


async def create(
    tx: Transaction, promotion_id: UUID, organiser_id: UUID, code: str, terms: PromoTerms, now: datetime
) -> Promotion:
    """Make a code. An id that exists answers what exists. Raises `Problems`, `CodeTaken`."""
    shown = checked(code, terms)
    before = await code_store.read(tx, organiser_id, promotion_id)
    if before is not None:
        return before
    if not await code_store.insert_code(tx, promotion_id, organiser_id, shown, terms, now):
        raise CodeTaken(field="code")
    return await by_id(tx, organiser_id, promotion_id)


async def edit(
    tx: Transaction, organiser_id: UUID, promotion_id: UUID, code: str, terms: PromoTerms, now: datetime
) -> Promotion:
    """Change a code; orders that have it keep their prices. A code that was redeemed keeps its name.

    Raises `CodeNotFound`, `Problems`, `CodeTaken`, `CodeIsUsed`, `LimitBelowUses`.
    """
    before = await code_store.read(tx, organiser_id, promotion_id, for_update=True)
    if before is None:
        raise CodeNotFound
    shown = checked(code, terms)
    if shown != before.code:
        if await code_store.has_redemptions(tx, promotion_id):
            raise CodeIsUsed(field="code")
        other = (await code_store.find(tx, organiser_id, [key_of(shown)])).get(key_of(shown))
        if other is not None and other.id != promotion_id:
            raise CodeTaken(field="code")
    used = before.uses if terms.limit_unit == "orders" else before.tickets
    if terms.total_limit is not None and used > terms.total_limit:
        raise LimitBelowUses(field="total_limit", used=used)
    await code_store.save(tx, promotion_id, shown, terms, now)
    return await by_id(tx, organiser_id, promotion_id)


async def set_paused(
    tx: Transaction, organiser_id: UUID, promotion_id: UUID, now: datetime, *, is_paused: bool
) -> bool:
    """Pause or resume; whether that changed anything. Raises `CodeNotFound`."""
    await by_id(tx, organiser_id, promotion_id)
    state = "paused" if is_paused else "active"
    return await code_store.set_state(tx, organiser_id, state, now, at=[("id", promotion_id)]) == 1


async def delete(tx: Transaction, organiser_id: UUID, promotion_id: UUID) -> None:
    """Delete a code that was never redeemed. Raises `CodeNotFound`, `CodeIsUsed`."""
    if await code_store.read(tx, organiser_id, promotion_id, for_update=True) is None:
        raise CodeNotFound
    if await code_store.has_redemptions(tx, promotion_id):
        raise CodeIsUsed
    await code_store.delete_code(tx, promotion_id)


async def by_id(reader: Reader, organiser_id: UUID, promotion_id: UUID) -> Promotion:
    """The organiser's code. Raises `CodeNotFound`, also for another organiser's."""
    found = await code_store.read(reader, organiser_id, promotion_id)
    if found is None:
        raise CodeNotFound
    return found


async def listed(
    reader: Reader, organiser_id: UUID, *, part: str = "", before: UUID | None = None, limit: int
) -> list[Promotion]:
    """The organiser's codes, but for those of batches: newest first, older than `before`, with this in them."""
    return await code_store.page_of(
        reader, organiser_id, batch_id=None, part=key_of(part), before=before, limit=limit
    )


async def of_batch(
    reader: Reader, organiser_id: UUID, batch_id: UUID, *, limit: int | None = None
) -> list[Promotion]:
    """The codes of a batch, the first of them at most `limit`. Raises `BatchNotFound`."""
    await require_batch(reader, organiser_id, batch_id)
    return await code_store.page_of(reader, organiser_id, batch_id=batch_id, limit=limit)


async def generate(
    tx: Transaction,
    batch_id: UUID,
    organiser_id: UUID,
    prefix: str,
    quantity: int,
    terms: PromoTerms,
    now: datetime,
) -> int:
    """Make so many codes that are good for what `terms` say, each with its own random end; how many there are.

    A batch that exists answers what exists. Raises `Problems`, `BadPrefix`, `BadCount`.
    """
    start = checked_prefix(prefix)
    checked_count(quantity)
    checked_terms(terms)
    before = await code_store.batch_size(tx, organiser_id, batch_id)
    if before is not None:
        return before
    await code_store.insert_batch(tx, batch_id, organiser_id, start, quantity, now)
    made = 0
    while made < quantity:
        codes = {uuid7(): start + short_code(RANDOM_LETTERS) for _ in range(quantity - made)}
        made += await code_store.insert_codes(tx, organiser_id, batch_id, codes, terms, now)
    return made


def checked_count(quantity: int) -> int:
    """How many codes may be made at once. Raises `BadCount`."""
    if not 1 <= quantity <= BATCH_MOST:
        raise BadCount(field="quantity", most=BATCH_MOST)
    return quantity


async def set_batch_paused(
    tx: Transaction, organiser_id: UUID, batch_id: UUID, now: datetime, *, is_paused: bool
) -> int:
    """Pause or resume all codes of a batch; how many changed. Raises `BatchNotFound`."""
    await require_batch(tx, organiser_id, batch_id)
    state = "paused" if is_paused else "active"
    return await code_store.set_state(tx, organiser_id, state, now, at=[("batch_id", batch_id)])


async def delete_unused(tx: Transaction, organiser_id: UUID, batch_id: UUID) -> int:
    """Delete the codes of a batch that were never redeemed; how many. Raises `BatchNotFound`."""
    await require_batch(tx, organiser_id, batch_id)
    return await code_store.delete_unused(tx, organiser_id, batch_id)


async def require_batch(reader: Reader, organiser_id: UUID, batch_id: UUID) -> None:
    """Raises `BatchNotFound`, also for another organiser's."""
    if await code_store.batch_size(reader, organiser_id, batch_id) is None:
        raise BatchNotFound
