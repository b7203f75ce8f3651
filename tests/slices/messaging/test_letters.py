"""Letters say what they must, in both forms, and nothing anybody typed can say more."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admitone.messaging import REQUIRED, render
from tests.support.letters_said import CONTEXT, SAID


class Reading(HTMLParser):
    """What a mail client shows and follows."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.outside: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in ("style", "title")
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "background"):
                self.outside.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    return reading


def test_every_letter_is_described_here() -> None:
    assert set(SAID) == set(REQUIRED)


@pytest.mark.parametrize("template", sorted(SAID))
def test_both_forms_of_a_letter_say_the_same_and_carry_the_link(template: str) -> None:
    subject, sentences, link = SAID[template]
    letter = render(template, CONTEXT)
    page = read(letter.html)
    plain = " ".join(letter.text.split())
    assert letter.subject == subject
    for sentence in sentences:
        assert sentence in page.text()
        assert sentence in plain
    assert link in page.links
    assert link in letter.text.splitlines()


@pytest.mark.parametrize("template", sorted(SAID))
def test_a_letter_loads_nothing_shouts_nothing_and_suits_dark_screens(
    template: str,
) -> None:
    letter = render(template, CONTEXT)
    page = read(letter.html)
    assert page.outside == []
    assert not page.tags & {"img", "script", "form", "iframe", "link"}
    assert "!" not in letter.subject + letter.text + page.text()
    assert "prefers-color-scheme: dark" in letter.html
    assert '<html lang="en"' in letter.html
    assert all(len(line) <= 78 for line in letter.text.splitlines())
    assert "\n\n\n" not in letter.text
    assert len(letter.html.encode()) < 30_000


@pytest.mark.parametrize("template", sorted(REQUIRED))
def test_a_letter_without_one_of_its_values_is_a_broken_assumption(
    template: str,
) -> None:
    for missing in REQUIRED[template] | {"site_name", "site_url"}:
        with pytest.raises(AssertionError):
            render(
                template,
                {name: value for name, value in CONTEXT.items() if name != missing},
            )


def test_a_free_cancelled_event_promises_no_money_and_a_partial_refund_keeps_tickets_valid() -> None:
    free = render("event_cancelled", {**CONTEXT, "amount_text": None, "message": None})
    assert "Your tickets were free, so there is nothing to return." in free.text
    assert "writes:" not in free.text and "writes:" not in free.html
    assert "None" not in free.text + read(free.html).text()
    part = render("refunded", {**CONTEXT, "whole_order": False, "tickets_stay": False})
    assert "The others stay valid." in part.text and "The others stay valid." in part.html


def test_an_amount_given_back_keeps_all_tickets_and_a_ticket_may_die_for_nothing() -> None:
    goodwill = {**CONTEXT, "lines": [], "message": None}
    given = render("taken_back", goodwill)
    assert given.subject == "₦58,275 comes back for Lagos Jazz Week"
    assert "Your tickets stay as they are." in given.text and "Your tickets stay as they are." in given.html
    assert "no longer" not in given.text + given.html
    nothing = render("taken_back", {**CONTEXT, "amount_text": None, "left_text": None, "by_buyer": False})
    assert "No money comes back for them." in nothing.text
    assert "Foundry Nights has cancelled" in nothing.text
    assert "None" not in nothing.text + read(nothing.html).text()
    credit = render("taken_back", {**CONTEXT, "is_credit": True})
    on_code = render("taken_back", {**CONTEXT, "on_code": "all"})
    assert "₦58,275 is back on the code you paid with." in on_code.text
    assert "is back on the code" in on_code.html
    partly = render("taken_back", {**CONTEXT, "on_code": "some"})
    assert "What you had paid with a code is on that code again." in partly.text
    assert "₦58,275 is kept for you as store credit." in credit.text
    coins = {**CONTEXT, "bitcoin_text": "50,000 sats"}
    for sent in (render("refunded", coins), render("payment_too_late", coins)):
        assert "50,000 sats" in sent.text and "50,000 sats" in sent.html
        assert "Banks" not in sent.text + sent.html
    stay = render("refunded", {**CONTEXT, "whole_order": False, "tickets_stay": True})
    assert "Your tickets stay as they are." in stay.text and "Your tickets stay as they are." in stay.html


def _words(template: str, **context: object) -> tuple[str, str]:
    """What both forms of a letter say."""
    letter = render(template, {**CONTEXT, **context})
    return " ".join(letter.text.split()), " ".join(read(letter.html).text().split())


@pytest.mark.parametrize("template", ["event_cancelled", "taken_back"])
def test_who_paid_in_bitcoin_is_not_told_to_do_nothing(template: str) -> None:
    for words in _words(template, in_bitcoin="all"):
        assert "comes back to you in bitcoin" in words
        assert "another mail, which asks you where to send it" in words
        assert "You do not have to do anything" not in words
        assert "the way you paid" not in words
        assert "Banks" not in words
    for words in _words(template, in_bitcoin="some"):
        assert "the way you paid" in words
        assert "in bitcoin waits until you say where to send it" in words
        assert "You do not have to do anything" not in words
    for words in _words(template):
        assert "bitcoin" not in words


def test_who_waits_for_a_refund_of_a_payment_that_was_lost_is_told_that_nothing_comes() -> None:
    for words in _words("payment_undone", state="lost", is_refund_over=True):
        assert "nothing left that could be sent back to you" in words
        assert "order again" not in words
    for words in _words("payment_undone", state="lost", is_refund_over=False):
        assert "please order again" in words


HOSTILE = [
    '<script>alert(1)</script><a href="https://evil.example">win</a>',
    '</mj-text><mj-button href="https://evil.example">win</mj-button><mj-text>',
    '{{ 7*7 }}{% include "x" %}<mj-include path="/etc/passwd" />',
    'x"\r\nBcc: all@mail.example\r\n\r\nPay here: https://evil.example',
    "<!-- <![CDATA[ &nbsp; &#x202e; \x00\x0b\u202e]]> -->",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_people_type_is_only_text(typed: str) -> None:
    calm, hostile = (
        render("tickets", CONTEXT),
        render("tickets", {**CONTEXT, "event_title": typed}),
    )
    page = read(hostile.html)
    assert page.links == read(calm.html).links
    assert page.tags == read(calm.html).tags
    assert "\n" not in hostile.subject and "\r" not in hostile.subject
    assert len(hostile.text.splitlines()) == len(calm.text.splitlines())
    assert " ".join("".join(c for c in typed if c.isprintable() or c in "\r\n").split())[:40] in page.text()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_makes_a_letter_of_the_same_shape(typed: str) -> None:
    calm = render("event_cancelled", CONTEXT)
    letter = render("event_cancelled", {**CONTEXT, "event_title": typed, "organiser_name": typed})
    assert len(letter.text.splitlines()) == len(calm.text.splitlines())
    assert read(letter.html).links == read(calm.html).links
    assert len(letter.subject) <= 150
