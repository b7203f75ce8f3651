"""The views, from what was agreed."""

from collections.abc import Mapping
from typing import Final

from admitone.accounts import Organiser
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.fees.view import AgreementRow, FeesView, SiteFeesView
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Part
from admitone.flows.fee_agreements import AgreedFees, fee_of
from admitone.flows.site_fees import SiteFee
from admitone.values import formats
from admitone.values.ids import uuid7

_NONE: Final = "No fee"
_YOURS: Final = "The organiser says what fee there is"


def fee_words(fee: SiteFee | None) -> str:
    """`2.5 % + €0.50, at most €5` on each ticket; the site says nothing about it: None."""
    if fee is None:
        return _NONE
    parts = [f"{formats.percent(fee.bps)} %"] if fee.bps else []
    fixed = [formats.money(minor, code) for code, minor in fee.fixed_minor.items() if minor]
    parts += [" or ".join(fixed)] if fixed else []
    if not parts:
        return _NONE
    most = [formats.money(minor, code) for code, minor in fee.most_minor.items()]
    return " + ".join(parts) + (f", at most {' or '.join(most)}" if most else "") + " on each paid ticket"


def _rows(found: AgreedFees, *, names: bool) -> tuple[AgreementRow, ...]:
    return tuple(
        AgreementRow(
            f"Events made from {formats.stamp(one.valid_from, 'UTC')} UTC on",
            fee_words(fee_of(one.platform)),
            fee_words(fee_of(one.processing)),
            ". ".join(part for part in (one.note, f"Set {formats.stamp(one.created_at, 'UTC')} UTC") if part)
            if names
            else "",
        )
        for one in found.lines
    )


def _now(found: AgreedFees) -> tuple[str, str, str]:
    if not found.now.are_set:
        return _YOURS, _NONE, "This site sets no fees of its own."
    why = "These are the site’s usual fees." if found.is_usual else "This was agreed for this organiser."
    return fee_words(found.now.platform), fee_words(found.now.processing), why


def fees_view(found: AgreedFees, nav: OrganiserNav) -> FeesView:
    """The organiser's page."""
    platform, processing, why = _now(found)
    why = why.replace("for this organiser", "with you")
    return FeesView(platform, processing, why, _rows(found, names=False), nav)


def site_fees_view(
    organiser: Organiser,
    found: AgreedFees,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SiteFeesView:
    """The page of those who run the site; `typed` is shown again after a refusal."""
    platform, processing, why = _now(found)
    values = {
        "platform": "" if found.now.platform is None else found.now.platform.words,
        "processing": "" if found.now.processing is None else found.now.processing.words,
        "key": str(uuid7()),
    }
    return SiteFeesView(
        organiser.name,
        platform,
        processing,
        why,
        _rows(found, names=True),
        Part(links.site_organiser_fees(organiser.slug), dict(typed or values), dict(errors or {})),
        links.site_fees(),
    )
