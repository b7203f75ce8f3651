"""THE TABLE: which fact causes what. Every reaction is a job of its own, retried alone, taking effect once.

How "once" holds for each is said beside it: a letter by its unique cause, a settlement because old news changes
nothing, a refund by its key at the provider.
"""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from admitone import accounts, events, messaging, orders, payments, payouts, tickets
from admitone.flows.cancel_event import EventCancelling
from admitone.flows.documents import NoTickets
from admitone.flows.order_letters import OrderLetters
from admitone.flows.settlement import Settlement
from admitone.flows.tell_moved import MoveTelling
from admitone.flows.write_holders import Circulars
from admitone.payments import About
from admitone.payments.bitcoin import DestinationNamed, DestinationWanted, PartArrived
from admitone.payments.credit import CreditGiven
from admitone.payments.nwc import PayAtOnceWished, WalletPaymentMoved
from admitone.plumbing import journal
from admitone.plumbing.database import Database
from admitone.plumbing.jobs import Reaction
from admitone.plumbing.journal import Entry, Fact

React = Callable[[Entry], Awaitable[None]]


class NoticeAhead(Exception):
    """A notice about a payment we cannot find yet: its attempt is still being recorded. The job is tried again."""


class Reactions:
    """Runs one reaction to one fact, as the worker's jobs ask for it. `more` are those of the flows of money.

    `asking` is who asks when a provider spoke of something else than a payment, by what it spoke of.
    """

    def __init__(
        self,
        database: Database,
        settlement: Settlement,
        letters: OrderLetters,
        cancelling: EventCancelling,
        telling: MoveTelling,
        circulars: Circulars,
        *,
        more: Mapping[str, React],
        asking: Mapping[str, React],
    ) -> None:
        self._database = database
        self._settlement = settlement
        self._letters = letters
        self._cancelling = cancelling
        self._telling = telling
        self._circulars = circulars
        self._asking = asking
        self._run: dict[str, React] = {
            "send_tickets": self._send_tickets,
            "ask_provider": self._ask_provider,
            "tell_refunded": self._tell_refunded,
            "tell_how_to_pay": self._tell_how_to_pay,
            "tell_part": self._tell_part,
            "refund_event": self._refund_event,
            "tell_taken_back": self._tell_taken_back,
            "tell_moved": self._tell_moved,
            "send_circular": self._send_circular,
            **more,
        }
        wanted = {name for names in REACTIONS.values() for name in names}
        assert wanted == set(self._run), "every reaction of the table is here, and no other"

    async def react(self, reaction: Reaction) -> None:
        """Run the reaction. Raises whatever stops it: the job is then tried again."""
        async with self._database.reading() as reader:
            entry = await journal.read_one(reader, reaction.fact_id)
        assert entry is not None, "a job names a fact that is in the journal"
        await self._run[reaction.name](entry)

    async def _send_tickets(self, entry: Entry) -> None:
        try:
            await self._letters.tickets(entry.subject_id, f"paid:{entry.subject_id}")
        except NoTickets:
            return  # all were passed on before the letter was written

    async def _ask_provider(self, entry: Entry) -> None:
        fact = entry.read_as(payments.ProviderSpoke)
        if fact.about in self._asking:
            await self._asking[fact.about](entry)
        elif fact.about == About.PAYMENT and not await self._settlement.ask_by_ref(
            fact.account_id, fact.provider_ref
        ):
            raise NoticeAhead(fact.provider_ref)

    async def _tell_refunded(self, entry: Entry) -> None:
        await self._letters.refunded(entry.read_as(payments.RefundDone), f"refunded:{entry.subject_id}")

    async def _tell_how_to_pay(self, entry: Entry) -> None:
        await self._letters.how_to_pay(entry.subject_id, f"how_to_pay:{entry.subject_id}")

    async def _tell_part(self, entry: Entry) -> None:
        fact = entry.read_as(PartArrived)
        await self._letters.part_arrived(fact.order_id, f"part_arrived:{entry.subject_id}")

    async def _tell_taken_back(self, entry: Entry) -> None:
        reversal_id = UUID(entry.body["reversal_id"])
        await self._letters.taken_back(reversal_id, f"taken_back:{reversal_id}")

    async def _refund_event(self, entry: Entry) -> None:
        await self._cancelling.react(entry.subject_id)

    async def _tell_moved(self, entry: Entry) -> None:
        await self._telling.tell(entry.read_as(events.EventMoved).move_id)

    async def _send_circular(self, entry: Entry) -> None:
        await self._circulars.deliver(entry.subject_id)


REACTIONS: dict[str, tuple[str, ...]] = {
    orders.OrderPaid.kind: ("send_tickets", "write_documents"),
    orders.TicketsCancelled.kind: ("tell_taken_back", "write_documents"),
    orders.TicketsExchanged.kind: ("write_documents",),
    orders.AmountGivenBack.kind: ("tell_taken_back", "write_documents"),
    orders.OrderCancelled.kind: ("write_documents",),
    payments.ProviderSpoke.kind: ("ask_provider",),
    CreditGiven.kind: ("tell_credit",),
    accounts.ApprovalAsked.kind: ("tell_approval",),
    accounts.ModeSwitched.kind: ("end_play_money",),
    accounts.WalletKeyLinked.kind: ("tell_wallet_linked",),
    accounts.WalletKeyRemoved.kind: ("tell_wallet_removed",),
    accounts.WalletKeysRemoved.kind: ("tell_wallet_removed",),
    payments.MoneyExpected.kind: ("tell_how_to_pay",),
    payments.ReceiverWanted.kind: ("ask_receiver",),
    PartArrived.kind: ("tell_part",),
    DestinationWanted.kind: ("ask_destination",),
    DestinationNamed.kind: ("send_to_destination",),
    PayAtOnceWished.kind: ("pay_at_once",),
    WalletPaymentMoved.kind: ("offer_by_uma",),
    payouts.TermsChanged.kind: ("tell_payout_terms",),
    payments.DisputeMoved.kind: ("tell_dispute",),
    payments.RefundDone.kind: ("tell_refunded",),
    events.EventCancelled.kind: ("refund_event",),
    events.EventMoved.kind: ("tell_moved",),
    tickets.TicketPassedOn.kind: ("tell_passed_on",),
    tickets.PassedOnTicketGone.kind: ("tell_owner_gone",),
    messaging.CircularWritten.kind: ("send_circular",),
}


def fact_kinds() -> dict[str, type[Fact]]:
    """Every fact there is, by kind. A kind that is not here is poison to the relay."""
    known: dict[str, type[Fact]] = {}
    waiting: list[type[Fact]] = [Fact]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if "__slots__" not in vars(kind):
                continue  # what a dataclass was before it got its slots: a shell of the same name
            waiting.append(kind)
            assert known.setdefault(kind.kind, kind) is kind, f"two facts of kind {kind.kind}"
    return known
