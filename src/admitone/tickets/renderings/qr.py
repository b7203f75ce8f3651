"""The ticket code as a QR symbol (ISO/IEC 18004), level M: for web pages, and as a bitmap for paper.

Level M on purpose: more error correction makes the symbol denser, and a dense symbol reads worse at the size
a phone shows it.
"""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import zxingcpp

_QUIET_ZONE: Final = 4
_LEVEL: Final = "M"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A square of modules without its quiet zone: `rows[y][x]` is 0 for dark, 255 for light."""

    rows: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Modules along one side: 21 for version 1, 4 more for each version after."""
        return len(self.rows)

    @property
    def version(self) -> int:
        return (self.size - 17) // 4


def symbol(text: str) -> Symbol:
    """Encode `text`; the smallest version that holds it at level M.

    A mode-optimal split is the library's job.
    """
    assert text, "an empty QR opens nothing"
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=_LEVEL)
    # The image is a buffer at run time; its stub only cannot say so before Python 3.12.
    image = barcode.to_image(scale=1, add_quiet_zones=False, add_hrt=False)
    pixels = memoryview(image)  # type: ignore[arg-type]
    rows = tuple(bytes(row) for row in pixels.tolist())
    assert len(rows) == len(rows[0]), "a QR symbol is square"
    return Symbol(rows)


def qr_version(code: str) -> int:
    """The QR version (1 to 40) that `code` needs at level M."""
    return symbol(code).version


def path_data(drawn: Symbol, offset: int = 0) -> str:
    """The dark modules as one SVG path, one run per stroke of neighbours, shifted by `offset` modules."""
    strokes: list[str] = []
    for y, row in enumerate(drawn.rows):
        x = 0
        while x < drawn.size:
            if row[x]:
                x += 1
                continue
            start = x
            while x < drawn.size and not row[x]:
                x += 1
            strokes.append(f"M{start + offset} {y + offset}h{x - start}v1h{start - x}z")
    return "".join(strokes)


def qr_svg(code: str, title: str = "Ticket code") -> str:
    """An `<svg>` element for a page: always dark on light (scanners need it, also on a dark page), quiet zone
    inside.

    No style attribute and no script, so a strict Content-Security-Policy lets it through. Scales to its box.
    """
    return drawn_svg(symbol(code), title)


def drawn_svg(drawn: Symbol, title: str) -> str:
    """`qr_svg` of a symbol that somebody else made."""
    side = drawn.size + 2 * _QUIET_ZONE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" class="qr" role="img" '
        f'shape-rendering="crispEdges"><title>{escape(title)}</title>'
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{path_data(drawn, _QUIET_ZONE)}" fill="#000"/></svg>'
    )
