"""Every text in the tokens is readable on its ground: both themes, every accent (WCAG 2.2, 1.4.3)."""

import re

import pytest

from admitone.entrypoints.assets import SOURCE
from admitone.events.posters import ACCENTS

TEXT = 4.5
CONTROL = 3.0
_GROUNDS = ("paper", "surface", "sunken", "quiet")
PAIRS = (
    *(("ink", ground) for ground in _GROUNDS),
    *(("ink-2", ground) for ground in _GROUNDS),
    *(("accent-text", ground) for ground in _GROUNDS),
    ("accent-text", "accent-tint"),
    ("ink", "accent-tint"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("btn-ink", "btn"),
    ("btn-ink", "btn-hover"),
    ("surface", "bad"),
    ("bad", "surface"),
    ("bad", "paper"),
    ("paper", "ink"),
    *((kind, f"{kind}-tint") for kind in ("ok", "warn", "bad", "info")),
    *(("ink", f"{kind}-tint") for kind in ("ok", "warn", "bad", "info")),
    ("gate-ink", "gate"),
    ("gate-ink-2", "gate"),
    ("gate-ink-2", "gate-raised"),
    ("gate-ok-ink", "gate-ok"),
    ("gate-used-ink", "gate-used"),
    ("gate-bad-ink", "gate-bad"),
    ("gate-idle-ink", "gate-idle"),
    ("side-ink", "side"),
    ("side-ink-2", "side"),
)
EDGES = tuple(("line-strong", ground) for ground in _GROUNDS)


def _block(text: str, selector: str) -> dict[str, str]:
    found = re.search(re.escape(selector) + r" \{(.*?)\}", text, re.DOTALL)
    assert found, selector
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-Fa-f]{6})", found[1]))


def palette(theme: str, accent: str) -> dict[str, str]:
    """The colours in force for a theme and an accent."""
    light = (SOURCE / "css/tokens.css").read_text()
    dark = (SOURCE / "css/dark.css").read_text()
    colours = _block(light, ":root")
    if accent != "ultra":
        colours |= _block(light, f"[data-accent={accent}]")
    if theme == "dark":
        colours |= _block(dark, ":root[data-theme=dark]")
        if accent != "ultra":
            colours |= _block(dark, f":root[data-theme=dark] [data-accent={accent}]")
    return colours


def luminance(colour: str) -> float:
    """Relative luminance. Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """From 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("accent", ACCENTS)
def test_every_pair_is_readable(theme: str, accent: str) -> None:
    colours = palette(theme, accent)
    measured = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: round(ratio, 2) for pair, ratio in measured.items() if ratio < TEXT} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_edges_of_controls_can_be_seen(theme: str) -> None:
    colours = palette(theme, "ultra")
    assert {
        pair: contrast(colours[pair[0]], colours[pair[1]])
        for pair in EDGES
        if contrast(colours[pair[0]], colours[pair[1]]) < CONTROL
    } == {}


def test_the_measure_is_the_published_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


def test_the_sheet_says_start_and_end_never_left_and_right() -> None:
    physical = re.compile(
        r"(?<![-\w])((margin|padding|border|inset)-(left|right|top|bottom)|(left|right|top|bottom)\s*:)"
    )
    found = [
        f"{path.name}: {line.strip()[:80]}"
        for path in sorted((SOURCE / "css").glob("*.css"))
        for line in path.read_text().splitlines()
        if physical.search(line)
    ]
    assert found == []
