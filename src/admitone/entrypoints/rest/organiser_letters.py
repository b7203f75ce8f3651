"""`/organisers/{id}/events/{id}/letters`: an organiser writes to everybody with a ticket."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import messaging
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, Shown

router = APIRouter(prefix="/organisers/{organiser_id}/events/{event_id}/letters", tags=["organiser"])


class LetterNew(Body):
    """A subject of one line and a plain text. Both are cleaned of control letters before they are measured."""

    subject: str = Field(max_length=4 * messaging.SUBJECT_MOST)
    body: str = Field(max_length=4 * messaging.BODY_MOST)


class LetterWritten(Shown):
    """`holders` is how many addresses it goes to; answers go to the organiser's contact address."""

    id: UUID
    holders: int


@router.post("", status_code=201)
async def write_to_holders(
    needs: Needs, actor: SignedIn, new_id: NewId, organiser_id: UUID, event_id: UUID, body: LetterNew
) -> LetterWritten:
    """Write to everybody with a valid ticket, three times a day at most. The same idempotency key sends once."""
    words = messaging.checked_words(body.subject, body.body)
    written = await needs.circulars.write(actor, organiser_id, event_id, words, circular_id=new_id)
    return LetterWritten(id=written.id, holders=written.holders)
