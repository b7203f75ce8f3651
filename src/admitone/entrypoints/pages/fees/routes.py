"""An organiser looks at the site's fees; those who run the site agree on them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import accounts
from admitone.accounts import Organiser
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.fees.making import fees_view, site_fees_view
from admitone.entrypoints.pages.fees.view import SiteOrganisersView
from admitone.entrypoints.pages.organiser.whose import find_organiser, organiser_nav
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import Link
from admitone.flows.fee_agreements import FeeWish
from admitone.flows.site_fees import SiteFee, read_site_fee
from admitone.reads.site_organisers import site_organisers
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Invalid, Problems, Refusal

router = APIRouter(include_in_schema=False)


class FeeNotRead(Invalid):
    """A fee is written in one way."""

    code = "fees.not_read"
    text = "Write a fee as 2.5% + EUR 0.50, at most EUR 5. Write 0% for none."


class DayNotRead(Invalid):
    """A day is written in one way."""

    code = "fees.day_not_read"
    text = "Write a day as 2027-03-01."


@router.get(links.ORGANISER + "/{organiser}/fees")
async def show(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """What the site takes, for the organiser's team."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
    found = await needs.money.fee_desk.look(actor, whose.id)
    return await page(request, fees_view(found, organiser_nav(whose)))


@router.get("/site/fees")
async def list_organisers(
    request: Request, needs: Needs, actor: SignedIn, after: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """All organisers, to choose one."""
    async with needs.database.reading() as reader:
        found, next_after = await site_organisers(reader, actor, after=after)
    view = SiteOrganisersView(
        tuple(Link(one.name, links.site_organiser_fees(one.slug)) for one in found),
        links.with_query(links.site_fees(), after=next_after) if next_after else "",
        links.site_fees() if after else "",
    )
    return await page(request, view)


@router.get("/site/organisers/{slug}/fees")
async def show_form(request: Request, slug: str, needs: Needs, actor: SignedIn) -> Response:
    """What is agreed with an organiser, and a form for the next agreement."""
    return await _form(request, needs, actor, await _organiser(needs, actor, slug))


@router.post("/site/organisers/{slug}/fees")
async def agree(request: Request, slug: str, needs: Needs, actor: SignedIn, form: checked_form) -> Response:
    """Agree on fees. The same sheet twice is one agreement."""
    organiser, typed = await _organiser(needs, actor, slug), values_of(form)
    try:
        await needs.money.fee_desk.agree(actor, organiser.id, _wish(typed), agreement_id=_key(typed))
    except Forbidden:
        raise
    except Refusal as refusal:
        return await _form(request, needs, actor, organiser, typed, refusal)
    return go_to(request, links.site_organiser_fees(slug), Notice("Saved."))


async def _form(
    request: Request,
    needs: Assembly,
    actor: Actor,
    organiser: Organiser,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    found = await needs.money.fee_desk.look(actor, organiser.id)
    errors = None if refusal is None else errors_of(refusal)
    view = site_fees_view(organiser, found, typed, errors)
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


async def _organiser(needs: Assembly, actor: Actor, slug: str) -> Organiser:
    accounts.permit_operator(actor)
    async with needs.database.reading() as reader:
        return await accounts.organiser_by_slug(reader, slug)


def _key(typed: Mapping[str, str]) -> UUID:
    try:
        return UUID(typed.get("key", ""))
    except ValueError:
        return uuid7()


def _wish(typed: Mapping[str, str]) -> FeeWish:
    problems: list[Refusal] = []

    def fee(name: str) -> SiteFee:
        try:
            found = read_site_fee(typed.get(name, ""))
        except ValueError:
            found = None
        if found is None:
            problems.append(FeeNotRead(field=name))
        return found or SiteFee()

    platform, processing = fee("platform"), fee("processing")
    valid_from, day = None, typed.get("valid_from", "").strip()
    if day:
        try:
            valid_from = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        except ValueError:
            problems.append(DayNotRead(field="valid_from"))
    if problems:
        raise Problems(*problems)
    return FeeWish(platform, processing, valid_from, typed.get("note", ""))
