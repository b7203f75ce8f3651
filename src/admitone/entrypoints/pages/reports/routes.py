"""An organiser's reports of a period, and the ledger of it as a file for bookkeepers."""

from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.files import streamed
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed
from admitone.entrypoints.pages.reports.making import Period, period_of, report_view
from admitone.entrypoints.pages.respond import page
from admitone.reads.finance_report import CurrencyReport, finance_report
from admitone.reads.ledger_exports.datev import DatevBooks
from admitone.reads.ledger_exports.rows import BadExportSetting
from admitone.reads.ledger_files import Csv, Form, Journal, PlainText, Spreadsheet, open_file
from admitone.reads.ledger_transfers import BadPeriod
from admitone.values.actor import Action, Actor

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/reports")
_FORMS: Final[dict[str, Form]] = {
    "csv": Csv(has_mark=True),
    "journal": Journal(has_mark=True),
    "xlsx": Spreadsheet(),
    "beancount": PlainText("beancount"),
    "ledger": PlainText("ledger"),
}
_Day = Annotated[str, Query(max_length=20)]
_From = Annotated[str, Query(alias="from", max_length=20)]


async def _whose(needs: Assembly, actor: Actor, slug: str) -> Whose:
    return await find_allowed(needs, actor, slug, Action.SEE_REPORTS)


def _period(needs: Assembly, whose: Whose, first: str, last: str, money: str) -> Period:
    return period_of(first, last, money, now=needs.clock.now(), is_test=whose.is_test)


@router.get("")
async def show(
    request: Request,
    slug: str,
    needs: Needs,
    actor: SignedIn,
    first: _From = "",
    until: _Day = "",
    money: _Day = "",
) -> Response:
    """This month, unless asked for another period."""
    whose = await _whose(needs, actor, slug)
    period = _period(needs, whose, first, until, money)
    try:
        reports = await _reports(needs, actor, whose, period)
    except BadPeriod as refusal:
        view = report_view(whose, period, (), needs.clock.now(), error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    return await page(request, report_view(whose, period, reports, needs.clock.now()))


async def _reports(needs: Assembly, actor: Actor, whose: Whose, period: Period) -> tuple[CurrencyReport, ...]:
    scope = period.scope(whose)
    async with needs.database.reading_long() as reader:
        return await finance_report(reader, actor, scope)


@router.get("/ledger/datev")
async def datev(
    request: Request,
    slug: str,
    needs: Needs,
    actor: SignedIn,
    first: _From = "",
    until: _Day = "",
    money: _Day = "",
    consultant: _Day = "",
    client: _Day = "",
    chart: Literal["skr03", "skr04"] = "skr03",
    year_month: _Day = "1",
) -> Response:
    """The ledger for German bookkeepers; what is wrong with the numbers is said on the page."""
    whose = await _whose(needs, actor, slug)
    period = _period(needs, whose, first, until, money)
    try:
        scope = period.scope(whose)
        books = DatevBooks(
            consultant=_number(consultant),
            client=_number(client),
            fiscal_year_from=_year_from(period.first, _number(year_month)),
            first_day=period.first,
            last_day=period.last,
            made_at=needs.clock.now(),
            chart=chart,
            zone="UTC",
        )
        made = await open_file(needs.database, actor, scope, books)
    except (BadExportSetting, BadPeriod) as refusal:
        reports = () if isinstance(refusal, BadPeriod) else await _reports(needs, actor, whose, period)
        view = report_view(whose, period, reports, needs.clock.now(), datev_error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    return streamed(made)


@router.get("/ledger/{form}")
async def ledger(
    slug: str,
    form: Literal["csv", "journal", "xlsx", "beancount", "ledger"],
    needs: Needs,
    actor: SignedIn,
    first: _From = "",
    until: _Day = "",
    money: _Day = "",
) -> Response:
    """The ledger of the period. Raises `BadPeriod`."""
    whose = await _whose(needs, actor, slug)
    scope = _period(needs, whose, first, until, money).scope(whose)
    return streamed(await open_file(needs.database, actor, scope, _FORMS[form]))


def _number(text: str) -> int:
    """What is no number is one that no books have: its sentence is the same."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _year_from(day: date, month: int) -> date:
    """The first day of the fiscal year that this day is in, when years begin with this month."""
    if not 1 <= month <= 12:
        raise BadExportSetting(field="fiscal_year_from", wanted="a first month from 1 to 12")
    return date(day.year if day.month >= month else day.year - 1, month, 1)
