"""What the credits of an address mean for its attempt. Pure.

An address that nothing came to is waited for a day longer than its rate holds before the attempt has failed: a failed
payment gives its order some minutes more, and an order nobody tried to pay shall end when it was said to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from admitone.payments.bitcoin import Request, minor_of
from admitone.payments.bitcoin.chain import Credit, UndoneState, worth
from admitone.payments.provider import REPLACED, Outcome, Status

STALE_AFTER: Final = timedelta(days=1)
NOT_IN_TIME: Final = "not_paid_in_time"
NO_RATE: Final = "no_rate"
TAKEN_BACK: Final = "taken_back"


def standing(
    request: Request, came: Sequence[Credit], taken: Mapping[str, UndoneState], now: datetime
) -> Status:
    """Where the attempt of this request stands, by all that came to its address, and what of that was `taken` back."""
    settled = next((one for one in came if one.given_to == request.attempt_id), None)
    if settled is not None:
        return settling(request, [settled], taken)
    ref, attempt_id = request.address, request.attempt_id
    coming = [one for one in came if one.is_coming]
    if any(one.lacks_price for one in coming):
        return Status(ref, Outcome.UNKNOWN, reason=NO_RATE, attempt_id=attempt_id)
    if coming:
        return _seen(request, coming)
    if request.given_up_at is not None or now >= request.expires_at + STALE_AFTER:
        return Status(ref, Outcome.FAILED, reason=NOT_IN_TIME, attempt_id=attempt_id)
    return Status(ref, Outcome.PENDING, reason=REPLACED if came else None, attempt_id=attempt_id)


def _seen(request: Request, coming: Sequence[Credit]) -> Status:
    # What is late is worth what it is when it is in a block; nobody says how much before.
    is_known = not any(one.is_late and one.late_price is None for one in coming)
    msat = sum(one.amount_msat for one in coming if not one.is_late)
    asked = (request.amount_msat, request.amount_minor, request.currency, request.price)
    in_time = minor_of(msat, *asked) if msat else 0
    return Status(
        request.address,
        Outcome.SEEN,
        in_time + sum(worth(one, request, 0) for one in coming if one.is_late) if is_known else None,
        request.currency,
        attempt_id=request.attempt_id,
    )


def settling(
    request: Request, given: Sequence[Credit], taken: Mapping[str, UndoneState], ref: str | None = None
) -> Status:
    """Where the attempt stands that all these were given to. While one of them is in doubt nobody can say: an attempt
    that is paid already has its dispute, and one that is not makes no tickets of it. When nothing of it is left it has
    failed; a part that is lost is lost by its dispute.
    """
    said = paid(request, given, ref)
    states = {taken.get(one.outpoint) for one in given}
    if UndoneState.OPEN in states:
        return Status(said.provider_ref, Outcome.UNKNOWN, reason=TAKEN_BACK, attempt_id=said.attempt_id)
    if states == {UndoneState.LOST}:
        return Status(said.provider_ref, Outcome.FAILED, reason=TAKEN_BACK, attempt_id=said.attempt_id)
    return said


def paid(request: Request, came: Sequence[Credit], ref: str | None = None) -> Status:
    """The status of the attempt all these were given to: named as it was asked for (`ref`), by the address, or, when
    found, by the first.
    """
    [attempt_id] = {one.given_to for one in came}
    if attempt_id == request.attempt_id:
        ref = request.address
    ref = ref or came[0].outpoint
    minor = sum(one.worth_minor or 0 for one in came)
    return Status(ref, Outcome.PAID, minor, request.currency, attempt_id=attempt_id)
