"""Documents name files, commands and options; a name that leads nowhere costs more than a missing page."""

import re
from collections.abc import Iterator
from pathlib import Path

from admitone.entrypoints.cli import app
from admitone.settings import Settings
from tests.support.source_files import REPOSITORY, none, shown

PATH = re.compile(r"`((?:src|tests|docs|tools|benchmarks)/[^`\s]*)`")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)[^)]*\)")
MAKE = re.compile(r"`make ([a-z-]+)\b")
COMMAND = re.compile(r"`admitone ([a-z-]+)\b")
OPTION = re.compile(r"`(ADMITONE_[A-Z_]+|DATABASE_URL)\b")
# Read where the program has no settings: in tests, by the program that finds PostgreSQL, by the failpoints.
ELSEWHERE = {"ADMITONE_FAIL", "ADMITONE_PG_BIN", "ADMITONE_WITHOUT_BITCOIN_PEERS"}
# `<name>` stands for a name of one's own, `*` for several, `{a,b}` for each.
PLACEHOLDERS = ("<", "*", "{", "NNNN")
DECISION = re.compile(r"(\d{4})-[a-z0-9-]+\.md")


def documents() -> list[Path]:
    """Every page of ours that people read."""
    return sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])


def named(pattern: re.Pattern[str]) -> Iterator[tuple[Path, str]]:
    """What the documents name in this way."""
    for page in documents():
        for name in pattern.findall(page.read_text("utf-8")):
            yield page, name


def test_every_path_the_documents_name_exists() -> None:
    none(
        f"{shown(page)}: {path}"
        for page, path in named(PATH)
        if not any(mark in path for mark in PLACEHOLDERS)
        if not (REPOSITORY / path.split("::")[0].rstrip("/.,")).exists()
    )


def test_every_link_between_documents_leads_somewhere() -> None:
    none(f"{shown(page)}: {to}" for page, to in named(LINK) if not (page.parent / to).exists())


def test_every_make_target_the_documents_name_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    none(f"{shown(page)}: make {target}" for page, target in named(MAKE) if target not in targets)


def test_every_command_the_documents_name_is_there() -> None:
    known = set(app)
    none(f"{shown(page)}: admitone {name}" for page, name in named(COMMAND) if name not in known)


def test_every_option_the_documents_name_is_there() -> None:
    known = {f"ADMITONE_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"} | ELSEWHERE
    none(f"{shown(page)}: {name}" for page, name in named(OPTION) if name not in known)


def test_decisions_are_numbered_once_and_name_their_check() -> None:
    pages = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
    numbers = [match[1] for page in pages if (match := DECISION.fullmatch(page.name))]
    assert len(numbers) == len(pages), "decisions are called NNNN-what-was-decided.md"
    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)], (
        "one number each, none left out"
    )
    none(shown(page) for page in pages if "\n## Check\n" not in page.read_text("utf-8"))


def test_the_map_is_short_enough_to_be_read() -> None:
    lines = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8").count("\n")
    assert lines <= 300
