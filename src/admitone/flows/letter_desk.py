"""The port through which a flow writes a letter in its own transaction.

Most letters are reactions to facts in the journal. Those that carry a secret (a mailed link, an invitation)
cannot be: the journal is kept for ever, and a secret must not be in it. They are queued in the transaction
that makes the secret.
"""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from admitone.plumbing.database import Transaction


class LetterDesk(Protocol):
    """Whoever queues letters. `messaging` does, by way of assembly."""

    async def queue(
        self,
        tx: Transaction,
        *,
        cause: str,
        template: str,
        to: str,
        organiser_id: UUID | None,
        context: Mapping[str, object],
    ) -> None:
        """Queue one letter, to leave when the transaction has committed.

        One `cause` and `template` reach an address once. `context` is what the letter's template needs
        besides the name and address of the site.
        """
        ...
