"""Documents as PDF: archived as PDF/A-3a (ISO 19005-3), read aloud as PDF/UA-1, with the XML inside (Factur-X).

Typst lays the page out (`document.typ` is the design). Nothing a person typed can make it fail: text travels as JSON
and is never read as markup. For a script our fonts do not have, the page is made once more with the machine's own
fonts, and claims no more than it keeps.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typst

from admitone.invoices.content import Document
from admitone.invoices.renderings import factur_x, paper
from admitone.invoices.renderings.xml import misfit, render_xml

_FOLDER: Final = Path(__file__).parent
_TEMPLATE: Final = str(_FOLDER / "document.typ")
# The fonts that the tickets are printed with: files of the package, not code of another slice.
_FONTS: Final = str(_FOLDER.parents[1] / "tickets" / "renderings" / "fonts")


def render_pdf(document: Document) -> bytes:
    """The document on A4. With `factur-x.xml` inside when EN 16931 has room for it, see `misfit`. The same document
    gives the same bytes. Pure but slow enough for a thread; thread-safe. About 50 ms the first time in a thread.
    """
    inputs = {"page": json.dumps(paper.page(document)), "filename": factur_x.FILENAME}
    is_hybrid = misfit(document.content) is None
    if is_hybrid:
        inputs["xml"] = render_xml(document).decode()
    at = int(document.issued_at.timestamp())
    for bundled_only in (True, False):
        try:
            made = _compile(inputs, bundled_only, True, at)
        except typst.TypstError:
            # A letter that these fonts lack: an archived page must have them all.
            continue
        return factur_x.mark(made) if is_hybrid else made
    return _compile(inputs, False, False, at)


class _PerThread(threading.local):
    """A compiler is not for two threads at once; its fonts, read once per process, are."""

    def __init__(self) -> None:
        self.compilers: dict[bool, typst.Compiler] = {}


_threads: Final = _PerThread()
_fonts: Final[dict[bool, typst.Fonts]] = {}
_fonts_lock: Final = threading.Lock()


def _compiler(bundled_only: bool) -> typst.Compiler:
    found = _threads.compilers.get(bundled_only)
    if found is not None:
        return found
    with _fonts_lock:
        if bundled_only not in _fonts:
            _fonts[bundled_only] = typst.Fonts(
                include_system_fonts=not bundled_only,
                include_embedded_fonts=not bundled_only,
                font_paths=[_FONTS],
            )
    made = typst.Compiler(input=_TEMPLATE, root=str(_FOLDER), font_paths=_fonts[bundled_only])
    _threads.compilers[bundled_only] = made
    return made


def _compile(inputs: Mapping[str, str], bundled_only: bool, is_archived: bool, at: int) -> bytes:
    compiled = _compiler(bundled_only).compile(
        format="pdf",
        sys_inputs=dict(inputs),
        pdf_standards=["a-3a", "ua-1"] if is_archived else [],
        timestamp=at,
    )
    assert isinstance(compiled, bytes)
    return compiled
