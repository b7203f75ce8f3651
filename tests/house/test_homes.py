"""One home per technology (rule 3), whole money and passed-in time (rule 9), checked on the syntax tree.

ruff's banned imports say the same while one types, but give a file leave for all of them at once; here each
technology has its own list of homes.
"""

import ast
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support.source_files import dotted, imported, none, package_files, shown, tree

SQL = (
    "*/tables.py",
    "*/store.py",
    "*_store.py",
    "*/store/*",
    "reads/*",
    "plumbing/*",
    "migrations/*",
    "schema.py",
)
NETWORK = ("payments/providers/*", "messaging/senders/*", "plumbing/outgoing.py", "plumbing/public_fetch.py")
HTTP = ("entrypoints/*",)

HOMES = {
    "sqlalchemy": SQL,
    "psycopg": SQL,
    "alembic": ("migrations/*",),
    "procrastinate": ("plumbing/*", "migrations/*"),
    "grpc": ("payments/providers/lnd/wire.py",),
    "httpx2": NETWORK,
    "urllib.request": NETWORK,
    "aiosmtplib": ("messaging/senders/*",),
    "smtplib": (),
    "fastapi": HTTP,
    "starlette": HTTP,
    "uvicorn": HTTP,
    "pydantic_settings": ("settings.py",),
    "random": (),
}
SETTINGS_READERS = ("assembly/*", "databases.py", "settings.py", "__main__.py", "entrypoints/*")
DATETIMES = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
CLOCKS = {*DATETIMES, *(f"datetime.{name}" for name in DATETIMES), "time.time"}
CLOCKS |= {"uuid1", "uuid4", "uuid.uuid1", "uuid.uuid4"}
CLOCK_HOMES = ("values/clock.py", "values/ids.py")
MONEY = ("values/money.py", "values/currencies.py", "pricing/*", "ledger/*")


def inside(path: Path) -> str:
    """The path within the package."""
    return shown(path).removeprefix("src/admitone/")


def at_home(path: Path, homes: tuple[str, ...]) -> bool:
    """Whether the file is one of these homes."""
    return any(fnmatch(inside(path), home) for home in homes)


@pytest.mark.parametrize("technology", sorted(HOMES))
def test_a_technology_is_imported_only_where_it_is_at_home(technology: str) -> None:
    strays = [
        f"{shown(path)}:{line} imports {name}"
        for path in package_files()
        if not at_home(path, HOMES[technology])
        for line, name in imported(path)
        if name == technology or name.startswith(f"{technology}.")
    ]
    none(strays)


def test_settings_are_read_by_assembly_and_entrypoints_only() -> None:
    strays = [
        f"{shown(path)}:{line}"
        for path in package_files()
        if not at_home(path, SETTINGS_READERS)
        for line, name in imported(path)
        if name.startswith("admitone.settings")
    ]
    none(strays)


def test_transactions_are_committed_in_one_file_only() -> None:
    strays = [
        f"{shown(path)}:{node.lineno}"
        for path in package_files()
        # Migrations commit step by step: Alembic owns its connection.
        if not at_home(path, ("plumbing/database.py", "migrations/*"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    none(strays)


def test_time_and_ids_are_made_in_one_place_each() -> None:
    strays = [
        f"{shown(path)}:{node.lineno} {dotted(node.func)}"
        for path in package_files()
        if not at_home(path, CLOCK_HOMES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS
    ]
    none(strays)


def is_floating(node: ast.AST) -> bool:
    """Whether this makes a binary fraction: a literal, the type, or `/`, even of whole numbers."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Name):
        return node.id == "float"
    return isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)


def test_money_never_becomes_a_binary_fraction() -> None:
    strays = [
        f"{shown(path)}:{getattr(node, 'lineno', 0)}"
        for path in package_files()
        if at_home(path, MONEY)
        for node in ast.walk(tree(path))
        if is_floating(node)
    ]
    none(strays)


def test_the_check_for_fractions_sees_each_way_to_make_one() -> None:
    for code in ("x = 0.5", "x = float(y)", "x = a / b", "x /= 2"):
        assert any(is_floating(node) for node in ast.walk(ast.parse(code))), code
    assert not any(is_floating(node) for node in ast.walk(ast.parse("x = a // b + 5 % 3")))
