"""What news of the chain change: new credits, those that are final now, those that are so no longer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin.chain.credits import (
    DEEP,
    Credit,
    CreditState,
    Tiers,
    Undone,
    UndoneState,
    stand,
    undone_ref,
)
from admitone.payments.bitcoin.chain.port import News, Output, Standing, Tip
from admitone.payments.bitcoin.quotes import MSAT_PER_SAT, Price, minor_of, worth_of
from admitone.payments.bitcoin.store import Request

# What the network has forgotten for so long, though we told it of it again and again, will not come.
FORGOTTEN_AFTER: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before. `asked` are requests by attempt, `addressed` those whose addresses the news name;
    `undone_times` says how often a credit was undone; the chain had been read at `read_at`, up to `read_tip`.
    """

    account_id: UUID
    credits: Sequence[Credit]
    asked: Mapping[UUID, Request]
    addressed: Mapping[str, Request]
    undone: Sequence[Undone]
    undone_times: Mapping[str, int]
    read_at: datetime
    read_tip: Tip

    def is_open(self, credit: Credit) -> bool:
        """It is still looked at."""
        if any((one.txid, one.vout) == (credit.txid, credit.vout) for one in self.undone):
            return True
        return credit.deep_at is None and credit.state is not CreditState.GONE

    def seen_at(self, received_at: datetime, now: datetime) -> datetime:
        """When we first heard of it: when the node did, if we were away then. Before the last look it was not there."""
        return min(now, max(received_at, self.read_at))

    def is_late(self, request: Request, received_at: datetime, now: datetime) -> bool:
        """It came when its quote had ended."""
        return self.seen_at(received_at, now) >= request.expires_at


@dataclass(frozen=True, slots=True)
class Applied:
    """What is to be written: credits that are new (`change_no` 0) or changed, and what was undone or decided.

    `resend` are transactions the network should hear of again.
    """

    credits: Sequence[Credit]
    undone: Sequence[Undone]
    resend: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing happened."""
        return not self.credits and not self.undone


def apply(
    known: Known,
    news: News,
    standings: Mapping[str, Standing],
    prices: Mapping[str, Price],
    tiers: Tiers,
    now: datetime,
) -> Applied:
    """What the news change."""
    named = {one.outpoint: one for one in news.outputs}
    told = {**standings, **{one.txid: one.standing for one in news.outputs}}
    before = {one.outpoint: one for one in known.credits}
    after = {one.outpoint: _stood(one, told) for one in known.credits}
    for outpoint, output in named.items():
        request = known.addressed.get(output.address)
        if outpoint not in after and request is not None and not output.standing.is_replaced:
            after[outpoint] = _new(known, output, request, tiers, now)
    after = {key: _priced(one, known, prices) for key, one in after.items()}
    undone = _undo(known, before, after, told, news.tip, now)
    _finish(known, after, news.tip, now)
    changed = [one for key, one in after.items() if before.get(key) != one]
    resend = {
        one.txid
        for one in undone
        if one.state is UndoneState.OPEN and after[f"{one.txid}:{one.vout}"].state is CreditState.WAITS
    }
    decided = [one for one in undone if one not in known.undone]
    return Applied(changed, decided, sorted(resend) if news.tip != known.read_tip else ())


def _stood(credit: Credit, told: Mapping[str, Standing]) -> Credit:
    standing = told.get(credit.txid)
    return credit if standing is None else stand(credit, standing)


def _new(known: Known, output: Output, request: Request, tiers: Tiers, now: datetime) -> Credit:
    amount_msat = output.amount_sat * MSAT_PER_SAT
    waiting = Credit(
        account_id=known.account_id,
        txid=output.txid,
        vout=output.vout,
        attempt_id=request.attempt_id,
        address=output.address,
        amount_msat=amount_msat,
        depth=tiers.depth(max(amount_msat, request.amount_msat)),
        state=CreditState.WAITS,
        block_hash=None,
        height=None,
        seen_at=known.seen_at(output.received_at, now),
        is_late=known.is_late(request, output.received_at, now),
        late_price=None,
        worth_minor=None,
        final_at=None,
        deep_at=None,
        given_to=None,
    )
    return stand(waiting, output.standing)


def _priced(credit: Credit, known: Known, prices: Mapping[str, Price]) -> Credit:
    price = prices.get(known.asked[credit.attempt_id].currency) if credit.lacks_price else None
    return credit if price is None else replace(credit, late_price=price.price)


def _undo(
    known: Known,
    before: Mapping[str, Credit],
    after: dict[str, Credit],
    told: Mapping[str, Standing],
    tip: Tip,
    now: datetime,
) -> list[Undone]:
    """What is final no longer, in `after`; what was taken back from somebody's attempt, or decided, or still waits."""
    left = {f"{one.txid}:{one.vout}": one for one in known.undone}
    found = []
    for outpoint, credit in after.items():
        if credit.final_at is None:
            continue
        open_ = left.get(outpoint)
        if credit.is_enough(tip.height):
            if open_ is not None:
                found.append(replace(open_, state=UndoneState.WON, changed_at=now))
        elif open_ is not None:
            standing = told.get(credit.txid, Standing())
            found.append(_decided(open_, credit, standing, now))
        elif credit.given_to is None:
            # Nobody has counted on it.
            after[outpoint] = replace(credit, final_at=None, worth_minor=None, deep_at=None)
        else:
            ref = undone_ref(credit, before[outpoint].block_hash, known.undone_times.get(outpoint, 0))
            opened = Undone(known.account_id, ref, credit.txid, credit.vout, UndoneState.OPEN, now, now)
            after[outpoint] = replace(credit, deep_at=None)
            found.append(_decided(opened, credit, told.get(credit.txid, Standing()), now))
    return found


