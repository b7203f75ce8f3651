"""What news of the chain change: new credits, those that are final now, those that are so no longer. Pure.

At which rate a credit counts, once it is in a block (bitcoin itself, where an order is priced in it, has no rate):

| seen | in a block | it is worth |
|---|---|---|
| before its quote ended | within `MINED_WITHIN` of that | what the quote says |
| before its quote ended | later | what it is worth then, but no more than what the quote says |
| after its quote ended | whenever | what it is worth then |

So nobody gains by waiting: not with the code, and not with a transaction that a small fee keeps out of blocks. One that
replaces another and pays no more to the same address was seen when that one was: it has a better fee, no other purpose.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin.chain.credits import (
    DEEP,
    MINED_WITHIN,
    Credit,
    CreditState,
    Tiers,
    Undone,
    UndoneState,
    stand,
    undone_ref,
)
from admitone.payments.bitcoin.chain.port import News, Output, Standing, Tip
from admitone.payments.bitcoin.quotes import Price, minor_of, msat_of, worth_of
from admitone.payments.bitcoin.store import Request
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT

# What the network has forgotten for so long, though we told it of it again and again, will not come.
FORGOTTEN_AFTER: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before. `asked` are requests by attempt, `addressed` those whose addresses the news name;
    `undone_times` says how often a credit was undone; the chain had been read at `read_at`, up to `read_tip`. `lost`
    are the outpoints of what the network took back for good.
    """

    account_id: UUID
    credits: Sequence[Credit]
    asked: Mapping[UUID, Request]
    addressed: Mapping[str, Request]
    undone: Sequence[Undone]
    undone_times: Mapping[str, int]
    read_at: datetime
    read_tip: Tip
    lost: Collection[str] = ()

    def undone_outpoints(self) -> set[str]:
        """The outpoints of `undone`."""
        return {f"{one.txid}:{one.vout}" for one in self.undone}

    def is_open(self, credit: Credit, undone: Collection[str]) -> bool:
        """It is still looked at; `undone` are the `undone_outpoints`."""
        if credit.outpoint in undone:
            return True
        is_over = credit.state is CreditState.GONE or credit.outpoint in self.lost
        return credit.deep_at is None and not is_over

    def seen_at(self, received_at: datetime, now: datetime) -> datetime:
        """When we first heard of it: when the node did, if we were away then. Before the last look it was not there."""
        return min(now, max(received_at, self.read_at))


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
    told = _told(news, standings)
    before = {one.outpoint: one for one in known.credits}
    after = _stand_all(known, news, told, tiers, now)
    after = {key: _priced(one, known, prices) for key, one in after.items()}
    undone = _undo(known, before, after, told, news.tip, now)
    _finish(known, after, news.tip, now)
    changed = [one for key, one in after.items() if before.get(key) != one]
    resend = {
        one.txid
        for one in undone
        if one.state is UndoneState.OPEN and after[f"{one.txid}:{one.vout}"].state is CreditState.WAITS
    }
    open_before = set(known.undone)
    decided = [one for one in undone if one not in open_before]
    return Applied(changed, decided, sorted(resend) if news.tip != known.read_tip else ())


def lacking_prices(
    known: Known, news: News, standings: Mapping[str, Standing], tiers: Tiers, now: datetime
) -> set[str]:
    """The currencies in which the price of now decides what something is worth."""
    after = _stand_all(known, news, _told(news, standings), tiers, now)
    return {known.asked[one.attempt_id].currency for one in after.values() if one.lacks_price}


def _told(news: News, standings: Mapping[str, Standing]) -> dict[str, Standing]:
    return {**standings, **{one.txid: one.standing for one in news.outputs}}


def _stand_all(
    known: Known, news: News, told: Mapping[str, Standing], tiers: Tiers, now: datetime
) -> dict[str, Credit]:
    """Those known and those new, by outpoint, as their transactions stand."""
    after = {one.outpoint: _stood(one, known, told, now) for one in known.credits}
    gone: dict[UUID, list[Credit]] = {}
    for one in after.values():
        if one.state is CreditState.GONE:
            gone.setdefault(one.attempt_id, []).append(one)
    replaced = {attempt_id: _Replaced(these) for attempt_id, these in gone.items()}
    for output in news.outputs:
        request = known.addressed.get(output.address)
        if output.outpoint not in after and request is not None and not output.standing.is_replaced:
            before = replaced.get(request.attempt_id)
            after[output.outpoint] = _new(known, output, request, before, tiers, now)
    return after


class _Replaced:
    """What was replaced of one request: when so much, or more, was first seen. There may be thousands."""

    def __init__(self, gone: Sequence[Credit]) -> None:
        these = sorted(gone, key=lambda one: one.amount_msat)
        self._amounts = [one.amount_msat for one in these]
        self._first = [one.seen_at for one in these]
        for at in range(len(these) - 2, -1, -1):
            self._first[at] = min(self._first[at], self._first[at + 1])

    def first_seen(self, amount_msat: int, otherwise: datetime) -> datetime:
        """When so much was seen first, if that was before `otherwise`."""
        at = bisect_left(self._amounts, amount_msat)
        return min(self._first[at], otherwise) if at < len(self._first) else otherwise


