"""ARCHITECTURE.md draws the tree of the package; a map that is wrong is worse than none."""

import re

from tests.support.source_files import PACKAGE, REPOSITORY, below, none

DRAWN = re.compile(r"^\s*(src/admitone/[\w/.]+?)/?(?:\s.*)?$", re.MULTILINE)


def drawn() -> set[str]:
    """The paths at the start of lines in fenced blocks of ARCHITECTURE.md, without closing slash."""
    map_file = REPOSITORY / "ARCHITECTURE.md"
    assert map_file.exists(), (
        "ARCHITECTURE.md is missing: it draws the tree, one `src/admitone/<folder>` a line"
    )
    fenced = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    paths = {path for block in fenced.findall(map_file.read_text("utf-8")) for path in DRAWN.findall(block)}
    assert paths, "ARCHITECTURE.md has no fenced block with lines `src/admitone/<folder>`"
    return paths


def test_everything_on_the_map_is_there() -> None:
    none(path for path in drawn() if not (REPOSITORY / path).exists())


def test_everything_at_the_top_of_the_package_is_on_the_map() -> None:
    files = below("src/admitone", suffix=".py")
    tops = {path.relative_to(PACKAGE).parts[0] for path in files} - {"__init__.py"}
    none(f"src/admitone/{top}" for top in tops if f"src/admitone/{top}" not in drawn())
