"""Sending when there is no mail server: the letter stays where it is stored and the mailbox page shows it."""

from admitone.messaging.sender import Kept, OutgoingLetter, SendOutcome


class MailboxSender:
    """Keeps nothing itself and can therefore lose nothing."""

    async def send(self, letter: OutgoingLetter) -> SendOutcome:
        """Answer `Kept`, always."""
        return Kept()
