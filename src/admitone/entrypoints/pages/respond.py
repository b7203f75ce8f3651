"""Answering with a page, reading a form that is ours, going somewhere else with a word to be shown there."""

from collections.abc import Awaitable, Mapping
from re import compile as expression
from typing import Annotated, Final
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from admitone.entrypoints.callers import WithCallers, callers_of
from admitone.entrypoints.csrf import FIELD
from admitone.entrypoints.needs import assembly_of
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import Chrome, Notice, Pages, View
from admitone.entrypoints.request_refusals import UnstorableText
from admitone.entrypoints.trying_out import shows_mailbox
from admitone.values.refusals import Problems, Refusal

FIELDS_MOST: Final = 500
_NOTICE_MOST: Final = 300
_KINDS: Final = frozenset({"ok", "info", "warn", "bad"})
_THEMES: Final = frozenset({"light", "dark"})


async def page(
    request: Request, view: View, *, status: int = 200, notice: Notice | None = None
) -> HTMLResponse:
    """A page made for this visitor alone: it greets them, carries their form token, and is never stored.

    `notice` is shown at the top; without one, whatever `go_to` left behind.
    """
    callers = callers_of(request)
    left = _left_behind(request)
    chrome = await _chrome(request, notice or left)
    response = HTMLResponse(_pages(request).render(view, chrome=chrome), status_code=status)
    callers.dress(request, response)
    if left is not None:
        # As it was set: a browser ignores any other word about a cookie whose name begins with `__Host-`.
        response.delete_cookie(
            _notice_cookie(request), path="/", secure=_is_secure(request), httponly=True, samesite="lax"
        )
    return response


async def _chrome(request: Request, notice: Notice | None) -> Chrome:
    callers = callers_of(request)
    needs = assembly_of(request)
    found = await callers.session(request)
    theme = request.cookies.get("theme")
    return Chrome(
        csrf_token=callers.form_token(request),
        path=request.url.path,
        origin=needs.settings.site_url,
        person_name=None if found is None else found.person_name,
        is_organiser=found is not None and bool(found.actor.roles),
        theme=theme if theme in _THEMES else None,
        notice=notice,
        mailbox_url=links.MAILBOX if shows_mailbox(needs.settings) else None,
    )


def _pages(request: Request) -> Pages:
    found = request.app.state.pages
    assert isinstance(found, Pages)
    return found


_UNSTORABLE: Final = expression("[\0\ud800-\udfff]")


async def read_form(request: Request) -> FormData:
    """The form of a page that others may see, and which therefore carries no token: for what needs no
    session. Raises `UnstorableText`.
    """
    form = await request.form(max_files=0, max_fields=FIELDS_MOST)
    refuse_unstorable_fields(form)
    return form


def refuse_unstorable_fields(form: FormData) -> None:
    """Raise `UnstorableText` for a NUL or half a surrogate pair. In a form of parts (multipart) whoever sends it says
    how texts are written, so they are looked at as they are read.
    """
    for name, value in form.multi_items():
        for one in (name, value):
            if isinstance(one, str) and _UNSTORABLE.search(one):
                raise UnstorableText


async def read_checked_form(request: Request, callers: WithCallers) -> FormData:
    """The form. Raises `FromElsewhere` unless it is from a page of ours."""
    form = await read_form(request)
    callers.require_ours(request, text_of(form, FIELD))
    return form


checked_form = Annotated[FormData, Depends(read_checked_form)]
plain_form = Annotated[FormData, Depends(read_form)]


def text_of(form: FormData, name: str) -> str:
    """What was typed into a field; empty when there is no such field (or a file instead)."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def values_of(form: FormData) -> dict[str, str]:
    """Everything typed, to be shown again beside what was wrong with it."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str) and name != FIELD}


def errors_of(refusal: Refusal, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """The sentence for each field, `''` for the whole form. `names` maps a refusal's fields to the form's."""
    problems = refusal.problems if isinstance(refusal, Problems) else (refusal,)
    errors: dict[str, str] = {}
    for one in problems:
        known = one.field or ""
        errors.setdefault((names or {}).get(known, known), one.sentence)
    return errors


async def tried(work: Awaitable[object], notice: Notice) -> Notice:
    """`notice` once the work is done; else the sentence of what stood in its way."""
    try:
        await work
    except Refusal as refusal:
        return Notice(refusal.sentence, "warn")
    return notice


def go_to(request: Request, url: str, notice: Notice | None = None) -> Response:
    """See Other (RFC 9110 section 15.4.4), with a sentence for the page there."""
    response = RedirectResponse(url, status_code=303)
    if notice is not None:
        text = f"{notice.kind}|{notice.at}|{notice.text[:_NOTICE_MOST]}"
        response.set_cookie(
            _notice_cookie(request),
            quote(text),
            max_age=60,
            path="/",
            secure=_is_secure(request),
            httponly=True,
            samesite="lax",
        )
    return response


def _left_behind(request: Request) -> Notice | None:
    parts = unquote(request.cookies.get(_notice_cookie(request), "")).split("|", 2)
    if len(parts) < 3 or parts[0] not in _KINDS:
        return None
    kind, at, text = parts
    return Notice(text[:_NOTICE_MOST], kind, at)


def _is_secure(request: Request) -> bool:
    return callers_of(request).session_cookie.startswith("__Host-")


def _notice_cookie(request: Request) -> str:
    # The prefix keeps other hosts of the same domain from putting words into our mouth.
    return f"{'__Host-' if _is_secure(request) else ''}admitone-notice"
