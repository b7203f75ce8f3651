"""One set of promises for every way of sending, and what SMTP servers do to letters: against a real server."""

import asyncio
import datetime as dt
import email
import email.policy
import gc
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from admitone.messaging import (
    Attachment,
    Kept,
    OutgoingLetter,
    Refused,
    Sender,
    SendOutcome,
    Sent,
    Temporary,
    Unknown,
)
from admitone.messaging.senders.mailbox import MailboxSender
from admitone.messaging.senders.smtp import SmtpSender, SmtpServer
from admitone.values.clock import FrozenClock

pytestmark = pytest.mark.asyncio

CLOCK = FrozenClock(dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC))
LETTER = OutgoingLetter(
    id=UUID("018f4e3c-0000-7000-8000-00000000000a"),
    to="ada.obi@mail.example",
    subject="Your tickets for Nuit d’été ₦",
    html="<p>Hello Ada, ₦19,425</p>",
    text="Hello Ada, ₦19,425\n.\nA line of one dot is a trap.\n",
    attachments=(
        Attachment("tickets.pdf", "application/pdf", bytes(range(256)) * 40),
        Attachment("event.ics", "text/calendar; charset=utf-8", "SUMMARY:Été\r\n".encode()),
    ),
    reply_to="hello@foundry.example",
)

# aiosmtpd leaves a connection that broke to the garbage collector, which complains after the loop has closed.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _collected_here() -> Iterator[None]:
    """What the peer left behind is collected in this module's tests, not in whichever comes next."""
    yield
    gc.collect()