def _decided(undone: Undone, credit: Credit, standing: Standing, now: datetime) -> Undone:
    """It is lost when what replaced it is as sure as it had to be itself, or when nobody remembers it."""
    is_forgotten = credit.state is not CreditState.MINED and now - undone.opened_at >= FORGOTTEN_AFTER
    if standing.lost_by >= credit.depth or is_forgotten:
        return replace(undone, state=UndoneState.LOST, changed_at=now)
    return undone


def _finish(known: Known, after: dict[str, Credit], tip: Tip, now: datetime) -> None:
    """Those that are final now, oldest first: what each is worth, and which settles its request's own attempt."""
    for outpoint in sorted(after, key=lambda key: after[key].order):
        credit = after[outpoint]
        if credit.final_at is None and credit.is_enough(tip.height) and not credit.lacks_price:
            request = known.asked[credit.attempt_id]
            beside = [one for one in after.values() if one.attempt_id == credit.attempt_id]
            is_first = not any(one.given_to == credit.attempt_id for one in beside)
            worth_minor = worth(credit, request, beside)
            after[outpoint] = credit = replace(
                credit,
                worth_minor=worth_minor,
                final_at=now,
                given_to=credit.attempt_id if is_first and worth_minor else None,
            )
        is_deep = credit.confirmations(tip.height) >= max(DEEP, credit.depth)
        if credit.final_at is not None and credit.deep_at is None and is_deep:
            after[outpoint] = replace(credit, deep_at=now)


def worth(credit: Credit, request: Request, beside: Sequence[Credit]) -> int:
    """What it is worth in minor units: at the quote's price what it adds to what came before it, so that parts that
    make up what was asked make up the price; late, at the price of when it came.
    """
    if credit.late_price is not None:
        return worth_of(credit.amount_msat, request.currency, credit.late_price)
    asked = (request.amount_minor, request.currency)
    already = sum(
        one.amount_msat
        for one in beside
        if one.final_at is not None and not one.is_late and one.state is not CreditState.GONE
    )

    def in_all(msat: int) -> int:
        return minor_of(msat, request.amount_msat, *asked, request.price) if msat else 0

    return in_all(already + credit.amount_msat) - in_all(already)
