"""Where Chromium or Chrome is, for the tests in a real browser and for pictures.

    python tools/chromium.py     its path; exit status 1 when there is none

`CHROMIUM` names one; otherwise the usual names are looked for, then the place where a Mac has it.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_A_MAC: Final = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
NEEDED: Final = (
    "The browser tests need Chromium or Chrome. On Debian run: sudo apt-get install chromium\n"
    "or name an installed one: make test CHROMIUM=/path/to/chrome"
)


def find(environment: Mapping[str, str], places: tuple[Path, ...] = ON_A_MAC) -> str | None:
    """The absolute path of the browser, or None. One that is named is the only one that will do."""
    path = environment.get("PATH", os.defpath)
    named = environment.get("CHROMIUM", "")
    for name in (named,) if named else NAMES:
        found = shutil.which(name, path=path)
        if found is not None:
            return str(Path(found).absolute())
    if named:
        return None
    return next((str(place) for place in places if os.access(place, os.X_OK)), None)


def executable() -> str:
    """The browser of this machine. Raises `SystemExit` with what to do when there is none."""
    found = find(os.environ)
    if found is None:
        named = os.environ.get("CHROMIUM", "")
        sys.exit(f"CHROMIUM is {named}, and no program is there." if named else NEEDED)
    return found


if __name__ == "__main__":
    print(executable())
