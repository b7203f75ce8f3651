"""The pages on which an organiser writes to ticket holders, with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.write_view import PreviewView, WriteView
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.views import Part
from tests.support.sample_events import LAGOS
from tests.support.sample_organiser_views import nav

URL = links.managed_event("foundry", "e1", "write")
WORDS = {
    "subject": "Bring a jacket",
    "body": "It will be cold in the yard after nine.\nThe doors on Mill Lane stay closed; use Foundry Road.",
}


def write_views() -> dict[str, View]:
    """Name of the sample and its view."""
    sheet = WriteView(
        nav=nav(),
        title=LAGOS.title,
        holders_words="641 ticket holders",
        has_holders=True,
        reply_to="hello@foundry.example",
        subject_most=120,
        body_most=5_000,
        most_per_day=3,
        form=Part(URL),
        back_url=links.managed_event("foundry", "e1"),
    )
    refused = Part(URL, {"subject": ""} | WORDS, {"subject": "Please write something here."})
    return {
        "write": sheet,
        "write-refused": replace(sheet, form=refused),
        "write-nobody": replace(sheet, has_holders=False),
        "write-preview": PreviewView(
            nav=nav(),
            title=LAGOS.title,
            holders_words="641 ticket holders",
            organiser_name="Foundry Presents",
            reply_to="hello@foundry.example",
            lines=tuple(WORDS["body"].split("\n")),
            form=Part(URL, WORDS | {"form_key": "k"}),
            send_url=f"{URL}/send",
        ),
    }
