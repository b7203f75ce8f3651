"""Posters: the same every time, different from each other, and nothing in them but shapes."""

import base64
import hashlib
import re
from itertools import product
from xml.etree import ElementTree

import pytest

from admitone import events
from admitone.events import posters


@pytest.mark.parametrize(("accent", "style"), list(product(posters.ACCENTS, posters.STYLES)))
def test_every_poster_is_a_small_drawing_in_the_inks_of_its_accent(accent: str, style: str) -> None:
    svg = posters.poster_svg("lagos-jazz-week", accent, style)
    root = ElementTree.fromstring(svg)
    assert root.attrib["viewBox"] == "0 0 640 400"
    assert len(svg) < 10_000
    used = set(re.findall(r"#[0-9A-F]{6}", svg))
    palette = posters.PALETTES[accent]
    assert used <= {palette.paper, *palette.inks}
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg",
        "style",
        "rect",
        "circle",
        "path",
    }


def test_every_look_an_event_may_choose_can_be_drawn() -> None:
    assert set(events.ACCENTS) == set(posters.ACCENTS)
    assert set(events.POSTER_STYLES) == set(posters.STYLES)


@pytest.mark.parametrize("style", posters.STYLES)
def test_the_key_decides_the_drawing(style: str) -> None:
    assert posters.poster_svg("a", "pine", style) == posters.poster_svg("a", "pine", style)
    assert posters.poster_svg("a", "pine", style) != posters.poster_svg("b", "pine", style)


def test_a_drawing_stays_the_same_from_version_to_version() -> None:
    svg = posters.poster_svg("lagos-jazz-week", "ultra", "bars")
    assert hashlib.sha256(svg.encode()).hexdigest()[:16] == "bfe6e8fecb6a15f8"


def test_the_policy_allows_exactly_the_style_in_the_file() -> None:
    svg = posters.poster_svg("a", "sky", "waves")
    found = re.search(r"<style>(.*?)</style>", svg)
    assert found
    digest = posters.CONTENT_SECURITY_POLICY.split("'sha256-")[1].rstrip("'")
    assert digest == base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()


def test_an_unknown_accent_or_style_is_an_error() -> None:
    with pytest.raises(KeyError):
        posters.poster_svg("a", "beige", "bars")
    with pytest.raises(KeyError):
        posters.poster_svg("a", "pine", "cubist")
