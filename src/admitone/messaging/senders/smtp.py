"""Letters by SMTP (RFC 5321), one connection each, and an honest word about how far each one got.

The line between "try again" and "may have arrived" is the DATA command: before it nothing can have been
delivered; once it is under way and no answer comes, only the receiving server knows.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from admitone.messaging.sender import (
    OutgoingLetter,
    Refused,
    SendOutcome,
    Sent,
    Temporary,
    Unknown,
)
from admitone.values.clock import Clock

Security = Literal["starttls", "tls", "none"]
_PERMANENT = 500
_PLAIN_ADDRESS = re.compile(r"""[^\s@<>()\[\]\\,;:"]+@[^\s@<>()\[\]\\,;:"]+""")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how to hand letters in. `timeout_seconds` bounds each step, four times it bounds the whole.

    `security`: ``starttls`` (required, not merely tried), ``tls`` from the first byte, or ``none``. A
    password is never sent without TLS. `tls_context` replaces the system's trust, for a private certificate
    authority.
    """

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 15.0
    tls_context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        assert self.timeout_seconds > 0, "a time-out is longer than nothing"
        assert self.password is None or self.security != "none", "a password is never sent in the clear"
        assert (self.username is None) == (self.password is None), "a user name and a password come together"


class SmtpSender:
    """Sends from one address, `from_email`, whose domain also ends the Message-ID."""

    def __init__(self, server: SmtpServer, *, from_email: str, from_name: str, clock: Clock) -> None:
        self._server = server
        self._from = Address(display_name=from_name, addr_spec=from_email)
        self._clock = clock

    async def send(self, letter: OutgoingLetter) -> SendOutcome:
        """Try once. See `Sender`: server trouble is an outcome, never an exception."""
        try:
            message = self._message(letter)
        except (ValueError, IndexError, MessageError) as problem:
            return Refused(f"the letter cannot be written as mail: {problem}")
        delivery = _Delivery(self._server)
        try:
            async with asyncio.timeout(4 * self._server.timeout_seconds):
                return await delivery.run(message, self._from.addr_spec, letter.to)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            return delivery.outcome_of(problem)
        finally:
            delivery.close()

    def _message(self, letter: OutgoingLetter) -> EmailMessage:
        policy = SMTP if letter.to.isascii() else SMTPUTF8
        message = EmailMessage(policy=policy)
        message["From"] = self._from
        message["To"] = _recipient(letter.to)
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{letter.id}@{self._from.domain}>"
        # Holiday replies to a ticket help nobody (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        if letter.reply_to is not None:
            message["Reply-To"] = Address(addr_spec=letter.reply_to)
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        for attachment in letter.attachments:
            kind, _, parameters = attachment.media_type.partition(";")
            maintype, _, subtype = kind.strip().partition("/")
            message.add_attachment(
                attachment.content,
                maintype=maintype,
                subtype=subtype,
                filename=attachment.filename,
            )
            for parameter in filter(None, (part.strip() for part in parameters.split(";"))):
                name, _, value = parameter.partition("=")
                list(message.iter_attachments())[-1].set_param(name, value)
        return message


class _Delivery:
    """One conversation with the server, which remembers whether the letter was already being handed over."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=server.tls_context,
        )
        self._handing_over = False
        self._about_this_letter = False
        self._delivered = False

    async def run(self, message: EmailMessage, from_email: str, to: str) -> SendOutcome:
        client = self._client
        await client.connect()
        if self._server.username is not None and self._server.password is not None:
            await client.login(self._server.username, self._server.password)
        options: list[str] = []
        if not to.isascii():
            await client.ehlo()
            if not client.supports_extension("smtputf8"):
                return Refused("the mail server does not take addresses outside ASCII")
            options.append("SMTPUTF8")
        await client.mail(from_email, options=options, encoding="utf-8")
        self._about_this_letter = True
        await client.rcpt(to, encoding="utf-8")
        self._handing_over = True
        await client.data(bytes(message))
        self._delivered = True
        await client.quit()
        return Sent()

    def outcome_of(self, problem: Exception) -> SendOutcome:
        """An answer with a number says what happened; silence means unknown once the letter was under way."""
        if self._delivered:
            return Sent()
        reason = f"{type(problem).__name__}: {problem}"[:500]
        if isinstance(problem, aiosmtplib.SMTPResponseException) and not _is_silence(problem):
            # A refusal before RCPT (log-in, sender) is about our account and must not cost the letter.
            permanent = self._about_this_letter and problem.code >= _PERMANENT
            return Refused(reason) if permanent else Temporary(reason)
        return Unknown(reason) if self._handing_over else Temporary(reason)

    def close(self) -> None:
        self._client.close()


def _recipient(to: str) -> Address | str:
    if to.isascii():
        return Address(addr_spec=to)
    # Address takes no letters outside ASCII before the at sign; SMTPUTF8 (RFC 6531) does.
    if not _PLAIN_ADDRESS.fullmatch(to):
        raise ValueError("not an address")
    return to


def _is_silence(problem: aiosmtplib.SMTPResponseException) -> bool:
    return problem.code < 0
