"""Every account of our chart has a place in accountants' books."""

import re
from pathlib import Path

import pytest

from admitone import ledger
from admitone.reads.ledger_exports.accounts import standard
from admitone.reads.ledger_exports.plain_text import account_name
from admitone.reads.ledger_exports.rows import TransferType

_SOME = "018f0000-0000-7000-8000-000000000001"
_CHART: dict[str, tuple[str, str, str]] = {
    # account: its root in plain text, its number in SKR03 for the site, and for somebody's own events
    "clearing:stripe:1": ("Assets", "1210", "1210"),
    "bank:stripe:1": ("Assets", "1360", "1360"),
    f"organiser:{_SOME}:available": ("Liabilities", "1590", "8200"),
    f"organiser:{_SOME}:reserve": ("Liabilities", "1590", "8200"),
    f"organiser:{_SOME}:tax": ("Liabilities", "1590", "1770"),
    f"organiser:{_SOME}:gifts": ("Expenses", "1590", "4900"),
    f"credit:{_SOME}": ("Liabilities", "1700", "1700"),
    "deposits": ("Liabilities", "1700", "1700"),
    "refunds_due": ("Liabilities", "1700", "1700"),
    "payouts_in_transit": ("Liabilities", "1360", "1792"),
    "disputes": ("Liabilities", "1792", "1792"),
    "fees": ("Income", "8200", "8200"),
    "costs:processing": ("Expenses", "4970", "4970"),
    "losses:dispute": ("Expenses", "2400", "2400"),
    "rounding": ("Expenses", "4900", "4900"),
    "conversions": ("Equity", "1792", "1792"),
}


@pytest.mark.parametrize("name", _CHART)
def test_every_account_of_the_chart_has_a_place_in_accountants_books(name: str) -> None:
    root, site, own = _CHART[name]
    assert account_name(name).split(":")[0] == root
    assert standard("skr03", "agent").number(name, TransferType.SALE) == site
    assert standard("skr03", "own").number(name, TransferType.SALE) == own


def test_the_chart_has_no_account_without_such_a_place() -> None:
    """Every name that `ledger.chart` can make begins like one of those above."""
    sources = "".join(path.read_text() for path in Path(ledger.__file__).parent.glob("*.py"))
    made = {one.split(":")[0] for one in re.findall(r'AccountName\(\s*f?"([^"]+)"', sources)}
    assert {"bank", "conversions", "disputes"} <= made
    assert made <= {name.split(":")[0] for name in _CHART}
