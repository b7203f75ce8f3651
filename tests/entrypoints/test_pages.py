"""Every template renders with its sample, keeps the form tokens and needs no exception from the policy."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import ClassVar

import pytest
from jinja2 import UndefinedError

from admitone.entrypoints.assets import Assets
from admitone.entrypoints.pages.rendering import FOLDER, Chrome, Notice, Pages
from tests.support.sample_event_views import event_view
from tests.support.sample_order_views import checkout_view
from tests.support.sample_views import all_views

VIEWS = all_views()
CHROME = Chrome(csrf_token="token-1", path="/here", person_name="Ada <b>", mailbox_url="/mailbox")
BANNED = re.compile(r"<[a-z][^>]*\s(?:style|on[a-z]+)\s*=|<style|javascript:", re.IGNORECASE)


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(Assets().url)


class Outline(HTMLParser):
    """Ids, labels, controls, forms and headings of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.forms: list[dict[str, str]] = []
        self.tokens: list[int] = []
        self.headings: list[str] = []
        self.described: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.targets.add(given["for"])
        if tag == "form":
            self.forms.append(given)
            self.tokens.append(0)
        if tag == "input" and given.get("name") == "csrf":
            assert given["value"] == "token-1"
            self.tokens[-1] += 1
        if tag in ("h1",):
            self.headings.append(tag)
        self.described |= set(given.get("aria-describedby", "").split())


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_renders_and_keeps_the_rules(pages: Pages, name: str) -> None:
    html = pages.render(VIEWS[name], chrome=CHROME)
    outline = Outline(html)
    assert BANNED.findall(html) == []
    assert html.startswith("<!doctype html>")
    assert outline.headings == ["h1"]
    assert sorted(outline.ids) == sorted(set(outline.ids)), "an id stands twice"
    assert outline.targets <= set(outline.ids)
    assert outline.described <= set(outline.ids)
    for form, tokens in zip(outline.forms, outline.tokens, strict=True):
        assert tokens == (1 if form.get("method") == "post" else 0), form


def test_every_template_has_a_sample() -> None:
    shown = {view.template for view in VIEWS.values()}
    written = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*.html")
        if not path.name.startswith("_") and path.parent.name != "_parts"
    }
    assert written == shown


def test_what_people_typed_is_escaped(pages: Pages) -> None:
    view = replace(event_view(), title='<script>x</script>"', place_detail="a & b")
    html = pages.render(view, chrome=CHROME)
    assert "<script>x" not in html
    assert "&lt;script&gt;x&lt;/script&gt;&#34;" in html
    assert "a &amp; b" in html
    assert "Ada &lt;b&gt;" in html


def test_a_name_a_view_does_not_have_is_an_error(pages: Pages) -> None:
    class Wrong:
        template: ClassVar[str] = "pay/pay.html"
        state = "paid"

    with pytest.raises(UndefinedError):
        pages.render(Wrong(), chrome=CHROME)


def test_values_and_errors_come_back_beside_their_fields(pages: Pages) -> None:
    view = replace(checkout_view(), values={"name": 'A"B'}, errors={"name": "Too short.", "": "Not placed."})
    html = pages.render(view, chrome=CHROME)
    assert 'value="A&#34;B"' in html
    assert '<a href="#f-name">Full name: Too short.</a>' in html
    assert 'id="e-name"' in html
    assert "<b>Not placed.</b>" in html
    assert 'aria-describedby="e-name" aria-invalid="true"' in html


def test_the_last_notice_is_shown_once(pages: Pages) -> None:
    html = pages.render(VIEWS["help"], chrome=replace(CHROME, notice=Notice("Saved.")))
    assert html.count("Saved.") == 1
    assert 'role="status"' in html


@pytest.mark.parametrize(
    ("theme", "expected"), [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"')]
)
def test_a_chosen_theme_is_on_the_root(pages: Pages, theme: str, expected: str) -> None:
    first_line = pages.render(VIEWS["home"], chrome=replace(CHROME, theme=theme)).splitlines()[1]
    assert expected in first_line


def test_no_chosen_theme_follows_the_system(pages: Pages) -> None:
    assert "data-theme" not in pages.render(VIEWS["home"], chrome=CHROME)


def test_warming_compiles_everything(pages: Pages) -> None:
    assert pages.warm() == len(list(FOLDER.rglob("*.html")))


def test_the_site_is_called_what_its_owner_calls_it() -> None:
    pages = Pages(Assets().url, site_name="Yaba & Sons")
    for name in ("event", "overview"):
        html = pages.render(next(view for key, view in VIEWS.items() if name in key), chrome=CHROME)
        assert "· Yaba &amp; Sons</title>" in html
        assert "Admit One" not in html
