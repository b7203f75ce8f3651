"""An organiser sells for play money until switched live, and may go back while nothing live is on sale.

The switch is one transaction: the organiser's mode, and the offer of each event that is not over. What was sold for
play money is taken back afterwards, an order per transaction, as the reaction to `ModeSwitched`: its tickets die, its
places return to sale, and holders of free tickets are told. From the switch on no such order is placed or paid
(`events.kept_sales`).
"""

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import accounts, events, inventory, orders, payments
from admitone.events import EventState
from admitone.flows.cancel_event import end_pending
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.refund import Refunding
from admitone.flows.trial_letters import TrialLetters
from admitone.payments import Mode
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import Entry
from admitone.reads.play_money import PlaySold, dearest, live_on_sale, play_orders_left, play_sold
from admitone.values.actor import SYSTEM, Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Conflict, Problems, Refusal

BATCH: Final = 100
REASON: Final = "play_money_ended"
_TO_LIVE: Final = (EventState.DRAFT, EventState.ON_SALE, EventState.ENDED)
_TO_TEST: Final = (EventState.DRAFT,)


class NoLiveAccount(Conflict):
    """Real money needs somewhere to go."""

    code = "payment_mode.no_live_account"
    text = "No live payment account can take payments yet. Add one first; free tickets alone need none."


class CurrencyNotTaken(Conflict):
    """An event is priced in what none of the live accounts takes."""

    code = "payment_mode.currency_not_taken"
    text = "None of your live payment accounts can take {currency}, in which “{title}” is priced."


class LiveOnSale(Conflict):
    """What is on sale for real money stays so."""

    code = "payment_mode.live_on_sale"
    text = "“{title}” is on sale for real money. End its sale first, then you can go back to test mode."


@dataclass(frozen=True, slots=True)
class Switch:
    """What switching would do now. `problems` is empty when it can be done; `sold` is what would be taken back."""

    now: Mode
    to: Mode
    problems: tuple[Refusal, ...]
    sold: PlaySold


class PaymentModes:
    """Switches organisers between play money and real money."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        opened: PaymentAccounts,
        refunding: Refunding,
        letters: TrialLetters,
    ) -> None:
        self._database = database
        self._clock = clock
        self._opened = opened
        self._refunding = refunding
        self._letters = letters

    async def preview(self, actor: Actor, organiser_id: UUID, to: Mode) -> Switch:
        """What would happen. Raises `Forbidden`, `OrganiserNotFound`."""
        accounts.permit(actor, Action.MANAGE_PAYOUTS, organiser_id)
        return await self._database.run(lambda tx: self._look(tx, organiser_id, to))

    async def switch(self, actor: Actor, organiser_id: UUID, to: Mode) -> Mode:
        """Sell for this money from now on; the mode then. The same again changes nothing.

        Raises `Forbidden`, `OrganiserNotFound`, `Problems` (`NoLiveAccount`, `CurrencyNotTaken`, `LiveOnSale`).
        """
        accounts.permit(actor, Action.MANAGE_PAYOUTS, organiser_id)

        async def story(tx: Transaction) -> Mode:
            if await accounts.lock_mode(tx, organiser_id) == to:
                return to
            problems = await self._problems(tx, organiser_id, to)
            if problems:
                raise Problems(*problems)
            is_test = to is Mode.TEST
            states = _TO_TEST if is_test else _TO_LIVE
            now = self._clock.now()
            found = await events.open_events(tx, organiser_id, states, now, is_test=not is_test)
            changed = await events.sell_for(tx, organiser_id, [one.id for one in found], now, is_test=is_test)
            for one in changed:
                is_open = one.state is EventState.ON_SALE
                await inventory.open_pools(tx, one.id, one.terms_version, is_open=is_open)
            await accounts.switch_mode(tx, organiser_id, to.value, actor=actor.label)
            return to

        mode = await self._database.run(story)
        self._opened.forget()
        return mode

    async def end_play_money(self, entry: Entry) -> None:
        """The reaction to `ModeSwitched`: take back what was sold for play money of events that sell for real money."""
        organiser_id = entry.subject_id
        while True:
            async with self._database.reading() as reader:
                batch = await play_orders_left(reader, organiser_id, BATCH)
            if not batch:
                return
            for order_id in batch:
                await self._database.run(functools.partial(self._take_back, order_id))

    async def _take_back(self, order_id: UUID, tx: Transaction) -> None:
        order = (await orders.lock(tx, [order_id]))[order_id]
        if order.state == orders.OrderState.PENDING:
            await end_pending(tx, order, REASON, now=self._clock.now(), actor=SYSTEM.label)
        elif order.state == orders.OrderState.PAID:
            await self._refunding.undo(tx, order_id, reason=REASON, actor=SYSTEM.label)
            await self._letters.tell(tx, order_id)

    async def _look(self, tx: Transaction, organiser_id: UUID, to: Mode) -> Switch:
        now = Mode(await accounts.kept_mode(tx, organiser_id))
        problems = () if now is to else await self._problems(tx, organiser_id, to)
        sold = await play_sold(tx, organiser_id, self._clock.now())
        return Switch(now, to, tuple(problems), sold)

    async def _problems(self, tx: Transaction, organiser_id: UUID, to: Mode) -> Sequence[Refusal]:
        if to is Mode.TEST:
            titles = await live_on_sale(tx, organiser_id)
            return [LiveOnSale(title=titles[0])] if titles else []
        priced = await dearest(tx, organiser_id, self._clock.now())
        if not priced:
            return []
        live = await self._opened.for_sale_in(tx, organiser_id, is_test=False)
        if not live:
            return [NoLiveAccount()]
        first: Counter[str] = Counter()
        problems: list[Refusal] = []
        for one in priced:
            if not payments.choices(live, one.currency, one.amount_minor) and not first[one.currency]:
                problems.append(CurrencyNotTaken(currency=one.currency, title=one.title))
                first[one.currency] += 1
        return problems
