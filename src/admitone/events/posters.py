"""Draws a poster for an event that has no picture: the same key, accent and style always give the same
drawing.

Six styles in the manner of a two-colour gig print. Pure: no clock, no chance, numbers come from the SHA-256
of the key.
"""

import base64
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 400

_BLEND_STYLE: Final = ".m{mix-blend-mode:multiply}"
_BLEND_DIGEST: Final = base64.b64encode(hashlib.sha256(_BLEND_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_BLEND_DIGEST}'"
"""Send this with a poster: its one style block is allowed by digest, and nothing else is."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Paper and three inks, as #RRGGBB."""

    paper: str
    first: str
    second: str
    third: str

    @property
    def inks(self) -> tuple[str, str, str]:
        return (self.first, self.second, self.third)


PALETTES: Final = {
    "ultra": Palette("#F3E9D7", "#2B3FD6", "#FFB81C", "#FF6B4A"),
    "tomato": Palette("#FBE9DD", "#D8402B", "#1B1A26", "#FFB81C"),
    "pine": Palette("#E9F0E2", "#0E6B4F", "#FFB81C", "#F28C6A"),
    "plum": Palette("#F6E6EC", "#8A2466", "#F28C6A", "#2B3FD6"),
    "sky": Palette("#E3EEF7", "#0B6A9C", "#FF6B4A", "#FFD05C"),
    "ochre": Palette("#FFF0CC", "#9A5B00", "#2B3FD6", "#D8402B"),
}
ACCENTS: Final = tuple(PALETTES)


class Draw:
    """Numbers that follow from a key: each call gives the next one."""

    def __init__(self, key: str) -> None:
        self._bytes = hashlib.sha256(key.encode()).digest()
        self._at = 0

    def between(self, low: float, high: float) -> float:
        """The next number from `low` to `high`."""
        pair = self._bytes[self._at % 32] * 256 + self._bytes[(self._at + 1) % 32]
        self._at += 3
        return low + (high - low) * pair / 65535

    def below(self, count: int) -> int:
        """The next whole number from 0 to `count - 1`."""
        return min(int(self.between(0, count)), count - 1)


Style = Callable[[Draw, Palette], list[str]]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _circle(x: float, y: float, radius: float, ink: str, *, multiply: bool = False, opacity: str = "") -> str:
    blend = ' class="m"' if multiply else ""
    clear = f' opacity="{opacity}"' if opacity else ""
    return f'<circle{blend} cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{ink}"{clear}/>'


def _arcs(draw: Draw, palette: Palette) -> list[str]:
    x, y = WIDTH * draw.between(0.25, 0.8), HEIGHT * draw.between(0.75, 1.05)
    rings = (palette.first, palette.second, palette.paper, palette.third)
    shapes = [_circle(x, y, (9 - step) * HEIGHT * 0.13, rings[step % 4]) for step in range(9)]
    sun = _circle(WIDTH * draw.between(0.1, 0.3), HEIGHT * 0.26, HEIGHT * 0.17, palette.third, multiply=True)
    return [*shapes, sun]


def _ray(x: float, y: float, start: float, end: float, ink: str) -> str:
    reach = WIDTH * 1.3
    first = f"{_n(x + reach * math.cos(start))} {_n(y + reach * math.sin(start))}"
    second = f"{_n(x + reach * math.cos(end))} {_n(y + reach * math.sin(end))}"
    return f'<path d="M{_n(x)} {_n(y)}L{first}L{second}Z" fill="{ink}"/>'


def _burst(draw: Draw, palette: Palette) -> list[str]:
    x, y = WIDTH * 0.5, HEIGHT * draw.between(0.9, 1.1)
    count = 28
    step = math.pi / count
    rays = [
        _ray(x, y, math.pi + step * at, math.pi + step * (at + 0.5), palette.second) for at in range(count)
    ]
    core = _circle(x, y, HEIGHT * 0.52, palette.first)
    glow = _circle(x + WIDTH * 0.09, y - HEIGHT * 0.1, HEIGHT * 0.36, palette.third, multiply=True)
    return [*rays, core, glow]


def _cell(kind: int, x: float, y: float, side: float, ink: str) -> str:
    left, top, right, bottom, size = _n(x), _n(y), _n(x + side), _n(y + side), _n(side)
    if kind == 0:
        return _circle(x + side / 2, y + side / 2, side / 2, ink)
    if kind == 1:
        return f'<path d="M{left} {bottom}A{size} {size} 0 0 1 {right} {top}V{bottom}Z" fill="{ink}"/>'
    if kind == 2:
        return f'<path d="M{left} {top}A{size} {size} 0 0 0 {right} {bottom}H{left}Z" fill="{ink}"/>'
    if kind == 3:
        return f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="{ink}"/>'
    return _circle(x + side / 2, y + side / 2, side * 0.22, ink)


def _grid(draw: Draw, palette: Palette) -> list[str]:
    columns = 8
    side = WIDTH / columns
    shapes = []
    for row in range(math.ceil(HEIGHT / side)):
        for column in range(columns):
            ink = palette.inks[draw.below(3)]
            shapes.append(_cell(draw.below(5), column * side, row * side, side, ink))
    return shapes


def _wave(draw: Draw, level: float, ink: str, opacity: str) -> str:
    height, phase = HEIGHT * draw.between(0.03, 0.07), draw.between(0, 2 * math.pi)
    points = ((WIDTH * at / 24, level + height * math.sin(phase + at * 0.55)) for at in range(25))
    line = "L".join(f"{_n(x)} {_n(y)}" for x, y in points)
    return f'<path class="m" d="M{line}V{HEIGHT}H0Z" fill="{ink}" opacity="{opacity}"/>'


def _waves(draw: Draw, palette: Palette) -> list[str]:
    sun = _circle(
        WIDTH * draw.between(0.55, 0.8), HEIGHT * 0.34, HEIGHT * 0.25, palette.second, multiply=True
    )
    shapes = [sun]
    for at in range(9):
        ink, opacity = ((palette.first, ".62"), (palette.third, ".38"))[at % 2]
        shapes.append(_wave(draw, HEIGHT * (0.34 + at * 0.085), ink, opacity))
    return shapes


def _bars(draw: Draw, palette: Palette) -> list[str]:
    count = 26
    side = WIDTH / count
    shapes = []
    for at in range(count):
        swing = abs(math.sin(at * 0.33 + draw.between(0, 0.8)))
        tall = (0.22 + 0.66 * swing * draw.between(0.6, 1)) * HEIGHT
        ink = palette.first if at % 5 else palette.third
        shapes.append(
            f'<rect x="{_n(at * side + side * 0.16)}" y="{_n(HEIGHT / 2 - tall / 2)}" '
            f'width="{_n(side * 0.68)}" height="{_n(tall)}" rx="{_n(side * 0.34)}" fill="{ink}"/>'
        )
    moon = _circle(WIDTH * draw.between(0.2, 0.8), HEIGHT * 0.5, HEIGHT * 0.36, palette.second, multiply=True)
    return [*shapes, moon]


def _moons(draw: Draw, palette: Palette) -> list[str]:
    shapes = []
    for at, (across, ink) in enumerate(zip((0.28, 0.5, 0.72), palette.inks, strict=True)):
        y = HEIGHT * (0.5 + 0.1 * math.sin(at * 2 + draw.between(0, 3)))
        shapes.append(_circle(WIDTH * across, y, HEIGHT * 0.33, ink, multiply=True, opacity=".92"))
    for at in range(5):
        level = _n(HEIGHT * (0.12 + 0.19 * at))
        shapes.append(
            f'<path d="M0 {level}H{WIDTH}" stroke="{palette.paper}" stroke-width="{_n(HEIGHT * 0.012)}"/>'
        )
    return shapes


_STYLES: Final[dict[str, Style]] = {
    "arcs": _arcs,
    "bars": _bars,
    "burst": _burst,
    "grid": _grid,
    "moons": _moons,
    "waves": _waves,
}
STYLES: Final = tuple(_STYLES)


def poster_svg(key: str, accent: str, style: str) -> str:
    """A poster of 640 by 400 as a whole SVG file. Raises KeyError for an unknown accent or style."""
    palette = PALETTES[accent]
    shapes = "".join(_STYLES[style](Draw(key), palette))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="xMidYMid slice">'
        f"<style>{_BLEND_STYLE}</style>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.paper}"/>{shapes}</svg>'
    )
