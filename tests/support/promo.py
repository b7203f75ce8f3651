"""Makers: promo codes of an event's organiser, and buyers with them."""

from uuid import UUID

from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.orders import OrderRow
from admitone.pricing import CodeEffect
from admitone.promotions import PromoTerms, Promotion
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale


async def code(
    site: Assembly,
    show: OnSale,
    name: str = "SUMMER20",
    effect: CodeEffect = "percent",
    percent_bps: int | None = None,
    **changes: object,
) -> Promotion:
    """A code of the event's organiser: 20 % off everything, unless changed."""
    bps = (2000 if effect == "percent" else 0) if percent_bps is None else percent_bps
    terms = PromoTerms(effect, bps, **changes)  # type: ignore[arg-type]
    return await site.money.promo_desk.create(
        show.owner, show.organiser_id, name, terms, promotion_id=uuid7()
    )


async def place_with(
    site: Assembly,
    show: OnSale,
    *codes: str,
    quantity: int = 1,
    email: str | None = None,
    visitor: str = "somebody",
) -> OrderRow:
    """Hold with these codes, and order."""
    wish = HoldWish(show.event_id, ((show.types[0], quantity),), codes=codes, visitor=visitor)
    held = await site.purchase.hold(wish)
    return await site.purchase.place(
        OrderWish(held.hold_id, email or f"b{uuid7().hex}@example.org", "Ada Obi")
    )


async def counters(site: Assembly, promotion_id: UUID) -> tuple[int, int]:
    """(uses, tickets) as the code's row says."""
    asked = text("SELECT uses, tickets FROM promotions_code WHERE id = :id")
    async with site.database.reading() as reader:
        row = (await reader.execute(asked, {"id": promotion_id})).one()
    return row.uses, row.tickets


async def redemptions(site: Assembly, promotion_id: UUID) -> list[tuple[str, bool]]:
    """(state, whether it counts) of everything redeemed, in the order it was."""
    asked = text(
        "SELECT state, is_counted FROM promotions_redemption WHERE code_id = :id ORDER BY redeemed_at, order_id"
    )
    async with site.database.reading() as reader:
        return [tuple(row) for row in await reader.execute(asked, {"id": promotion_id})]
