"""What the pages about the site's fees say."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Link, Part


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement: "From 1 Mar 2027", "2.5 % + €0.50, at most €5", and for those who run the site who set it."""

    since: str
    platform: str
    processing: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class FeesView:
    """The organiser's page: what holds for the next event, and all agreements."""

    template: ClassVar[str] = "fees/fees.html"
    section: ClassVar[str] = "payouts"

    platform: str
    processing: str
    why: str
    rows: tuple[AgreementRow, ...]
    nav: OrganiserNav


@dataclass(frozen=True, slots=True)
class SiteFeesView:
    """The same for those who run the site, with a form: platform, processing, valid_from (a day, UTC), note, key."""

    template: ClassVar[str] = "fees/site_fees.html"

    organiser: str
    platform: str
    processing: str
    why: str
    rows: tuple[AgreementRow, ...]
    form: Part
    back_url: str


@dataclass(frozen=True, slots=True)
class SiteOrganisersView:
    """All organisers, each a link to its fees."""

    template: ClassVar[str] = "fees/organisers.html"

    organisers: tuple[Link, ...]
    next_url: str = ""
    first_url: str = ""
