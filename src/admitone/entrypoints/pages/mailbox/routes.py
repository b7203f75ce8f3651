"""`/dev/mailbox`: the letters of a site that has no mail server, for whoever tries the program out.

Anybody who can open it reads everybody's letters, sign-in links included. So it is not there once letters are
really sent, nor on a site that others can reach; and it opens only at the address that the site printed, in case a
proxy that nobody told us of makes it reachable.
"""

import re
from html.parser import HTMLParser
from typing import Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import messaging
from admitone.assembly import Assembly
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.mailbox.view import AttachmentRow, LetterRow, LetterView, MailboxView
from admitone.entrypoints.pages.respond import page
from admitone.entrypoints.pages.views import State
from admitone.entrypoints.request_refusals import NoSuchAddress, NotAsPrinted
from admitone.entrypoints.trying_out import is_for_trying_out, shows_mailbox
from admitone.values import formats

router = APIRouter(include_in_schema=False)
SHOWN_MOST: Final = 200
# Nothing in a letter runs or loads, and it may be framed by our own page only.
_LETTER_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
_STATES: Final = {
    "queued": State("Waiting", "info", "hourglass"),
    "sent": State("Sent", "ok", "check"),
    "kept": State("Kept", "ok", "check"),
    "refused": State("Refused", "bad", "circle-x"),
}
_ZONE: Final = "UTC"
_SAFE_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")


@router.get(links.MAILBOX)
async def show_list(request: Request, needs: Needs, q: str = "") -> Response:
    """The newest letters, found by address or subject."""
    _require_mailbox(request, needs)
    async with needs.database.reading() as reader:
        found = await messaging.newest(reader, SHOWN_MOST)
        files = await messaging.attachments(reader, [one.id for one in found])
    wanted = q.strip().casefold()
    rows = tuple(
        LetterRow(
            url=links.letter(str(one.id)),
            to=one.to_email,
            subject=one.subject,
            at=formats.stamp(one.created_at, _ZONE),
            attachments_words=formats.count(len(files[one.id]), "file", "files") if one.id in files else "",
            state=_STATES[one.state],
        )
        for one in found
        if wanted in one.to_email.casefold() or wanted in one.subject.casefold()
    )
    return await page(request, MailboxView(letters=rows, query=q))


@router.get(links.MAILBOX + "/{letter_id}")
async def show_letter(request: Request, letter_id: UUID, needs: Needs) -> Response:
    """One letter, its links and its files."""
    found = await _letter(request, needs, letter_id)
    async with needs.database.reading() as reader:
        files = (await messaging.attachments(reader, [letter_id])).get(letter_id, ())
    view = LetterView(
        subject=found.subject,
        to=found.to_email,
        sender=needs.settings.mail_from,
        at=f"{formats.stamp(found.created_at, _ZONE)} UTC",
        plain=found.plain,
        html_url=f"{links.letter(str(letter_id))}/html",
        mailbox_url=links.MAILBOX,
        links=_links_in(found.html, needs.settings.site_url),
        attachments=tuple(
            AttachmentRow(
                name=one.filename,
                detail=f"{_kind(one.media_type)}, {formats.size(len(one.content))}",
                url=f"{links.letter(str(letter_id))}/files/{number}",
            )
            for number, one in enumerate(files, start=1)
        ),
    )
    return await page(request, view)


@router.get(links.MAILBOX + "/{letter_id}/html")
async def show_html(request: Request, letter_id: UUID, needs: Needs) -> Response:
    """The letter as a mail program would show it."""
    found = await _letter(request, needs, letter_id)
    headers = {"content-security-policy": _LETTER_POLICY}
    return Response(found.html, media_type="text/html; charset=utf-8", headers=headers)


@router.get(links.MAILBOX + "/{letter_id}/files/{number}")
async def show_file(request: Request, letter_id: UUID, number: int, needs: Needs) -> Response:
    """A file of a letter."""
    await _letter(request, needs, letter_id)
    async with needs.database.reading() as reader:
        files = (await messaging.attachments(reader, [letter_id])).get(letter_id, ())
    if not 1 <= number <= len(files):
        raise NoSuchAddress
    one = files[number - 1]
    name = quote(_SAFE_NAME.sub("-", one.filename))
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(one.content, media_type=one.media_type, headers=headers)


def _require_mailbox(request: Request, needs: Assembly) -> None:
    if not shows_mailbox(needs.settings):
        raise NoSuchAddress
    if not is_for_trying_out(needs.settings, request):
        raise NotAsPrinted


async def _letter(request: Request, needs: Assembly, letter_id: UUID) -> messaging.StoredLetter:
    _require_mailbox(request, needs)
    async with needs.database.reading() as reader:
        found = await messaging.letter(reader, letter_id)
    if found is None:
        raise NoSuchAddress
    return found


def _kind(media_type: str) -> str:
    plain = media_type.partition(";")[0]
    return {"application/pdf": "PDF", "text/calendar": "Calendar"}.get(plain, plain)


class _LinkReader(HTMLParser):
    """Collects what a letter links to, with the words of the link."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._url = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link begins."""
        if tag == "a":
            self._url, self._words = dict(attrs).get("href") or "", []

    def handle_data(self, data: str) -> None:
        """The words inside of it."""
        if self._url:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """A link ends; only addresses of the web are followed."""
        if tag == "a" and self._url.startswith(("http://", "https://")):
            self.found.setdefault(self._url, " ".join("".join(self._words).split()) or self._url)
        if tag == "a":
            self._url = ""


def _links_in(html: str, front_page: str) -> tuple[tuple[str, str], ...]:
    """The letter's links with their words. Its letterhead leads to the front page, which nobody looks for."""
    reader = _LinkReader()
    reader.feed(html)
    front = front_page.rstrip("/")
    return tuple((words, url) for url, words in reader.found.items() if url.rstrip("/") != front)
