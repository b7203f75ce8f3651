"""Outside a slice only its front door is imported (rule 2), checked on the syntax tree.

The exceptions are listed here and nowhere else: who may know the inside of what, and why.
"""

import ast
from fnmatch import fnmatch
from pathlib import Path

from tests.support.source_files import PACKAGE, imports_of, none, package_files, shown, tree

SLICES = (
    "accounts",
    "events",
    "inventory",
    "orders",
    "promotions",
    "payments",
    "payouts",
    "ledger",
    "invoices",
    "statements",
    "tickets",
    "checkin",
    "streams",
    "messaging",
)
# (files, modules they may reach)
EXCEPTIONS = (
    # Queries across slices join their tables; the schema is all of them.
    ("reads/*", "*.tables"),
    ("schema.py", "*.tables"),
    # Adapters are chosen in one place, so a slice does not know which of them are used.
    ("assembly/*", "payments.providers.*"),
    ("assembly/*", "messaging.senders.*"),
    # The sandbox bank plays a company of its own: it has a front door of its own, pages and a chore.
    ("entrypoints/pages/sandbox/*", "payments.providers.sandbox"),
    ("entrypoints/chores.py", "payments.providers.sandbox"),
    # So does the payer on the play network.
    ("entrypoints/pages/play_bitcoin/*", "payments.providers.play_bitcoin"),
    # Store credit is a subject of its own within payments, and has a front door of its own.
    ("flows/*", "payments.credit"),
    ("assembly/*", "payments.credit"),
    # So is Bitcoin: at what rate, for which invoice or address, what came.
    ("flows/*", "payments.bitcoin"),
    ("reads/*", "payments.bitcoin"),
    ("assembly/*", "payments.bitcoin"),
    # And UMA: addresses, signatures and invoices between this site and the providers of wallets.
    ("flows/*", "payments.uma"),
    ("assembly/*", "payments.uma"),
    # And wallets that people connect, and what they are asked to pay.
    ("flows/*", "payments.nwc"),
)


def behind_a_door(name: str) -> str | None:
    """The module inside a slice that this import reaches, as `slice.module`; None when it stops at a front door."""
    top, *parts = name.split(".")
    if top != "admitone" or not parts or parts[0] not in SLICES:
        return None
    found = [
        module
        for end in range(2, len(parts) + 1)
        if (PACKAGE / (module := "/".join(parts[:end])) / "__init__.py").is_file()
        or (PACKAGE / f"{module}.py").is_file()
    ]
    return found[-1].replace("/", ".") if found else None


def is_excepted(file: str, module: str) -> bool:
    """Whether the list above lets this file, named within the package, import this module."""
    return any(fnmatch(file, files) and fnmatch(module, modules) for files, modules in EXCEPTIONS)


def strays_of(path: Path, module_tree: ast.Module) -> list[str]:
    """What this file imports past a front door, one line each."""
    file = path.relative_to(PACKAGE).as_posix()
    own = file.split("/", maxsplit=1)[0]
    return [
        f"{shown(path)}:{line} reaches into {module}"
        for line, name in imports_of(module_tree)
        if (module := behind_a_door(name)) is not None
        and module.split(".")[0] != own
        and not is_excepted(file, module)
    ]


def test_a_slice_is_imported_by_its_front_door() -> None:
    none(stray for path in package_files() for stray in strays_of(path, tree(path)))


def test_every_slice_is_watched() -> None:
    with_tables = {path.parent.name for path in PACKAGE.glob("*/tables.py")} - {"plumbing"}
    assert with_tables == set(SLICES)


def test_every_exception_is_needed() -> None:
    reached = [
        (path.relative_to(PACKAGE).as_posix(), module)
        for path in package_files()
        for _, name in imports_of(tree(path))
        if (module := behind_a_door(name)) is not None
    ]
    for files, modules in EXCEPTIONS:
        assert any(fnmatch(file, files) and fnmatch(module, modules) for file, module in reached), (
            files,
            modules,
        )


def test_the_check_sees_each_way_past_a_door() -> None:
    page = PACKAGE / "entrypoints" / "pages" / "respond.py"
    for code in (
        "from admitone.events.posters import poster_svg",
        "from admitone.events import posters",
        "import admitone.events.posters",
        "from admitone.payments.providers import sandbox",
        "from admitone.orders.tables import Order",
    ):
        assert strays_of(page, ast.parse(code)), code
    for code in ("from admitone import events", "from admitone.events import poster_svg"):
        assert not strays_of(page, ast.parse(code)), code
