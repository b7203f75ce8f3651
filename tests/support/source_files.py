"""The project's own files, read once, for the tests that keep the house in order."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "admitone"
# Files of others that we ship as they are.
FOREIGN = ("vendor", "axe", "node_modules", "__pycache__", "fonts")


def below(*folders: str, suffix: str) -> list[Path]:
    """Our files with this suffix below folders of the repository, in a stable order."""
    found = [
        path for folder in folders for path in (REPOSITORY / folder).rglob(f"*{suffix}") if path.is_file()
    ]
    return sorted(path for path in found if not set(path.relative_to(REPOSITORY).parts) & set(FOREIGN))


def python_files() -> list[Path]:
    """Every Python file of ours."""
    return below("src", "tests", "tools", "benchmarks", suffix=".py")


def package_files() -> list[Path]:
    """Every Python file of the package."""
    return below("src/admitone", suffix=".py")


def shown(path: Path) -> str:
    """The path as a person would type it."""
    return path.relative_to(REPOSITORY).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports; `from a import b` counts as `a.b`."""
    yield from imports_of(tree(path))


def imports_of(parsed: ast.Module) -> Iterator[tuple[int, str]]:
    """`imported` of a file that was parsed already."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression that is a dotted name, else the empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def none(found: Iterable[str]) -> None:
    """Fail with the whole list, one a line, unless it is empty."""
    lines = sorted(found)
    assert not lines, "\n" + "\n".join(lines)
