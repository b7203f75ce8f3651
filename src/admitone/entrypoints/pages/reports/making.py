"""Makes the view of a period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.entrypoints.pages.reports.view import (
    CurrencySection,
    LedgerLink,
    PartRow,
    ReportLine,
    ReportsView,
)
from admitone.flows.invoicing import day_words
from admitone.reads.finance_report import CurrencyReport, PartReport
from admitone.reads.ledger_exports.rows import TransferType
from admitone.reads.ledger_transfers import LedgerScope
from admitone.values import formats

_DAY: Final = timedelta(days=1)
_MOVED: Final = {
    TransferType.SALE: "Sales",
    TransferType.FEE: "Fees",
    TransferType.TAX: "Tax",
    TransferType.REFUND: "Refunds",
    TransferType.DISPUTE: "Disputes",
    TransferType.PAYOUT: "Payouts",
    TransferType.CREDIT: "Store credit",
    TransferType.OTHER: "Other",
}
_PARTS: Final = {
    "pending": "Waiting for its event",
    "available": "Ready to be paid out",
    "reserve": "Kept in reserve",
    "tax": "Tax you owe",
    "direct": "In your own payment accounts",
}
FORMS: Final = {
    "csv": ("CSV", "Every transfer with all columns"),
    "xlsx": ("Excel", "The same as a workbook"),
    "journal": ("Journal (CSV)", "Debit and credit, for most bookkeeping programs"),
    "beancount": ("Beancount", "Plain text accounting"),
    "ledger": ("Ledger, hledger", "Plain text accounting"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days of UTC, both within; of play money or real money."""

    first: date
    last: date
    is_test: bool

    def scope(self, whose: Whose) -> LedgerScope:
        """For the ledger. Raises `BadPeriod`."""
        return LedgerScope(
            from_at=datetime.combine(self.first, time(), UTC),
            until_at=datetime.combine(self.last + _DAY, time(), UTC),
            is_test=self.is_test,
            organiser_id=whose.id,
        )

    @property
    def query(self) -> dict[str, str]:
        """The same as an address says it."""
        return {
            "from": self.first.isoformat(),
            "until": self.last.isoformat(),
            "money": "test" if self.is_test else "real",
        }


def period_of(first: str, last: str, money: str, *, now: datetime, is_test: bool) -> Period:
    """What was asked for; this month for what is no day."""
    today = now.date()
    return Period(
        _day(first) or today.replace(day=1), _day(last) or today, money == "test" if money else is_test
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9000 else None


def report_view(
    whose: Whose,
    period: Period,
    reports: Sequence[CurrencyReport],
    now: datetime,
    *,
    error: str = "",
    datev_error: str = "",
) -> ReportsView:
    """The page."""
    return ReportsView(
        nav=organiser_nav(whose),
        period_words=f"{day_words(period.first)} to {day_words(period.last)}",
        from_day=period.first.isoformat(),
        until_day=period.last.isoformat(),
        money="test" if period.is_test else "real",
        moneys=(("real", "Real money"), ("test", "Play money (tests)")),
        periods=_periods(whose, period, now),
        currencies=tuple(_section(one) for one in reports),
        files=tuple(
            LedgerLink(
                label, about, links.with_query(links.reports(whose.slug, f"ledger/{form}"), **period.query)
            )
            for form, (label, about) in FORMS.items()
        ),
        datev_url=links.reports(whose.slug, "ledger/datev"),
        error=error,
        datev_error=datev_error,
    )


def _periods(whose: Whose, period: Period, now: datetime) -> tuple[tuple[str, str], ...]:
    """Periods people ask for, each a link."""
    today = now.date()
    this_month = today.replace(day=1)
    last_month_end = this_month - _DAY
    this_year, last_year_end = today.replace(month=1, day=1), today.replace(month=1, day=1) - _DAY
    named = (
        ("This month", this_month, today),
        ("Last month", last_month_end.replace(day=1), last_month_end),
        ("This year", this_year, today),
        ("Last year", last_year_end.replace(month=1, day=1), last_year_end),
    )
    return tuple(
        (label, links.with_query(links.reports(whose.slug), **Period(first, last, period.is_test).query))
        for label, first, last in named
    )


def _section(one: CurrencyReport) -> CurrencySection:
    def money(minor: int) -> str:
        return formats.money(minor, one.currency, in_full=True)

    moved = [
        ReportLine(_MOVED[movement.type], money(movement.net_minor))
        for movement in one.movements
        if movement.credited_minor or movement.debited_minor
    ]
    return CurrencySection(
        currency=one.currency,
        account=(
            ReportLine("Balance at the start", money(one.opening_minor)),
            *moved,
            ReportLine("Balance at the end", money(one.closing_minor), "total"),
        ),
        parts=tuple(_part(part, one.currency) for part in one.parts if _says_something(part)),
        tax=tuple(
            ReportLine(
                "Several rates" if tax.rate_bps is None else f"{formats.percent(tax.rate_bps)} %",
                money(tax.net_minor),
            )
            for tax in one.tax
        ),
        fees_words=f"The site kept {money(one.fees_kept_minor)} in fees." if one.fees_kept_minor else "",
        credit_words=_credit_words(one, money(one.credit.closing_minor)) if one.credit else "",
    )


def _credit_words(one: CurrencyReport, closing: str) -> str:
    assert one.credit is not None
    return f"Buyers hold {closing} of store credit with you." if one.credit.closing_minor else ""


def _says_something(part: PartReport) -> bool:
    return bool(part.movements or part.opening_minor or part.closing_minor)


def _part(part: PartReport, currency: str) -> PartRow:
    return PartRow(
        name=_PARTS.get(part.part, part.part),
        opening=formats.money(part.opening_minor, currency, in_full=True),
        closing=formats.money(part.closing_minor, currency, in_full=True),
    )
