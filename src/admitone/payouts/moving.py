"""How a payout moves: asked, then declined or sending, then done or failed; what was done may yet come back, and has
failed then. Each move is announced.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from admitone.payouts import store
from admitone.payouts.facts import PayoutMoved
from admitone.payouts.refusals import PayoutDecided
from admitone.payouts.rows import Payout, PayoutState, Purse, Receiver
from admitone.plumbing.database import Transaction
from admitone.plumbing.journal import announce


async def ask(
    tx: Transaction,
    payout_id: UUID,
    purse: Purse,
    to: Receiver,
    amount_minor: int,
    *,
    actor: str,
    now: datetime,
) -> Payout:
    """A payout that waits for a yes. The terms are locked, and no other payout of the purse is open."""
    payout = Payout(
        id=payout_id,
        organiser_id=purse.organiser_id,
        receiver_id=to.id,
        account_id=to.account_id,
        currency=purse.currency,
        amount_minor=amount_minor,
        is_test=purse.is_test,
        state=PayoutState.ASKED,
        asked_by=actor,
        asked_at=now,
        approved_by=None,
        approved_at=None,
        provider_ref=None,
        reason=None,
        tries=0,
        next_at=None,
        ended_at=None,
    )
    await store.insert_payout(tx, payout)
    await _announce(tx, payout, actor)
    return payout


async def begin(tx: Transaction, payout: Payout, *, actor: str, now: datetime) -> Payout:
    """Somebody said yes: it is to be sent. Raises `PayoutDecided`."""
    _must_be(payout, PayoutState.ASKED)
    moved = replace(payout, state=PayoutState.SENDING, approved_by=actor, approved_at=now, next_at=now)
    return await _move(tx, moved, actor)


async def take_on(tx: Transaction, payout: Payout, *, actor: str) -> Payout:
    """Somebody asks for what was drafted by itself. Raises `PayoutDecided`."""
    _must_be(payout, PayoutState.ASKED)
    return await _move(tx, replace(payout, asked_by=actor), actor)


async def decline(tx: Transaction, payout: Payout, *, actor: str, now: datetime) -> Payout:
    """Somebody said no. Raises `PayoutDecided`."""
    _must_be(payout, PayoutState.ASKED)
    return await _move(tx, replace(payout, state=PayoutState.DECLINED, ended_at=now), actor)


async def end(
    tx: Transaction,
    payout: Payout,
    to: PayoutState,
    ref: str | None,
    reason: str | None,
    *,
    actor: str,
    now: datetime,
) -> Payout:
    """It arrived, or came back. Raises `PayoutDecided`."""
    _must_be(payout, PayoutState.SENDING)
    ended = replace(
        payout, state=to, provider_ref=ref or payout.provider_ref, reason=reason, next_at=None, ended_at=now
    )
    return await _move(tx, ended, actor)


async def come_back(
    tx: Transaction, payout: Payout, reason: str | None, *, actor: str, now: datetime
) -> Payout:
    """It had arrived, and its bank sent it back. Raises `PayoutDecided`."""
    _must_be(payout, PayoutState.DONE)
    returned = replace(payout, state=PayoutState.FAILED, reason=reason, ended_at=now)
    return await _move(tx, returned, actor)


async def postpone(
    tx: Transaction, payout: Payout, ref: str | None, reason: str | None, next_at: datetime
) -> None:
    """Still on its way; the provider is asked again then."""
    await store.move_payout(
        tx, replace(payout, provider_ref=ref or payout.provider_ref, reason=reason, next_at=next_at)
    )


def _must_be(payout: Payout, state: PayoutState) -> None:
    if payout.state is not state:
        raise PayoutDecided(state=payout.state.value)


async def _move(tx: Transaction, moved: Payout, actor: str) -> Payout:
    await store.move_payout(tx, moved)
    await _announce(tx, moved, actor)
    return moved


async def _announce(tx: Transaction, payout: Payout, actor: str) -> None:
    fact = PayoutMoved(
        subject_id=payout.id,
        organiser_id=payout.organiser_id,
        state=payout.state.value,
        currency=payout.currency,
        amount_minor=payout.amount_minor,
    )
    await announce(tx, [fact], actor)
