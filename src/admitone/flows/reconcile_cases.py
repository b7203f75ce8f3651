"""What of a run of reconciliation a person has to look at, in sentences. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from admitone.payments import Case, CaseKind, Movement, MovementKind, Run, Status
from admitone.reads.provider_mirror import Mirror, MirrorLine, Missing
from admitone.values import formats

# Providers write their books within hours.
NOT_THERE_AFTER = timedelta(days=1)


def cases_of(
    run: Run,
    strangers: Sequence[Status],
    strange: Sequence[Movement],
    mirror: Mirror | None,
    before: Mapping[str, Mapping[str, int | None]],
) -> list[Case]:
    """Everything that does not agree, each thing once. `before` is what the last run kept of each currency."""
    found = [_stranger(one) for one in strangers]
    found += [_strange(one) for one in strange]
    if mirror is not None:
        found += [_missing(one) for one in mirror.missing if _is_late(one, run)]
        found += [case for one in mirror.lines for case in _sums(one, before.get(one.currency, {}))]
    return list({(one.kind, one.ref): one for one in found}.values())


def _stranger(status: Status) -> Case:
    amount = _money(status.paid_minor or 0, status.currency)
    return Case(
        CaseKind.UNKNOWN_PAYMENT,
        status.provider_ref or str(status.attempt_id),
        status.currency,
        status.paid_minor,
        f"{amount} came in that no order here asked for.",
    )


def _strange(line: Movement) -> Case:
    amount = _money(abs(line.amount_minor), line.currency)
    if line.kind is MovementKind.PAYMENT:
        ref = line.about_ref or line.ref
        words = f"{amount} came in that no order here asked for."
        return Case(CaseKind.UNKNOWN_PAYMENT, ref, line.currency, line.amount_minor, words)
    way = "came into" if line.amount_minor > 0 else "left"
    what = {MovementKind.REFUND: "a refund made there by hand", MovementKind.DISPUTE: "a dispute"}.get(
        line.kind, "something we cannot explain"
    )
    words = f"{amount} {way} the account: {what}."
    return Case(CaseKind.UNKNOWN_MOVEMENT, line.ref, line.currency, line.amount_minor, words)


def _is_late(one: Missing, run: Run) -> bool:
    return one.is_wrong_amount or run.until - one.since >= NOT_THERE_AFTER


def _missing(one: Missing) -> Case:
    what = "payment" if one.what == "attempt" else one.what
    if one.what == "payout":
        words = f"About a payout of {_money(abs(one.amount_minor), one.currency)} the provider's books say otherwise."
        return Case(CaseKind.NOT_THERE, f"payout:{one.id}", one.currency, one.amount_minor, words)
    amount = _money(abs(one.amount_minor), one.currency)
    if one.is_wrong_amount:
        way = "more" if one.amount_minor > 0 else "less"
        words = (
            f"For the {what} of order {one.order_code} we count {amount} {way} than the provider's books say."
        )
        return Case(CaseKind.WRONG_AMOUNT, f"{one.what}:{one.id}", one.currency, one.amount_minor, words)
    words = f"The {what} of {amount} for order {one.order_code} is not in the provider's books."
    return Case(CaseKind.NOT_THERE, f"{one.what}:{one.id}", one.currency, one.amount_minor, words)


def _sums(line: MirrorLine, before: Mapping[str, int | None]) -> list[Case]:
    found = []
    if line.difference_minor:
        amount = _money(line.difference_minor, line.currency)
        words = f"Our books and the provider's lines differ by {amount}, and no single payment explains it."
        found.append(Case(CaseKind.DIFFERENCE, line.currency, line.currency, line.difference_minor, words))
    # Lines come later than balances: only what stands from one run to the next is worth a look.
    if line.lag_minor and line.lag_minor == before.get("lag_minor"):
        amount = _money(line.lag_minor, line.currency)
        words = f"The provider's balance and its own lines differ by {amount} since the last comparison."
        found.append(Case(CaseKind.DIFFERENCE, f"{line.currency}:lag", line.currency, line.lag_minor, words))
    return found


def _money(amount_minor: int, currency: str | None) -> str:
    return formats.money(amount_minor, currency) if currency else str(amount_minor)
