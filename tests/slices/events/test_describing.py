"""Descriptions: what organisers write comes out as they meant it, and nothing else comes out with it."""

import re

import pytest

from admitone.events import describe, describing, plain

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<iframe src="javascript:alert(1)"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    "<p onclick=alert(1)>x</p>",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "<!-- <img src=x onerror=alert(1)> -->",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example/a)",
    "[x](/sign-out)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "![x](https://evil.example/pixel.gif)",
    '![x](x "onerror=alert(1)")',
    '[a](https://a.example/"onmouseover="alert(1))',
    "[a](<https://a.example/' onmouseover='alert(1)>)",
    "`<img src=x onerror=alert(1)>`",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "# <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>",
    "> <iframe src=javascript:alert(1)>",
    "<h1 class=topbar>x</h1>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)</script>",
    "<a\nhref=javascript:alert(1)>x</a>",
    '<p style="position:fixed">x</p>',
]
_TAG = re.compile(r"<[^>]*>")
_SAFE_TAG = re.compile(
    r"</?(p|br|h3|h4|h5|ul|li|strong|em|s|blockquote|code|pre|hr|ol)>"
    r'|<ol start="\d+">'
    r'|<a( href="(https?://|mailto:|tel:)[^"<>]*")?( title="[^"<>]*")? rel="nofollow noopener">|</a>'
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_harmless_elements_comes_out(attack: str) -> None:
    html = describe(attack)
    assert [tag for tag in _TAG.findall(html) if not _SAFE_TAG.fullmatch(tag)] == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_second_fence_holds_without_the_first(attack: str) -> None:
    html = describing._CLEANER.clean(attack)
    assert [tag for tag in _TAG.findall(html) if not _SAFE_TAG.fullmatch(tag)] == []


def test_html_is_shown_as_the_text_it_is() -> None:
    assert describe("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_markdown_becomes_the_elements_it_means() -> None:
    assert describe("# One\n\n## Two\n\nA **b** *c* ~~d~~ `e`.\n\n- x\n- y\n\n3. z\n\n> q\n\n---") == (
        "<h3>One</h3>\n<h3>Two</h3>\n<p>A <strong>b</strong> <em>c</em> <s>d</s> <code>e</code>.</p>\n"
        '<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<ol start="3">\n<li>z</li>\n</ol>\n'
        "<blockquote>\n<p>q</p>\n</blockquote>\n<hr>\n"
    )


def test_a_link_tells_nobody_where_it_came_from_and_lends_no_weight() -> None:
    assert describe("[us](https://a.example/?a=1&b=2)") == (
        '<p><a href="https://a.example/?a=1&amp;b=2" rel="nofollow noopener">us</a></p>\n'
    )


def test_a_preview_is_plain_words() -> None:
    assert plain("# Hi\n\nA **bold** & [linked](https://a.example) `<b>`") == "Hi A bold & linked <b>"


def test_a_long_and_deep_description_is_rendered_in_reasonable_time() -> None:
    assert len(describe("> " * 5_000 + "x")) < 200_000
    assert describe("[" * 10_000).count("[") == 10_000
