"""Letters: queued in the transaction that causes them, sent afterwards, each once per cause and reader.

A mail server that is away delays letters and nothing else. A letter is handed over at least once, always under the
same Message-ID; it is recorded as sent after the server has taken it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from admitone import messaging
from admitone.messaging import Attachment, OutgoingLetter
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.clock import Clock
from admitone.values.contact import email_key
from admitone.values.ids import uuid7

log = structlog.get_logger(__name__)
TRIES_MAX = 12


class PostOffice:
    """`queue` writes and stores a letter; `send_due` carries those that wait to the sender."""

    def __init__(
        self, database: Database, clock: Clock, sender: messaging.Sender, *, site_name: str, base_url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._sender = sender
        self._site = {"site_name": site_name, "site_url": base_url}

    async def queue(
        self,
        tx: Transaction,
        *,
        cause: str,
        template: str,
        to: str,
        organiser_id: UUID | None,
        context: Mapping[str, object],
        attachments: tuple[Attachment, ...] = (),
        reply_to: str | None = None,
    ) -> None:
        """Write the letter and queue it with the caller's transaction. The same cause again sends nothing again.

        `reply_to` is the address that answers go to, when it is not the site's own.
        """
        letter = self.write(
            cause=cause,
            template=template,
            to=to,
            organiser_id=organiser_id,
            context=context,
            attachments=attachments,
            reply_to=reply_to,
        )
        await messaging.queue(tx, letter, now=self._clock.now())

    def write(
        self,
        *,
        cause: str,
        template: str,
        to: str,
        organiser_id: UUID | None,
        context: Mapping[str, object],
        attachments: tuple[Attachment, ...] = (),
        reply_to: str | None = None,
    ) -> messaging.NewLetter:
        """A letter as `queue` would store it, for `queue_written`: many are written before their transaction."""
        written = messaging.render(template, {**self._site, **context})
        return messaging.NewLetter(
            id=uuid7(),
            cause=cause,
            template=template,
            to_email=to,
            to_key=email_key(to),
            organiser_id=organiser_id,
            subject=written.subject,
            html=written.html,
            plain=written.text,
            attachments=attachments,
            reply_to=reply_to,
        )

    async def queue_written(self, tx: Transaction, letters: Sequence[messaging.NewLetter]) -> None:
        """Queue letters without attachments with the caller's transaction, each once per cause and reader."""
        await messaging.queue_many(tx, letters, now=self._clock.now())

    async def send_due(self, most: int = 20) -> int:
        """Send letters that wait; how many were tried."""
        now = self._clock.now()
        due = await self._database.run(lambda tx: messaging.take_due(tx, now, most))
        if not due:
            return 0
        async with self._database.reading() as reader:
            files = await messaging.attachments(reader, [one.id for one in due])
        for letter in due:
            await self._send(letter, files.get(letter.id, ()))
        return len(due)

    async def _send(self, letter: messaging.StoredLetter, files: tuple[Attachment, ...]) -> None:
        outcome = await self._sender.send(
            OutgoingLetter(
                letter.id, letter.to_email, letter.subject, letter.html, letter.plain, files, letter.reply_to
            )
        )
        await hit("letter.after_send")
        await self._database.run(lambda tx: self._record(tx, letter, outcome))

    async def _record(
        self, tx: Transaction, letter: messaging.StoredLetter, outcome: messaging.SendOutcome
    ) -> None:
        now = self._clock.now()
        if isinstance(outcome, messaging.Sent):
            await messaging.close(tx, letter.id, "sent", None, now)
        elif isinstance(outcome, messaging.Kept):
            await messaging.close(tx, letter.id, "kept", None, now)
        elif isinstance(outcome, messaging.Refused) or letter.tries >= TRIES_MAX:
            log.warning("letter.refused", letter_id=str(letter.id), reason=outcome.reason, tries=letter.tries)
            await messaging.close(tx, letter.id, "refused", outcome.reason, now)
        else:
            await messaging.postpone(tx, letter.id, outcome.reason, _next_try(now, letter.tries))


def _next_try(now: datetime, tries: int) -> datetime:
    """10 s, 20 s, 40 s … at most an hour apart: about three and a half hours in all."""
    return now + timedelta(seconds=min(10 * 2 ** (tries - 1), 3600))
