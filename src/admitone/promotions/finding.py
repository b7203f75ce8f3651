"""Finding what a buyer typed."""

from collections.abc import Sequence
from uuid import UUID

from admitone.plumbing.database import Reader
from admitone.promotions import code_store
from admitone.promotions.codes import CODE_MOST, Promotion, key_of


async def find(
    reader: Reader, organiser_id: UUID, event_id: UUID, codes: Sequence[str]
) -> list[Promotion | None]:
    """The organiser's code that each of these texts is, for this event; None for what is no code of it.

    Paused ones and those of another time are found too: the caller says so.
    """
    # What is much longer than any code is none; it is not folded to find that out.
    keys = [key_of(code) if len(code) <= 2 * CODE_MOST else "" for code in codes]
    known = await code_store.find(reader, organiser_id, {key for key in keys if key})
    found = [known.get(key) for key in keys]
    return [one if one is not None and _is_for(one, event_id) else None for one in found]


def _is_for(promotion: Promotion, event_id: UUID) -> bool:
    return promotion.terms.event_ids is None or event_id in promotion.terms.event_ids
