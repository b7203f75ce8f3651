"""An event's description: Markdown in, HTML out that is safe to put on our own page.

Two fences, either of which is enough. The parser is told to treat HTML as text; then an allow-list
sanitiser (nh3, which is ammonia) drops every element, attribute and link scheme that is not listed here.
Pictures are not allowed: they would let an organiser see every visitor's address.
"""

import functools
import re
from html import unescape

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "p",
    "br",
    "h3",
    "h4",
    "h5",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "s",
    "blockquote",
    "code",
    "pre",
    "hr",
    "a",
}
_SCHEMES = {"https", "http", "mailto", "tel"}
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}
_HEADING_TAG = re.compile(r"<(/?)(h[1-6])>")

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes=_SCHEMES,
    link_rel="nofollow noopener",
    strip_comments=True,
    url_relative="deny",
)


@functools.lru_cache(maxsize=256)
def describe(markdown: str) -> str:
    """The description as HTML. Pure. The page's own title is h1 and its sections h2, so headings begin at
    h3.
    """
    written = _MARKDOWN.render(markdown)
    lowered = _HEADING_TAG.sub(lambda tag: f"<{tag[1]}{_HEADINGS[tag[2]]}>", written)
    return _CLEANER.clean(lowered)


def plain(markdown: str) -> str:
    """The description as one line of plain words, for previews and machine-readable data."""
    return " ".join(unescape(nh3.clean(describe(markdown), tags=set())).split())
