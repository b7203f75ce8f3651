"""How much payments in bitcoin brought, and what one bitcoin counted for."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from admitone import payments
from admitone.payments import Attempt, SettledAs
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class CameInBitcoin:
    """`price` is major units of `currency` for one bitcoin; None where not all of it counted at the rate asked at."""

    amount_msat: int
    currency: str
    price: Decimal | None


async def came_in_bitcoin(reader: Reader, attempts: Collection[Attempt]) -> dict[UUID, CameInBitcoin]:
    """Of those of these attempts that paid for tickets in bitcoin, by attempt id."""
    paid = {
        one.id: one
        for one in attempts
        if one.method in payments.bitcoin.RAILS and one.settled_as in (SettledAs.PART, SettledAs.TICKETS)
    }
    if not paid:
        return {}
    requests = await payments.bitcoin.requests(reader, list(paid))
    on_chain = [one for one, about in requests.items() if about.rail == payments.bitcoin.ONCHAIN]
    arrived = await payments.bitcoin.arrivals(reader, on_chain) if on_chain else []
    found: dict[UUID, CameInBitcoin] = {}
    for one, about in requests.items():
        came = [each for each in arrived if each.attempt_id == one and not each.is_replaced]
        # An invoice is paid whole, an address with any amount.
        amount_msat = sum(each.amount_msat for each in came) or about.amount_msat
        is_at_rate = not any(each.is_late for each in came) and (
            about.rail == payments.bitcoin.ONCHAIN or paid[one].paid_minor == about.amount_minor
        )
        found[one] = CameInBitcoin(amount_msat, about.currency, about.price if is_at_rate else None)
    return found
