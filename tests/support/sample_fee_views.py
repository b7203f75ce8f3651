"""The site's fees as organisers and those who run the site see them, with believable contents."""

from admitone.entrypoints.pages.fees.view import AgreementRow, FeesView, SiteFeesView, SiteOrganisersView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Link, Part
from tests.support.sample_organiser_views import nav


def fee_views() -> dict[str, View]:
    """Name of the sample and its view."""
    selling, carrying = "2.5 % + €0.50, at most €5 on each paid ticket", "1 % on each paid ticket"
    since = "Events made from 1 Mar 2027, 00:00 UTC on"
    row = AgreementRow(since, selling, carrying, "Agreed by telephone. Set 21 Nov 2026, 12:00 UTC")
    typed = {"platform": "a lot", "processing": "1%", "valid_from": "", "note": "", "key": "1"}
    wrong = {"platform": "Write a fee as 2.5% + EUR 0.50, at most EUR 5. Write 0% for none."}
    name, why = "Foundry Presents", "This was agreed for this organiser."
    form, back = Part("/site/organisers/foundry-presents/fees", typed, wrong), "/site/fees"
    return {
        "fees": FeesView(selling, carrying, "This was agreed with you.", (row,), nav()),
        "fees-none": FeesView(
            "The organiser says what fee there is", "No fee", "This site sets none.", (), nav()
        ),
        "site-fees": SiteFeesView(name, selling, carrying, why, (row,), form, back),
        "site-organisers": SiteOrganisersView((Link(name, form.url),), "/site/fees?after=foundry-presents"),
    }
