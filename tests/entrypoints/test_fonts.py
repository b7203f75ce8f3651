"""Every amount is drawn in our own letters: no sign of any currency is left to whatever font a machine has."""

import re
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from admitone.entrypoints.assets import SOURCE, stylesheet
from admitone.values import currencies, formats

_FACE = re.compile(r"@font-face\s*\{([^}]*)\}")
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", re.IGNORECASE)
# Drawn by nothing, so it matters to nobody which font has it.
_SPACES = frozenset("\u00a0 ")


def _asked_of(family: str) -> list[tuple[str, set[int]]]:
    """The files of a family, and the characters a browser asks of each: only those within `unicode-range`."""
    found = []
    for face in _FACE.findall(stylesheet()):
        if f'font-family: "{family}"' in face:
            path = re.search(r"url\(([^)]+)\)", face)
            ranges = re.search(r"unicode-range:([^;]+);", face)
            assert path is not None and ranges is not None, face
            asked = {
                code
                for first, last in _RANGE.findall(ranges[1])
                for code in range(int(first, 16), int(last or first, 16) + 1)
            }
            found.append((path[1], asked))
    return found


def _drawn_by(family: str) -> set[str]:
    """The characters this family really draws on a page."""
    drawn: set[str] = set()
    for path, asked in _asked_of(family):
        face = TTFont(BytesIO((SOURCE / path).read_bytes()))
        drawn |= {chr(code) for code in asked & face.getBestCmap().keys()}
    return drawn


@pytest.mark.parametrize("family", ["Figtree", "Bricolage"])
def test_every_amount_of_every_currency_is_drawn_in_our_letters(family: str) -> None:
    drawn = _drawn_by(family) | _SPACES
    missing = {
        code: sorted(set(formats.money(-1_234_567_890, code)) - drawn)
        for code in currencies.EXPONENTS
        if not set(formats.money(-1_234_567_890, code)) <= drawn
    }
    assert missing == {}


def test_a_page_in_euros_asks_for_no_file_of_signs() -> None:
    asked = [path for path, codes in _asked_of("Figtree") if ord("€") in codes]
    assert asked == ["fonts/figtree.woff2"]


@pytest.mark.parametrize("family", ["Figtree", "Bricolage"])
@pytest.mark.parametrize(
    "words",
    [
        "Zażółć gęślą jaźń, Łódź",
        "Příliš žluťoučký kůň úpěl",
        "Şişli'de İğne, ışık",
        "Țara Făgărașului",
        "Árvíztűrő tükörfúrógép",
        "Šķūņu ģērēts ēnā",
    ],
)
def test_european_languages_are_written_in_our_letters(family: str, words: str) -> None:
    assert set(words) - _drawn_by(family) - _SPACES == set()


def test_a_page_in_french_asks_for_the_first_file_only() -> None:
    wanted = {ord(letter) for letter in "L’œuvre naïve coûte 12 € à l’été"}
    assert [path for path, codes in _asked_of("Figtree") if codes & wanted] == ["fonts/figtree.woff2"]


def test_what_a_page_asks_for_weighs_no_more_than_it_may() -> None:
    weight = {
        path: (SOURCE / path).stat().st_size
        for family in ("Figtree", "Bricolage")
        for path, _ in _asked_of(family)
    }
    always = sum(size for path, size in weight.items() if "more" not in path and "signs" not in path)
    assert always <= 36 * 1024
    # A page of Polish prices in zloty and lira.
    assert sum(weight.values()) <= 56 * 1024
