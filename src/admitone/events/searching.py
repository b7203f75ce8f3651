"""The words an event is found by. What they are made of is kept elsewhere, so they can be made anew at any time."""

from admitone.events.describing import plain
from admitone.events.details import EventDetails
from admitone.events.folding import folded


def search_text(details: EventDetails, organiser_name: str) -> str:
    """Every word somebody could ask for, folded, each once: a question is taken apart into words, too."""
    whole = folded(
        details.title,
        details.summary,
        organiser_name,
        details.venue_name,
        details.venue_address,
        details.city,
        plain(details.description_md),
    )
    return " ".join(dict.fromkeys(whole.split()))
