"""The site's fees as whoever runs it writes them."""

import pytest
from pydantic import ValidationError

from admitone.flows.site_fees import NO_SITE_FEES, SiteFee, read_site_fee
from admitone.settings import Settings


@pytest.mark.parametrize(
    ("written", "bps", "fixed"),
    [
        ("2.5%", 250, {}),
        ("2.5 % + EUR 0.50", 250, {"EUR": 50}),
        ("JPY 30 + KWD 0.125", 0, {"JPY": 30, "KWD": 125}),
        ("99.99%", 9_999, {}),
    ],
)
def test_a_fee_is_read_as_it_is_written(written: str, bps: int, fixed: dict[str, int]) -> None:
    assert read_site_fee(written) == SiteFee(bps, fixed)


@pytest.mark.parametrize(
    "written", ["2,5%", "100%", "EUR", "0.50 EUR", "XXQ 1", "2.5% +", "-1%", "EUR 0.005"]
)
def test_what_cannot_be_a_fee_stops_the_site_from_starting(written: str) -> None:
    with pytest.raises(ValidationError):
        Settings(platform_fee=written)


def test_no_fee_written_is_no_fee_set() -> None:
    assert Settings().site_fees == NO_SITE_FEES
    assert Settings(processing_fee="1%").site_fees.are_set
