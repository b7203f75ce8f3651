"""The lock names exact versions and hashes and no place to get them from (docs/decisions/0008)."""

import re
import tomllib

from tests.support.source_files import REPOSITORY, none

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def lock() -> str:
    """The whole file."""
    return (REPOSITORY / "requirements.lock").read_text("utf-8")


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """What is locked: name → its lines."""
    entries = re.findall(r"^(\S+?)(==.*(?:\n    .*)*)", lock(), re.MULTILINE)
    return {normal(name.split("[")[0]): rest for name, rest in entries}


def test_every_locked_package_has_a_version_and_a_hash() -> None:
    found = locked()
    assert len(found) > 50
    none(name for name, rest in found.items() if "--hash=sha256:" not in rest)
    others = [line for line in lock().splitlines() if re.match(r"\w", line) and "==" not in line]
    none(others)


def test_the_lock_says_nothing_about_where_packages_come_from() -> None:
    places = ("://", "index-url", "find-links", "trusted-host")
    none(line for line in lock().splitlines() if any(place in line for place in places))


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [match[0] for text in wanted if (match := NAME.match(text))]
    assert len(names) == len(wanted)
    none(name for name in names if normal(name) not in locked())
