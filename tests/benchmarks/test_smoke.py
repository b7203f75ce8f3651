"""The benchmarks of money run, tiny, and what they check about themselves holds. How fast is nobody's business here."""

import json

import pytest

from benchmarks import money
from benchmarks.__main__ import check
from benchmarks.ledger_export import ledger_export
from benchmarks.site import running

SALES = 200


def test_every_figure_of_money_can_be_measured(capsys: pytest.CaptureFixture[str]) -> None:
    with running() as site:
        money.webhooks(site, seconds=0.1, runs=1)
        money.settlement(site, many=20)
        money.cancel_event(site, many=30)
        check(site)
        ledger_export(site, sales=SALES)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_figure = {one["figure"]: one for one in said}
    kept = [one for one in said if one["figure"] == "webhook kept"]
    assert [one["clients"] for one in kept] == [1, 64]
    # Every notice was answered with 200.
    assert all(one["other_answers"] == {} and one["per_second"] > 0 for one in kept)
    assert by_figure["payments settled"]["many"] == 20
    assert by_figure["event cancelled"]["orders"] == 30
    assert by_figure["promises broken after the load"]["broken"] == []
    assert by_figure["ledger export: seed"]["transfers"] == 3 * SALES + 1
    exports = [
        one for name, one in by_figure.items() if name.startswith("ledger export: ") and "megabytes" in one
    ]
    assert len(exports) == 4
    assert all(one["megabytes"] >= 0 for one in exports)
