"""`/organisers/{id}/promo-codes/batches`: promo codes made at once, good for one order each."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response

from admitone import promotions
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.promo_codes import BASE, SalesShown
from admitone.entrypoints.rest.shapes import Shown
from admitone.reads.promo_codes import CodeSales, ListedBatch, promo_batch, promo_batches

router = APIRouter(tags=["promo codes"])


class BatchListed(Shown):
    """Codes made at once. `made` so many; `left` were not deleted, `used` of them redeemed, `paused` are paused.

    `sales` is what they did, by currency; null in lists.
    """

    id: UUID
    prefix: str
    made: int
    left: int
    used: int
    paused: int
    created_at: datetime
    sales: tuple[SalesShown, ...] | None = None


class BatchesListed(Shown):
    """The newest first."""

    items: tuple[BatchListed, ...]


class Changed(Shown):
    """How many codes changed."""

    changed: int


@router.get(BASE + "/batches")
async def list_promo_batches(needs: Needs, actor: SignedIn, organiser_id: UUID) -> BatchesListed:
    """The newest batches."""
    async with needs.database.reading() as reader:
        found = await promo_batches(reader, actor, organiser_id)
    return BatchesListed(items=tuple(_shown(one) for one in found))


@router.get(
    BASE + "/batches/{batch_id}.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def download_promo_batch(needs: Needs, actor: SignedIn, organiser_id: UUID, batch_id: UUID) -> Response:
    """Every code of a batch: the code, whether it was used, its state, when it was made."""
    async with needs.database.reading() as reader:
        await promo_batch(reader, actor, organiser_id, batch_id)
        codes = await promotions.of_batch(reader, organiser_id, batch_id)
    return Response(
        promotions.codes_csv(codes),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="promo-codes-{batch_id}.csv"',
            "cache-control": "no-store",
        },
    )


@router.get(BASE + "/batches/{batch_id}")
async def read_promo_batch(needs: Needs, actor: SignedIn, organiser_id: UUID, batch_id: UUID) -> BatchListed:
    """One batch and what its codes did."""
    async with needs.database.reading() as reader:
        found, sales = await promo_batch(reader, actor, organiser_id, batch_id)
    return _shown(found, sales)


@router.post(BASE + "/batches/{batch_id}/pause")
async def pause_promo_batch(needs: Needs, actor: SignedIn, organiser_id: UUID, batch_id: UUID) -> Changed:
    """Nobody can use any of them until they are resumed. Saying it twice changes nothing."""
    desk = needs.money.promo_desk
    return Changed(changed=await desk.set_batch_paused(actor, organiser_id, batch_id, is_paused=True))


@router.post(BASE + "/batches/{batch_id}/resume")
async def resume_promo_batch(needs: Needs, actor: SignedIn, organiser_id: UUID, batch_id: UUID) -> Changed:
    """They can be used again. Saying it twice changes nothing."""
    desk = needs.money.promo_desk
    return Changed(changed=await desk.set_batch_paused(actor, organiser_id, batch_id, is_paused=False))


@router.delete(BASE + "/batches/{batch_id}/unused")
async def delete_unused_codes(needs: Needs, actor: SignedIn, organiser_id: UUID, batch_id: UUID) -> Changed:
    """Delete those that nobody used."""
    return Changed(changed=await needs.money.promo_desk.delete_unused(actor, organiser_id, batch_id))


def _shown(one: ListedBatch, sales: tuple[CodeSales, ...] | None = None) -> BatchListed:
    return BatchListed(
        id=one.id,
        prefix=one.prefix,
        made=one.made,
        left=one.left,
        used=one.used,
        paused=one.paused,
        created_at=one.created_at,
        sales=None if sales is None else tuple(SalesShown.of(sale) for sale in sales),
    )
