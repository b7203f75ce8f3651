"""An organiser who has sold, and the flows of being paid out, at a time the test moves."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, ledger, payouts
from admitone.assembly import Assembly
from admitone.flows.payout import PayingOut
from admitone.flows.payout_receivers import PayoutReceivers, ReceiverWish
from admitone.flows.release_balances import ReleaseBalances
from admitone.payments import (
    SANDBOX_ACCOUNT,
)
from admitone.payouts import Payout, PayoutState, Purse
from admitone.plumbing.database import Transaction
from admitone.plumbing.sealing import Sealer
from admitone.values.actor import Actor, Role
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, member, person

TO_BANK = ReceiverWish(SANDBOX_ACCOUNT, "Foundry Presents", "DE", {"account_number": "DE12 3456"})


@dataclass
class Till:
    """An organiser that sold two tickets at 25.00, and the flows at a time the test moves."""

    site: Assembly
    show: OnSale
    clock: FrozenClock

    @property
    def purse(self) -> Purse:
        return Purse(self.show.organiser_id, "EUR", is_test=True)

    @property
    def releasing(self) -> ReleaseBalances:
        return ReleaseBalances(self.site.database, self.clock)

    @property
    def desk(self) -> PayingOut:
        return PayingOut(
            self.site.database, self.clock, self.site.payment_accounts, self.site.money.approvals
        )

    @property
    def receivers(self) -> PayoutReceivers:
        sealer = Sealer({1: bytes(32)}, active=1)
        return PayoutReceivers(
            self.site.database,
            self.clock,
            self.site.payment_accounts,
            sealer,
            self.site.post,
            "https://x.test",
        )

    async def told(self) -> list[str]:
        async with self.site.database.reading() as reader:
            wanted = text("SELECT subject FROM messaging_letter WHERE subject LIKE 'Payouts of%'")
            return list((await reader.execute(wanted)).scalars())

    def pass_days(self, days: float) -> None:
        self.clock.move(seconds=days * 86_400)

    async def parts(self) -> dict[str, int]:
        async with self.site.database.reading() as reader:
            found = await ledger.balances(reader, self.show.organiser_id)
            transit = await ledger.balance(reader, "payouts_in_transit", "EUR")
        shown = {name.split(":")[2]: minor for (name, _), minor in found.items() if minor}
        return shown | ({"transit": transit} if transit else {})

    async def sent(self) -> list[int]:
        async with self.site.database.reading() as reader:
            return list((await reader.execute(text("SELECT amount_minor FROM sandbox_payout"))).scalars())

    async def terms(self, **changes: int) -> None:
        async def story(tx: Transaction) -> None:
            found = await payouts.lock_terms(tx, self.show.organiser_id)
            await payouts.keep_terms(tx, replace(found, **changes))  # type: ignore[arg-type]

        await self.site.database.run(story)

    async def manager(self) -> Actor:
        async def story(tx: Transaction) -> UUID:
            found = await person(tx, self.site, f"m-{uuid7().hex}@example.org")
            await accounts.add_member(tx, self.show.organiser_id, found, Role.MANAGER, self.clock.now())
            return found

        return member(await self.site.database.run(story), self.show.organiser_id, Role.MANAGER)

    async def agreed(self) -> Payout:
        """A payout of all there is, asked for and agreed to by the only owner."""
        await self.receivers.set(self.show.owner, self.purse, TO_BANK)
        asked = await self.desk.ask(self.show.owner, self.purse, uuid7())
        return await self.desk.approve(self.show.owner, self.show.organiser_id, asked.id, asked.amount_minor)

    async def state(self, payout: Payout) -> PayoutState:
        async with self.site.database.reading() as reader:
            found = await payouts.payout(reader, payout.id)
        assert found is not None
        return found.state


async def available(till: Till) -> None:
    till.pass_days(14 + 3 + 0.5)
    assert await till.releasing.run_due() == 1
