"""Payouts to organisers: asked for, agreed to by a second member, sent once, and known to have arrived or come back.

The payout's id is the key at the provider. What it takes leaves `available` with the yes; whoever sends it may die at
any moment, since the next one asks the provider what became of it before sending it with the same key. Whatever takes
from what is available has locked the organiser's terms, so no two yeses spend the same money.
"""

from datetime import timedelta
from uuid import UUID

import structlog

from admitone import accounts, ledger, payments, payouts
from admitone.flows.approvals import Approvals
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import NOT_FOUND, OpenAccount, PayoutAsk, PayoutOutcome, PayoutStatus, PaysOut, Run
from admitone.payouts import Payout, PayoutState, Purse, Receiver, Terms
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.reads.payable import disputed_share, money_of_events
from admitone.values import formats
from admitone.values.actor import Action, Actor, Role
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
DISPUTES_WITHIN = timedelta(days=90)
DISPUTES_LEAST = 3
DISPUTES_MOST_BPS = 100
AGAIN_FIRST = timedelta(seconds=30)
AGAIN_LAST = timedelta(hours=1)
TURNS = 50
# Who asked for a payout that was drafted by the timetable.
DRAFTED_BY = "system"
MAY_RETURN = timedelta(days=45)


class PayingOut:
    """Asks, agrees, sends."""

    def __init__(
        self, database: Database, clock: Clock, accounts: PaymentAccounts, approvals: Approvals
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._approvals = approvals

    async def ask(
        self, actor: Actor, purse: Purse, payout_id: UUID, amount_minor: int | None = None
    ) -> Payout:
        """Ask for a payout of all that is available, or of so much; the same id again is the same payout.

        Raises `Forbidden`, `NoReceiver`, `ReceiverNotVerified`, `PayoutsPaused`, `TooManyDisputes`, `PayoutOpen`,
        `TooLittle`.
        """
        accounts.permit(actor, Action.MANAGE_PAYOUTS, purse.organiser_id)

        async def story(tx: Transaction) -> Payout:
            terms = await payouts.lock_terms(tx, purse.organiser_id)
            known = await payouts.payout(tx, payout_id)
            if known is not None:
                return _own(known, purse.organiser_id)
            return await self.ask_within(tx, terms, purse, payout_id, amount_minor, actor.label)

        return await self._database.run(story)

    async def ask_within(
        self, tx: Transaction, terms: Terms, purse: Purse, payout_id: UUID, amount_minor: int | None, by: str
    ) -> Payout:
        """As `ask`, in a transaction that has locked the terms, for whoever may."""
        to = await self._receiver(tx, terms, purse)
        if await payouts.open_payout(tx, purse) is not None:
            raise payouts.PayoutOpen(currency=purse.currency)
        available = await available_minor(tx, purse)
        wanted = available if amount_minor is None else amount_minor
        if not terms.minimum(purse.currency) <= wanted <= available:
            raise _too_little(available, terms, purse)
        return await payouts.ask(tx, payout_id, purse, to, wanted, actor=by, now=self._clock.now())

    async def ask_again(self, actor: Actor, organiser_id: UUID, failed_id: UUID, payout_id: UUID) -> Payout:
        """Ask anew for what did not arrive, to where payouts go now; the same id again is the same payout.

        Raises as `ask`, and `PayoutNotFound`, `PayoutDecided` (it did not fail).
        """
        accounts.permit(actor, Action.MANAGE_PAYOUTS, organiser_id)
        async with self._database.reading() as reader:
            failed = _own(await payouts.payout(reader, failed_id), organiser_id)
        if failed.state is not PayoutState.FAILED:
            raise payouts.PayoutDecided(state=failed.state.value)
        return await self.ask(actor, failed.purse, payout_id, failed.amount_minor)

    async def _receiver(self, reader: Reader, terms: Terms, purse: Purse) -> Receiver:
        now = self._clock.now()
        found = next(
            (
                one
                for one in await payouts.receivers(reader, purse.organiser_id)
                if (one.currency, one.is_test) == (purse.currency, purse.is_test)
            ),
            None,
        )
        if found is None:
            raise payouts.NoReceiver(currency=purse.currency)
        if found.verified_at is None:
            raise payouts.ReceiverNotVerified(currency=purse.currency)
        if terms.paused_until is not None and terms.paused_until > now:
            raise payouts.PayoutsPaused(until=f"{terms.paused_until:%Y-%m-%d %H:%M} UTC")
        paid, disputed = await disputed_share(reader, purse.organiser_id, now - DISPUTES_WITHIN)
        if disputed >= DISPUTES_LEAST and disputed * 10_000 > paid * DISPUTES_MOST_BPS:
            raise payouts.TooManyDisputes
        return found

    async def approve(
        self, actor: Actor, organiser_id: UUID, payout_id: UUID, typed_minor: int | None = None
    ) -> Payout:
        """Say yes: it is sent. An owner or manager who did not ask; who is alone may agree to their own by typing the
        sum again, unless it is above the organiser's limit. A drafted payout above the limit needs two: the first
        takes it on as if they had asked. Again changes nothing.

        Raises as `ask`, and `PayoutNotFound`, `PayoutDecided`, `NeedsAnother`, `WrongSum`, `ReceiverReplaced`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> Payout:
            terms = await payouts.lock_terms(tx, organiser_id)
            payout = _own(await payouts.lock_payout(tx, payout_id), organiser_id)
            if payout.state is PayoutState.SENDING and payout.approved_by == actor.label:
                return payout
            if payout.state is not PayoutState.ASKED:
                raise payouts.PayoutDecided(state=payout.state.value)
            if payout.asked_by == actor.label:
                await self._may_agree_alone(tx, actor, payout, typed_minor)
            elif payout.asked_by == DRAFTED_BY and await self._is_above_limit(tx, payout):
                # Nobody has asked for it yet: above the limit the first yes does, and a second member's sends it.
                return await payouts.take_on(tx, payout, actor=actor.label)
            to = await self._receiver(tx, terms, payout.purse)
            if to.id != payout.receiver_id:
                raise payouts.ReceiverReplaced
            available = await available_minor(tx, payout.purse)
            if payout.amount_minor > available:
                raise _too_little(available, terms, payout.purse)
            begun = await payouts.begin(tx, payout, actor=actor.label, now=self._clock.now())
            moved = ledger.payout_begun(
                payout_id=payout.id,
                organiser_id=organiser_id,
                currency=payout.currency,
                amount_minor=payout.amount_minor,
                is_test=payout.is_test,
            )
            await ledger.post(tx, moved)
            return begun

        return await self._database.run(story)

    async def _may_agree_alone(
        self, reader: Reader, actor: Actor, payout: Payout, typed_minor: int | None
    ) -> None:
        team = await accounts.members(reader, payout.organiser_id)
        others = [
            one for one in team if one.person_id != actor.person_id and one.role in (Role.OWNER, Role.MANAGER)
        ]
        if others or await self._is_above_limit(reader, payout):
            raise payouts.NeedsAnother
        if typed_minor != payout.amount_minor:
            raise payouts.WrongSum(
                field="amount", amount=formats.money(payout.amount_minor, payout.currency, in_full=True)
            )

    async def _is_above_limit(self, reader: Reader, payout: Payout) -> bool:
        return await self._approvals.needs_yes(
            reader, payout.organiser_id, payout.currency, payout.amount_minor, "payout"
        )

    async def decline(self, actor: Actor, organiser_id: UUID, payout_id: UUID) -> Payout:
        """Say no, or take it back. Raises `Forbidden`, `PayoutNotFound`, `PayoutDecided`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> Payout:
            payout = _own(await payouts.lock_payout(tx, payout_id), organiser_id)
            return await payouts.decline(tx, payout, actor=actor.label, now=self._clock.now())

        return await self._database.run(story)

    async def send_due(self) -> int:
        """Send what was agreed to, and ask again about what nobody knows; how many were asked about."""
        for done in range(TURNS):
            if not await self._send_one():
                return done
        return TURNS

    async def _send_one(self) -> bool:
        now = self._clock.now()
        payout = await self._database.run(lambda tx: payouts.claim_due(tx, now, now + AGAIN_FIRST))
        if payout is None:
            return False
        await hit("payout.after_claim")
        assert payout.account_id is not None, "only those that go by a provider are due"
        opened = await self._accounts.find(payout.account_id)
        role = None if opened is None else opened.provider.roles.pays_out
        async with self._database.reading() as reader:
            to = await payouts.receiver(reader, payout.receiver_id)
        assert to is not None, "a payout names a receiver"
        assert to.to_ref is not None, "that is known at its provider"
        if opened is None or role is None:
            status = PayoutStatus(PayoutOutcome.LATER, reason="account_away")
        else:
            status = await _send(role, payout, to.to_ref)
        await hit("payout.after_provider")
        await self._database.run(lambda tx: self._apply(tx, payout.id, status, is_look=False))
        return True

    async def spoken_of(self, entry: journal.Entry) -> None:
        """A provider spoke of a payout: it is asked what became of it. One whose name there is not known yet is asked
        about by the timetable.
        """
        fact = entry.read_as(payments.ProviderSpoke)
        async with self._database.reading() as reader:
            found = await payouts.by_refs(reader, fact.account_id, [fact.provider_ref]) or {}
        opened = await self._accounts.find(fact.account_id)
        role = None if opened is None else opened.provider.roles.pays_out
        if fact.provider_ref in found and role is not None:
            payout_id = found[fact.provider_ref]
            await self.apply(payout_id, await role.payout_status(payout_id, fact.provider_ref))

    async def ask_recent(self, opened: OpenAccount, run: Run) -> int:
        """Ask about every payout from this account that arrived not long ago: banks send some back. How many."""
        role, asked, after = opened.provider.roles.pays_out, 0, UUID(int=0)
        since = run.until - MAY_RETURN
        while role is not None:
            async with self._database.reading() as reader:
                page = await payouts.done_since(reader, opened.account.id, since, after, TURNS)
            if not page:
                break
            for payout in page:
                await self.apply(payout.id, await role.payout_status(payout.id, payout.provider_ref))
            asked, after = asked + len(page), page[-1].id
        return asked

    async def apply(self, payout_id: UUID, status: PayoutStatus) -> None:
        """What a provider says it sees of a payout is so. One that had arrived can come back; beyond that, of one that
        has ended, nothing changes.
        """
        await self._database.run(lambda tx: self._apply(tx, payout_id, status, is_look=True))

    async def _apply(self, tx: Transaction, payout_id: UUID, status: PayoutStatus, *, is_look: bool) -> None:
        """`is_look`: the provider was asked what became of it. A no to sending it is not about one that was sent."""
        payout = await payouts.lock_payout(tx, payout_id)
        if payout is None:
            return
        if payout.state is PayoutState.SENDING:
            await self._move(tx, payout, status)
        elif payout.state is PayoutState.DONE and status.outcome is PayoutOutcome.FAILED and is_look:
            await self._come_back(tx, payout, status.reason, "system")
        await hit("payout.before_commit")

    async def _move(self, tx: Transaction, payout: Payout, status: PayoutStatus) -> None:
        now, ref, reason = self._clock.now(), status.provider_ref, status.reason
        if status.outcome is PayoutOutcome.DONE:
            await self._arrived(tx, payout, ref, "system")
        elif status.outcome is PayoutOutcome.FAILED:
            await payouts.end(tx, payout, PayoutState.FAILED, ref, reason, actor="system", now=now)
            back = ledger.payout_back(
                payout_id=payout.id,
                organiser_id=payout.organiser_id,
                currency=payout.currency,
                amount_minor=payout.amount_minor,
                is_test=payout.is_test,
            )
            await ledger.post(tx, back)
        else:
            again = min(AGAIN_FIRST * 2 ** min(payout.tries, 10), AGAIN_LAST)
            await payouts.postpone(tx, payout, ref, reason or status.outcome.value, now + again)

    async def _come_back(self, tx: Transaction, payout: Payout, reason: str | None, actor: str) -> Payout:
        failed = await payouts.come_back(tx, payout, reason, actor=actor, now=self._clock.now())
        back = ledger.payout_returned(
            payout_id=payout.id,
            books=await _books(tx, payout),
            organiser_id=payout.organiser_id,
            currency=payout.currency,
            amount_minor=payout.amount_minor,
            is_test=payout.is_test,
        )
        await ledger.post(tx, back)
        return failed

    async def _arrived(self, tx: Transaction, payout: Payout, ref: str | None, actor: str) -> Payout:
        done = await payouts.end(tx, payout, PayoutState.DONE, ref, None, actor=actor, now=self._clock.now())
        moved = ledger.payout_arrived(
            payout_id=payout.id,
            books=await _books(tx, payout),
            currency=payout.currency,
            amount_minor=payout.amount_minor,
            is_test=payout.is_test,
        )
        await ledger.post(tx, moved)
        return done

    async def mark_sent(self, payout_id: UUID, by: str) -> Payout:
        """A person has sent it from the site's bank account. Again changes nothing.

        Raises `PayoutNotFound`, `PayoutDecided`.
        """

        async def story(tx: Transaction) -> Payout:
            payout = await payouts.lock_payout(tx, payout_id)
            if payout is None or payout.account_id is not None:
                raise payouts.PayoutNotFound
            if payout.state is PayoutState.DONE:
                return payout
            if payout.state is not PayoutState.SENDING:
                raise payouts.PayoutDecided(state=payout.state.value)
            return await self._arrived(tx, payout, None, by)

        return await self._database.run(story)


async def _books(reader: Reader, payout: Payout) -> str | None:
    """What the ledger calls the account it is sent from; None: the site's own bank account."""
    if payout.account_id is None:
        return None
    account = await payments.find_account(reader, payout.account_id)
    assert account is not None, "a payout names an account that is there"
    return payments.books_of(account.provider, account.id)


async def _send(role: PaysOut, payout: Payout, to_ref: str) -> PayoutStatus:
    """Send it, once: what was asked before is looked for first."""
    if payout.tries > 1:
        known = await role.payout_status(payout.id, payout.provider_ref)
        if known.outcome is not PayoutOutcome.UNKNOWN or known.reason != NOT_FOUND:
            return known
    return await role.pay_out(
        PayoutAsk(payout.id, to_ref, payout.currency, payout.amount_minor, f"Payout {payout.id}")
    )


async def available_minor(reader: Reader, purse: Purse) -> int:
    """What can be paid out, in minor units; negative when refunds took more than there was.

    What refunds and disputes took since an event's money became available is not there any more, although it is set
    off later (`release_balances.py`): nobody takes money back and is paid it in the same hour.
    """
    name = f"organiser:{purse.organiser_id}:available"
    minor = await ledger.balance(reader, name, purse.currency, is_test=purse.is_test)
    later = sum(
        one.earned_left_minor + one.tax_left_minor
        for one in await money_of_events(reader, purse.organiser_id)
        if one.number > 0 and (one.currency, one.is_test) == (purse.currency, purse.is_test)
    )
    return minor + min(later, 0)


def _own(payout: Payout | None, organiser_id: UUID) -> Payout:
    if payout is None or payout.organiser_id != organiser_id:
        raise payouts.PayoutNotFound
    return payout


def _too_little(available: int, terms: Terms, purse: Purse) -> payouts.TooLittle:
    return payouts.TooLittle(
        available=formats.money(available, purse.currency),
        minimum=formats.money(terms.minimum(purse.currency), purse.currency),
    )
