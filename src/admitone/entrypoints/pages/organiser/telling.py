"""What the editor says about who is told when an event is moved."""

from admitone import events
from admitone.entrypoints.needs import Needs
from admitone.events import StoredEvent
from admitone.reads.event_editor import EventEditor
from admitone.values import formats


def holders_words(count: int) -> str:
    """`3 ticket holders`."""
    return formats.count(count, "ticket holder", "ticket holders")


async def saved_words(needs: Needs, opened: EventEditor, after: StoredEvent) -> str | None:
    """Who is told of what was just saved; None when it was nothing they go by, or there is nobody."""
    known = events.whereabouts(after.details)
    if not opened.holders or events.whereabouts(opened.event.details) == known:
        return None
    async with needs.database.reading() as reader:
        move = await events.open_move(reader, after.id)
    if move is None or move.before == known:
        return "Saved. Ticket holders know it like this, so nobody is told."
    are = "is" if opened.holders == 1 else "are"
    return f"Saved. {holders_words(opened.holders)} {are} told by mail, in five minutes at most."