def _stood(credit: Credit, known: Known, told: Mapping[str, Standing], now: datetime) -> Credit:
    standing = told.get(credit.txid)
    if standing is None:
        return credit
    after = stand(credit, standing)
    if credit.final_at is not None or after.block_hash == credit.block_hash:
        return after
    return _dated(after, known.asked[credit.attempt_id], standing, now)


def _dated(credit: Credit, request: Request, standing: Standing, now: datetime) -> Credit:
    """Whether the rate it was asked at holds for it. Out of its block again, nothing is decided."""
    is_late = credit.seen_at >= request.expires_at
    if credit.state is not CreditState.MINED:
        return replace(credit, is_late=is_late, late_price=None)
    mined_at = min(now, standing.mined_at or now)
    is_late = is_late or mined_at >= credit.seen_at + MINED_WITHIN
    return replace(credit, is_late=is_late, late_price=credit.late_price if is_late else None)


def _new(
    known: Known, output: Output, request: Request, replaced: _Replaced | None, tiers: Tiers, now: datetime
) -> Credit:
    amount_msat = output.amount_sat * MSAT_PER_SAT
    seen_at = known.seen_at(output.received_at, now)
    if replaced is not None:
        seen_at = replaced.first_seen(amount_msat, seen_at)
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
        seen_at=seen_at,
        is_late=False,
        late_price=None,
        worth_minor=None,
        final_at=None,
        deep_at=None,
        given_to=None,
    )
    return _dated(stand(waiting, output.standing), request, output.standing, now)


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
        if credit.final_at is None or outpoint in known.lost:
            # What is lost is lost once: it was booked, and is not given back when it is mined after all.
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
            undecided = replace(credit, final_at=None, worth_minor=None, deep_at=None)
            said, asked = told.get(credit.txid), known.asked[credit.attempt_id]
            after[outpoint] = undecided if said is None else _dated(undecided, asked, said, now)
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
    # A block may bring thousands, all of them for one request if somebody wants that: no two are ever compared.
    so_far: dict[UUID, _SoFar] = {}
    for credit in after.values():
        so_far.setdefault(credit.attempt_id, _SoFar()).take(credit, known.asked[credit.attempt_id])
    for outpoint in sorted(after, key=lambda key: after[key].order):
        credit = after[outpoint]
        if credit.final_at is None and credit.is_enough(tip.height) and not credit.lacks_price:
            request = known.asked[credit.attempt_id]
            before = so_far[credit.attempt_id]
            is_first = not before.has_settled
            worth_minor = worth(credit, request, before.msat)
            after[outpoint] = credit = replace(
                credit,
                worth_minor=worth_minor,
                final_at=now,
                given_to=credit.attempt_id if is_first and worth_minor else None,
            )
            before.take(credit, request)
        is_deep = credit.confirmations(tip.height) >= max(DEEP, credit.depth)
        if credit.final_at is not None and credit.deep_at is None and is_deep:
            after[outpoint] = replace(credit, deep_at=now)


@dataclass(slots=True)
class _SoFar:
    """What is final for one request: how much of it counts at the quote's price, and whether its attempt is settled."""

    msat: int = 0
    has_settled: bool = False

    def take(self, credit: Credit, request: Request) -> None:
        """One more, if it is final."""
        self.has_settled = self.has_settled or credit.given_to == credit.attempt_id
        is_final = credit.final_at is not None and credit.state is not CreditState.GONE
        if is_final and (not credit.is_late or request.currency == BITCOIN):
            self.msat += credit.amount_msat


def worth(credit: Credit, request: Request, already_msat: int) -> int:
    """What it is worth in minor units, by the table above: at the quote's price what it adds to what came before it, so
    that parts that make up what was asked make up the price. What would be asked for the price at the rate of then is
    worth the price: that it was rounded up to whole satoshi makes nothing too much. `already_msat` is what was final at
    the quote's price before.
    """
    at_quote = _worth_at_quote(credit, request, already_msat)
    if credit.late_price is None or request.currency == BITCOIN:
        return at_quote
    asked_then = msat_of(request.amount_minor, request.currency, credit.late_price, whole_sats=True)
    if credit.amount_msat == asked_then:
        then = request.amount_minor
    else:
        then = worth_of(credit.amount_msat, request.currency, credit.late_price)
    return min(then, at_quote) if credit.seen_at < request.expires_at else then


def _worth_at_quote(credit: Credit, request: Request, already_msat: int) -> int:
    asked = (request.amount_minor, request.currency)

    def in_all(msat: int) -> int:
        return minor_of(msat, request.amount_msat, *asked, request.price) if msat else 0

    return in_all(already_msat + credit.amount_msat) - in_all(already_msat)
