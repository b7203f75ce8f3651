"""The answer to a dispute as a PDF of a page or two, for the people at the buyer's bank. Typst lays it out
(`evidence.typ`); what people typed travels as JSON and is only ever placed as text.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import typst

_FOLDER: Final = Path(__file__).parent
_TEMPLATE: Final = str(_FOLDER / "evidence.typ")
# The fonts that tickets are printed with: files of the package, not code of another slice.
_FONTS: Final = str(_FOLDER.parents[1] / "tickets" / "renderings" / "fonts")
_lock: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class EvidencePaper:
    """All that the pages say: `sections` are a heading and its lines."""

    title: str
    organiser: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[tuple[str, Sequence[str]]]
    made_at: datetime


def render_evidence(paper: EvidencePaper) -> bytes:
    """The pages, tagged (PDF/UA-1) where our fonts have every letter. Slow enough for a thread."""
    page = {**asdict(paper), "made_at": paper.made_at.strftime("%Y-%m-%d %H:%M UTC")}
    inputs = {"page": json.dumps(page)}
    at = int(paper.made_at.timestamp())
    with _lock:
        try:
            return _compile(inputs, at, bundled_only=True)
        except typst.TypstError:
            return _compile(inputs, at, bundled_only=False)


def _compile(inputs: dict[str, str], at: int, *, bundled_only: bool) -> bytes:
    fonts = typst.Fonts(
        include_system_fonts=not bundled_only, include_embedded_fonts=not bundled_only, font_paths=[_FONTS]
    )
    words = {**inputs, "fallback": "no" if bundled_only else "yes"}
    compiler = typst.Compiler(input=_TEMPLATE, root=str(_FOLDER), font_paths=fonts, sys_inputs=words)
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"] if bundled_only else [], timestamp=at)
    assert isinstance(made, bytes), "one PDF"
    return made
