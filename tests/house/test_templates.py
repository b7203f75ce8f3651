"""Pages keep to a content policy without exceptions: nothing in them that it would have to allow."""

import re

import pytest

from tests.support.source_files import below, none, shown

# Jinja is taken out first: a macro may have a parameter called `style`.
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
BANNED = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event handler attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an hx-on attribute": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a script with a body": re.compile(
        r"<script\b(?![^>]*\ssrc\s*=)(?![^>]*type=\"application/ld\+json\")[^>]*>", re.IGNORECASE
    ),
}


def complaints(text: str) -> list[tuple[int, str]]:
    """Line number and name of everything banned in a template."""
    bare = JINJA.sub(lambda found: "\n" * found[0].count("\n"), text)
    return [
        (bare.count("\n", 0, found.start()) + 1, what)
        for what, pattern in BANNED.items()
        for found in pattern.finditer(bare)
    ]


def test_no_template_needs_an_exception_from_the_content_policy() -> None:
    templates = below("src/admitone/entrypoints", suffix=".html")
    assert templates != []
    found = [
        f"{shown(path)}:{line} has {what}"
        for path in templates
        for line, what in complaints(path.read_text())
    ]
    none(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<p style="x">', [(1, "a style attribute")]),
        ("<p\n class='a'\n style='x'>", [(1, "a style attribute")]),
        ("<style>p{}</style>", [(1, "a style element")]),
        ('\n<a onclick="x()">', [(2, "an event handler attribute")]),
        ('<a hx-on:click="x()">', [(1, "an hx-on attribute")]),
        ('<a href="javascript:x()">', [(1, "a javascript: address")]),
        ("<script>x()</script>", [(1, "a script with a body")]),
        ('<script type="module">x()</script>', [(1, "a script with a body")]),
        ('<script type="module" src="/a.js"></script>', []),
        ('<script type="application/ld+json">{}</script>', []),
        ('{{ button(style="plain", on="x") }}<p class="style">on = off</p>', []),
    ],
)
def test_the_check_sees_what_is_banned_and_nothing_else(text: str, expected: list[tuple[int, str]]) -> None:
    assert complaints(text) == expected
