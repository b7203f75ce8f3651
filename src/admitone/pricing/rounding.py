"""The one way a fraction of a minor unit is rounded."""


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest whole number, a half upwards; none negative."""
    assert numerator >= 0
    assert denominator > 0
    return (2 * numerator + denominator) // (2 * denominator)