class Server:
    """A mail server on this machine whose answers a test can change."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.tries = 0
        self.on_sender = "250 OK"
        self.on_recipient = "250 OK"
        self.on_data: Callable[[SMTP], Any] | str = "250 OK"
        self.forever = asyncio.Event()
        self.port = 0

    async def handle_MAIL(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.on_sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.on_sender

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.on_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tries += 1
        if callable(self.on_data):
            await self.on_data(server)
            return "250 OK"
        if self.on_data.startswith("250"):
            self.received.append(envelope)
        return self.on_data

    def message(self, number: int = -1) -> EmailMessage:
        content = self.received[number].content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


@asynccontextmanager
async def mail_server(**options: Any) -> AsyncIterator[Server]:
    made = Server()
    tls = options.pop("implicit_tls", None)
    options.setdefault("enable_SMTPUTF8", True)
    listening = await asyncio.get_running_loop().create_server(
        lambda: SMTP(made, hostname="mail.test", **options), "127.0.0.1", 0, ssl=tls
    )
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.forever.set()
        listening.close()


def sender_to(server: Server, **options: Any) -> SmtpSender:
    options = {"security": "none", "timeout_seconds": 5.0, **options}
    where = SmtpServer(host="127.0.0.1", port=server.port, **options)
    return SmtpSender(
        where,
        from_email="tickets@admit.example",
        from_name="Admit One, tickets",
        clock=CLOCK,
    )


@pytest_asyncio.fixture(params=["smtp", "mailbox"])
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    if request.param == "mailbox":
        yield MailboxSender()
        return
    async with mail_server() as server:
        yield sender_to(server)


def accepted(outcome: SendOutcome) -> bool:
    return isinstance(outcome, Sent | Kept)


async def test_every_sender_takes_a_letter_and_takes_it_again(sender: Sender) -> None:
    assert [accepted(await sender.send(LETTER)) for _ in range(2)] == [True, True]


async def test_every_sender_takes_many_letters_at_once(sender: Sender) -> None:
    outcomes = await asyncio.gather(*(sender.send(LETTER) for _ in range(10)))
    assert [accepted(outcome) for outcome in outcomes] == [True] * 10


@pytest.mark.parametrize(
    "to",
    [
        "",
        "no-at-sign",
        "a@b@c",
        "ada@mail.example\r\nBcc: all@mail.example",
        "a b@c.example",
        "é <b@c.example>",
    ],
)
async def test_no_sender_raises_over_an_impossible_address(sender: Sender, to: str) -> None:
    outcome = await sender.send(OutgoingLetter(id=LETTER.id, to=to, subject="x", html="x", text="x"))
    assert isinstance(outcome, Refused | Kept)


async def test_the_server_receives_the_letter_as_it_was_written() -> None:
    async with mail_server() as server:
        assert await sender_to(server).send(LETTER) == Sent()
        message = server.message()
        assert server.received[0].mail_from == "tickets@admit.example"
        assert server.received[0].rcpt_tos == ["ada.obi@mail.example"]
    assert message["Subject"] == "Your tickets for Nuit d’été ₦"
    assert message["From"] == '"Admit One, tickets" <tickets@admit.example>'
    assert message["To"] == "ada.obi@mail.example"
    assert message["Reply-To"] == "hello@foundry.example"
    assert message["Date"].datetime == CLOCK.now()
    assert message["Message-ID"] == "<018f4e3c-0000-7000-8000-00000000000a@admit.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert page is not None and page.get_content().strip() == LETTER.html
    pdf, ics = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content_type()) == (
        "tickets.pdf",
        "application/pdf",
    )
    assert pdf.get_content() == LETTER.attachments[0].content
    assert (ics.get_filename(), ics.get_content_type()) == (
        "event.ics",
        "text/calendar",
    )
    assert ics.get_param("charset") == "utf-8"
    assert ics.get_payload(decode=True) == LETTER.attachments[1].content


async def test_a_letter_tried_twice_keeps_its_message_id() -> None:
    async with mail_server() as server:
        server.on_data = "451 try later"
        assert isinstance(await sender_to(server).send(LETTER), Temporary)
        server.on_data = "250 OK"
        assert await sender_to(server).send(LETTER) == Sent()
        assert await sender_to(server).send(LETTER) == Sent()
        assert server.message(0)["Message-ID"] == server.message(1)["Message-ID"]


async def test_a_subject_cannot_add_a_header() -> None:
    letter = OutgoingLetter(LETTER.id, LETTER.to, "Hello\r\nBcc: all@mail.example", "x", "x")
    async with mail_server() as server:
        assert await sender_to(server).send(letter) == Sent()
        assert server.received[0].rcpt_tos == [LETTER.to]
        assert server.message()["Bcc"] is None
        assert server.message()["Subject"] == "Hello Bcc: all@mail.example"


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("on_recipient", "550 5.1.1 no such user", Refused),
        ("on_recipient", "450 4.2.1 mailbox busy", Temporary),
        ("on_data", "554 5.7.1 not wanted here", Refused),
        ("on_data", "552 5.3.4 too big", Refused),
        ("on_data", "452 4.3.1 disk full", Temporary),
        # Our account's trouble, not this letter's: it must go out once the operator has put things right.
        ("on_sender", "550 5.7.1 you may not send as this address", Temporary),
        ("on_sender", "421 too many connections", Temporary),
    ],
)
async def test_an_answer_with_a_number_says_what_happened(step: str, answer: str, kind: type) -> None:
    async with mail_server() as server:
        setattr(server, step, answer)
        outcome = await sender_to(server).send(LETTER)
        assert isinstance(outcome, Refused | Temporary | Unknown)
        assert isinstance(outcome, kind)
        assert answer[4:] in outcome.reason
        assert server.received == []


async def test_a_server_that_hangs_up_after_the_letter_leaves_it_unknown() -> None:
    async def hang_up(connection: SMTP) -> None:
        assert isinstance(connection.transport, asyncio.Transport)
        connection.transport.abort()

    async with mail_server() as server:
        server.on_data = hang_up
        assert isinstance(await sender_to(server).send(LETTER), Unknown)
        assert server.tries == 1


async def test_a_server_that_goes_silent_after_the_letter_leaves_it_unknown() -> None:
    async with mail_server() as server:
        server.on_data = lambda connection: server.forever.wait()
        # Long enough for the steps before it, on any machine.
        assert isinstance(await sender_to(server, timeout_seconds=3).send(LETTER), Unknown)
        assert server.tries == 1


async def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with listening:
        where = Server()
        where.port = listening.sockets[0].getsockname()[1]
        assert isinstance(await sender_to(where, timeout_seconds=0.2).send(LETTER), Temporary)


async def test_no_server_at_all_is_temporary() -> None:
    async with mail_server() as server:
        pass
    assert isinstance(await sender_to(server).send(LETTER), Temporary)


async def test_an_address_outside_ascii_goes_only_where_it_is_understood() -> None:
    letter = OutgoingLetter(LETTER.id, "адa@mail.example", "x", "x", "x")
    async with mail_server(enable_SMTPUTF8=True) as server:
        assert await sender_to(server).send(letter) == Sent()
        assert server.received[0].rcpt_tos == ["адa@mail.example"]
    async with mail_server(enable_SMTPUTF8=False) as server:
        assert isinstance(await sender_to(server).send(letter), Refused)
        assert server.received == []


@pytest.fixture(scope="module")
def tls(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a trusting client's context for 127.0.0.1."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    # The certificate is checked against the machine's clock, so it is made by it too.
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


def only_ada(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    return AuthResult(success=given == LoginPassword(b"ada", b"right"), handled=False)


async def test_starttls_and_a_password_let_the_letter_through(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with mail_server(tls_context=tls[0], authenticator=only_ada, auth_required=True) as server:
        login = {"security": "starttls", "tls_context": tls[1], "username": "ada"}
        assert await sender_to(server, password="right", **login).send(LETTER) == Sent()
        assert isinstance(await sender_to(server, password="wrong", **login).send(LETTER), Temporary)
        assert len(server.received) == 1


async def test_tls_from_the_first_byte_works(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with mail_server(implicit_tls=tls[0]) as server:
        assert await sender_to(server, security="tls", tls_context=tls[1]).send(LETTER) == Sent()


async def test_a_stranger_s_certificate_gets_no_letter(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with mail_server(tls_context=tls[0]) as server:
        assert isinstance(await sender_to(server, security="starttls").send(LETTER), Temporary)
        assert server.received == []


async def test_starttls_is_required_and_not_merely_tried() -> None:
    async with mail_server() as server:
        assert isinstance(await sender_to(server, security="starttls").send(LETTER), Temporary)
        assert server.received == []


async def test_a_password_is_never_sent_in_the_clear_nor_shown() -> None:
    with pytest.raises(AssertionError):
        SmtpServer("127.0.0.1", 25, "none", username="ada", password="right")
    assert "right" not in repr(SmtpServer("127.0.0.1", 25, "tls", username="ada", password="right"))
