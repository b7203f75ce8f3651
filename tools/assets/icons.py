"""Builds the icon sprite: only the Lucide icons the pages use, one `<symbol>` each.

    python tools/assets/icons.py FOLDER

FOLDER is the unpacked npm package `lucide-static` (1.62, ISC). Add a name here, run it, commit `icons.svg`.
"""

import re
import shutil
import sys
from pathlib import Path

OUT = Path(__file__).parents[2] / "src/admitone/entrypoints/static"

_LISTED = """
accessibility armchair arrow-left arrow-right badge-check banknote bell bitcoin building-2 calendar-days
calendar-plus camera chart-column check chevron-down chevron-right circle-alert circle-check circle-help
circle-x clipboard-check clock copy credit-card door-open download drama external-link eye file-text
flashlight gift globe graduation-cap hourglass inbox info keyboard landmark laugh layout-dashboard link
log-in log-out mail map-pin megaphone menu mic minus music palette paperclip pencil percent plus qr-code
refresh-cw scan-line search send settings shield-check smartphone sparkles tag ticket trash-2
triangle-alert trophy undo-2 user-plus user-round users utensils volume-2 volume-x wifi-off wrench x zap
"""
NAMES = tuple(_LISTED.split())


def symbol(icons: Path, name: str) -> str:
    """One icon as a symbol; strokes and sizes come from our CSS."""
    drawing = (icons / f"{name}.svg").read_text()
    found = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    assert found, name
    body = re.sub(r"\s+", " ", found.group(1)).replace("> <", "><").replace(" />", "/>").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def main() -> None:
    """Write the sprite and its licence."""
    package = Path(sys.argv[1])
    symbols = "".join(symbol(package / "icons", name) for name in NAMES)
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>\n'
    (OUT / "icons.svg").write_text(sprite)
    shutil.copyfile(package / "LICENSE", OUT / "LICENSE-lucide.txt")
    print(len(NAMES), "icons,", len(sprite), "bytes")


if __name__ == "__main__":
    main()
