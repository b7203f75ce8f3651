"""The ways a fraction of a minor unit is rounded, and an amount is divided without losing one."""

from collections.abc import Sequence


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest whole number, a half upwards; none negative."""
    assert numerator >= 0
    assert denominator > 0
    return (2 * numerator + denominator) // (2 * denominator)


def apportion(total: int, shares: Sequence[tuple[int, int]], denominator: int) -> list[tuple[int, int]]:
    """Round the exact shares of equal units up or down so that their sum is `total` (largest remainder method).

    `shares` has (numerator of one unit's share, number of units) for each run; `total` is their sum rounded to a whole
    number, up or down. Returns for each run (share of one unit rounded down, how many of its units get one more). On a
    tie the earlier run comes first.
    """
    floors = [numerator // denominator for numerator, _ in shares]
    left = total - sum(floor * count for floor, (_, count) in zip(floors, shares, strict=True))
    more = [0] * len(shares)
    if left:
        for at in sorted(range(len(shares)), key=lambda at: -(shares[at][0] % denominator)):
            more[at] = min(left, shares[at][1])
            left -= more[at]
            assert more[at] == 0 or shares[at][0] % denominator
    assert left == 0
    return list(zip(floors, more, strict=True))


def spread(amount: int, weights: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Divide an amount among runs of equal units in proportion to their weights, as `apportion` does.

    `weights` has (weight of one unit, number of units) for each run; if all are zero they count as equal. No unit gets
    more than its weight if the weights add up to the amount or more.
    """
    assert amount >= 0
    whole = sum(weight * count for weight, count in weights)
    if whole == 0:
        weights = [(1, count) for _, count in weights]
        whole = sum(count for _, count in weights)
    return apportion(amount, [(amount * weight, count) for weight, count in weights], whole)


def split(amount: int, first: int, second: int) -> tuple[int, int]:
    """Divide an amount in two in proportion to two weights, a tie in favour of the first; all to it if both are 0."""
    whole = first + second
    part = half_up(amount * first, whole) if whole else amount
    return part, amount - part
