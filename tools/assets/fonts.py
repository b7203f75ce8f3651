"""Builds our fonts: Latin and the signs we print, one weight axis, woff2; and currency signs for the printed ticket.

    python tools/assets/fonts.py FOLDER

FOLDER holds the unpacked npm packages `@fontsource-variable/figtree`, `@fontsource-variable/bricolage-grotesque` and
`@fontsource-variable/inter` (5.3.0) under their names. Development only: the results are in the repository.

Figtree has few currency signs: no naira, won, shekel, cedi. Those are Inter's, brought to the height of Figtree's
capitals, in a file of their own that a page asks for only when it shows one.
"""

import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes, save_font
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.varLib import instancer

PACKAGE = Path(__file__).parents[2] / "src/admitone"
WEB = PACKAGE / "entrypoints/static/fonts"
PRINT = PACKAGE / "tickets/renderings/fonts"

_LATIN = (
    "U+20-7E U+A0-FF U+131 U+152-153 U+192 U+2C6 U+2DA U+2DC U+2013-2014 U+2018-201A U+201C-201E U+2020-2022 "
    "U+2026 U+2030 U+2032-2033 U+2039-203A U+2044 U+20AC U+2122 U+2190-2193 U+2212"
)
# Central European, Baltic, Romanian, Turkish: for pages that have such a letter.
_MORE_LATIN = "U+100-130 U+132-151 U+154-17F U+18F U+1CD-1CE U+218-21B U+1E80-1E85 U+1E9E U+1EF2-1EF3"
# All that are in use, but for the euro: GHS, CRC, NGN, KRW, ILS, VND, MNT, PYG, UAH, INR, TRY, KZT, RUB, GEL, BTC, PHP.
_SIGNS = "U+20A1 U+20A6 U+20A9-20AB U+20AE U+20B1-20B2 U+20B4-20B5 U+20B8-20BA U+20BD-20BF"
FEATURES = ["kern", "liga", "tnum", "lnum", "ccmp", "locl", "mark", "mkmk", "case"]
_CAPITALS = 700  # Figtree's, of 1000
_RENAMED = {1: "{name}", 3: "{name} {weight}", 4: "{name} {weight}", 6: "{plain}-{weight}"}


@dataclass(frozen=True, slots=True)
class Font:
    """One file to build: where its source is, which weights and letters stay, and where its licence goes.

    `as_tall_as_figtree` scales it to Figtree's capitals and gives it Figtree's line. `name` is the family it is known
    by on the printed page; on the web the style sheet names it.
    """

    package: str
    part: str
    target: Path
    weight: float | tuple[float, float]
    wanted: str = _LATIN
    as_tall_as_figtree: bool = False
    name: str = ""

    @property
    def licence(self) -> Path:
        """Beside the font."""
        return self.target.parent / f"OFL-{self.package}.txt"


_BRICOLAGE = Font("bricolage-grotesque", "latin", WEB / "bricolage-grotesque-700.woff2", 720)
_INTER = Font("inter", "latin-ext", WEB / "figtree-signs.woff2", (400, 700), _SIGNS, as_tall_as_figtree=True)
FONTS = (
    Font("figtree", "latin", WEB / "figtree.woff2", (400, 700)),
    Font("figtree", "latin-ext", WEB / "figtree-more.woff2", (400, 700), _MORE_LATIN),
    _INTER,
    _BRICOLAGE,
    replace(_BRICOLAGE, part="latin-ext", target=WEB / "bricolage-more-700.woff2", wanted=_MORE_LATIN),
    replace(_BRICOLAGE, part="latin-ext", target=WEB / "bricolage-signs-700.woff2", wanted=_SIGNS),
    replace(_INTER, target=PRINT / "figtree-signs-400.ttf", weight=400, name="Figtree Signs"),
    replace(_INTER, target=PRINT / "figtree-signs-600.ttf", weight=600, name="Figtree Signs"),
)


def _source(package: str, part: str, packages: Path) -> TTFont:
    folder = packages / "@fontsource-variable" / package
    # With the date of its source, so that building it again gives the same file.
    return TTFont(folder / "files" / f"{package}-{part}-wght-normal.woff2", recalcTimestamp=False)


def build(font: Font, packages: Path) -> int:
    """Write one font and its licence; returns the size in bytes."""
    face = instancer.instantiateVariableFont(
        _source(font.package, font.part, packages), {"wght": font.weight}
    )
    options = Options(layout_features=FEATURES, hinting=False, desubroutinize=True)
    options.flavor = "woff2" if font.target.suffix == ".woff2" else None
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(font.wanted.replace("U+", "")))
    subsetter.subset(face)
    if font.as_tall_as_figtree:
        _fit(face, _source("figtree", "latin", packages))
    if font.name:
        _rename(face, font)
    save_font(face, str(font.target), options)
    shutil.copyfile(packages / "@fontsource-variable" / font.package / "LICENSE", font.licence)
    return font.target.stat().st_size


def _fit(face: TTFont, figtree: TTFont) -> None:
    """Capitals as high as Figtree's, and lines no higher: a sign must not push the line it stands in apart."""
    capitals = face["OS/2"].sCapHeight / face["head"].unitsPerEm
    scale_upem(face, round(_CAPITALS / capitals))
    face["head"].unitsPerEm = figtree["head"].unitsPerEm
    for table, fields in (
        ("hhea", ("ascent", "descent", "lineGap")),
        ("OS/2", ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent")),
    ):
        for field in fields:
            setattr(face[table], field, getattr(figtree[table], field))


def _rename(face: TTFont, font: Font) -> None:
    weight = {400: "Regular", 600: "SemiBold"}[int(font.weight)] if isinstance(font.weight, int) else ""
    for number, pattern in _RENAMED.items():
        words = pattern.format(name=font.name, plain=font.name.replace(" ", ""), weight=weight)
        face["name"].setName(words, number, 3, 1, 0x409)
    face["name"].setName(weight, 2, 3, 1, 0x409)
    for number in (16, 17, 21, 22, 25):
        face["name"].removeNames(nameID=number)
    face["OS/2"].usWeightClass = font.weight


def main() -> None:
    """Build every font."""
    for font in FONTS:
        print(font.target.name, build(font, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
