"""Makers: gift codes, and what stands on credits."""

from uuid import UUID

from admitone import ledger, payments
from admitone.assembly import Assembly
from admitone.flows.credit_desk import GiftWish
from admitone.payments import CreditRow
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale


async def gift(site: Assembly, show: OnSale, minor: int = 1000, **changes: object) -> CreditRow:
    """A gift code of the event's organiser."""
    wish = GiftWish(**{"currency": "EUR", "amount_minor": minor, **changes})  # type: ignore[arg-type]
    [made] = await site.money.credit_desk.make(show.owner, show.organiser_id, wish, uuid7())
    return made


def code_of(site: Assembly, credit: CreditRow) -> str:
    """What is typed to use it."""
    code = site.money.credit_desk.code(credit)
    assert code is not None, "made under this site's key"
    return code


async def now_of(site: Assembly, credit_id: UUID) -> CreditRow:
    """The credit as it is now."""
    async with site.database.reading() as reader:
        return (await payments.credit.by_ids(reader, [credit_id]))[credit_id]


async def balance_of(site: Assembly, name: str, *, is_test: bool = True) -> int:
    """Credits less debits of an account of the ledger, in euro cents."""
    async with site.database.reading() as reader:
        return await ledger.balance(reader, name, "EUR", is_test=is_test)
