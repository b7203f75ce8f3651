"""Refusal codes are a promise to machines: each kind has its own, and keeps it."""

import ast
from collections import Counter

from tests.support.source_files import none, package_files, shown, tree


def refusals() -> dict[str, tuple[str | None, str]]:
    """Every class below `Refusal`: file and name → its code (None when it sets none) and its place."""
    classes = [
        (path, node)
        for path in package_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    known = {"Refusal"}
    while True:
        more = {node.name for _, node in classes if {base_name(base) for base in node.bases} & known} - known
        if not more:
            break
        known |= more
    return {
        f"{shown(path)} {node.name}": (code_of(node), f"{shown(path)}:{node.lineno}")
        for path, node in classes
        if node.name in known and ({base_name(base) for base in node.bases} & known or node.name == "Refusal")
    }


def base_name(node: ast.expr) -> str:
    """The last part of a base class's name."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def code_of(node: ast.ClassDef) -> str | None:
    """What the class body sets `code` to."""
    for line in node.body:
        name, value = None, None
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            name, value = line.targets[0].id, line.value
        elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name, value = line.target.id, line.value
        if name == "code" and isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value
    return None


def test_every_refusal_has_a_code_of_its_own() -> None:
    found = refusals()
    assert len(found) > 10
    none(place for code, place in found.values() if code is None)
    counted = Counter(code for code, _ in found.values())
    none(str(code) for code, times in counted.items() if times > 1)
