"""What an organiser sees of a period: what there was, what came and went, what there is."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Options


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of the account: `kind` is item or total."""

    label: str
    amount: str
    kind: str = "item"
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of what the organiser has, and who has it; finished amounts."""

    name: str
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class CurrencySection:
    """A currency. `account`: opening, movements, closing. `tax`: by rate. `site`: what the site kept."""

    currency: str
    account: tuple[ReportLine, ...]
    parts: tuple[PartRow, ...]
    tax: tuple[ReportLine, ...]
    fees_words: str = ""
    credit_words: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLink:
    """The ledger of the period as a file."""

    label: str
    about: str
    url: str


@dataclass(frozen=True, slots=True)
class ReportsView:
    """A period (`from_day` to `until_day`, both within, in ISO form) of real or play money. `currencies` is empty when
    nothing was ever moved. The DATEV form goes to `datev_url` with consultant, client and the first month of the year.
    """

    template: ClassVar[str] = "reports/report.html"
    section: ClassVar[str] = "reports"

    nav: OrganiserNav
    period_words: str
    from_day: str
    until_day: str
    money: str
    moneys: Options
    periods: tuple[tuple[str, str], ...]
    currencies: tuple[CurrencySection, ...]
    files: tuple[LedgerLink, ...]
    datev_url: str
    error: str = ""
    datev_error: str = ""
