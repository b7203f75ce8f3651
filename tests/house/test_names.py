"""Names that say nothing, or too much, are not used."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_files import none, package_files, python_files, shown, tree

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "base"}
# Phone pass, Lightning node, chain custody and store credit would all claim the bare word.
CLAIMED_WORDS = {"wallet", "wallets"}


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """Every name a file gives or uses."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.value.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def test_no_module_has_a_name_that_takes_anything() -> None:
    folders = {path.parent for path in package_files()}
    named = [*package_files(), *folders]
    none(shown(path) for path in named if path.stem.lower() in EMPTY_NAMES)


def test_the_word_everybody_would_claim_is_nobodys() -> None:
    used = [
        f"{shown(path)}:{line} {name}"
        for path in python_files()
        for line, name in identifiers(path)
        if name.strip("_").lower() in CLAIMED_WORDS
    ]
    modules = [shown(path) for path in python_files() if path.stem.lower() in CLAIMED_WORDS]
    none(used + modules)


def test_names_of_tests_are_sentences() -> None:
    short = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in python_files()
        if path.name.startswith("test_")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) < 4
    ]
    none(short)
