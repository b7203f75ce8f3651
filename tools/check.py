"""`make check`: every static check at once, the output of those that failed, and one line for each.

They are independent and mostly wait for one core each, so as many run side by side as there are cores.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
CODE = [folder for folder in ("src", "tests", "tools", "benchmarks") if (REPOSITORY / folder).is_dir()]
TYPED = [
    "src",
    "tests",
    *(str(path.relative_to(REPOSITORY)) for path in sorted((REPOSITORY / "tools").glob("*.py"))),
]
TYPED += [folder for folder in ("benchmarks",) if folder in CODE]


@dataclass(frozen=True, slots=True)
class Check:
    """A name for people and the command that must end well."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check ended, what it said and how long it took."""

    check: Check
    is_good: bool
    output: str
    seconds: float


def program(name: str, *arguments: str) -> tuple[str, ...]:
    """A program of our own environment with its arguments."""
    return (str(PROGRAMS / name), *arguments)


def shown(command: tuple[str, ...]) -> str:
    """The command as a person would type it."""
    return " ".join((Path(command[0]).name, *command[1:]))


def checks() -> list[Check]:
    """All of them, the slowest first, so that the others fit beside it."""
    listed = [
        Check("types (mypy --strict)", program("mypy", *TYPED)),
        Check("house rules (tests/house)", program("pytest", "-q", "-p", "no:cacheprovider", "tests/house")),
        Check("floors and slices (import-linter)", program("lint-imports", "--no-logo")),
        Check("dependencies (deptry)", program("deptry", "src")),
        Check("style (ruff check)", program("ruff", "check", "--output-format", "concise", *CODE)),
        Check(
            "layout (ruff format)", program("ruff", "format", "--check", "--output-format", "concise", *CODE)
        ),
    ]
    if (REPOSITORY / "tools" / "rules").is_dir():
        listed.append(Check("patterns (ast-grep)", program("ast-grep", "scan")))
    return listed


def run(check: Check) -> Verdict:
    """Run one check to its end."""
    begun = time.monotonic()
    ended = subprocess.run(
        check.command,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Verdict(check, ended.returncode == 0, ended.stdout, time.monotonic() - begun)


def main() -> int:
    """Print what failed, then a summary; the number of failed checks is what the shell gets."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        verdicts = list(pool.map(run, checks()))
    for verdict in verdicts:
        if not verdict.is_good:
            print(f"\n── {verdict.check.name} " + "─" * max(0, 72 - len(verdict.check.name)))
            print(f"   {shown(verdict.check.command)}\n")
            print(verdict.output.rstrip())
    print()
    for verdict in verdicts:
        print(f"  {'✓' if verdict.is_good else '✗'} {verdict.check.name:<36} {verdict.seconds:6.1f} s")
    return sum(not verdict.is_good for verdict in verdicts)


if __name__ == "__main__":
    sys.exit(main())
