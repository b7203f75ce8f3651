"""Migrations are read by a linter that knows which statements stop a running system."""

import subprocess
import sys
from pathlib import Path

from tests.support.source_files import REPOSITORY, below

SQUAWK = Path(sys.executable).with_name("squawk")


def squawk(*files: Path) -> subprocess.CompletedProcess[str]:
    """The linter's verdict under the project's `.squawk.toml`."""
    return subprocess.run(
        [SQUAWK, "--config", REPOSITORY / ".squawk.toml", "--reporter", "gcc", *files],
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_migration_stops_a_running_system() -> None:
    files = below("src/admitone/migrations/versions", suffix=".sql")
    assert files != []
    verdict = squawk(*files)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_the_linter_sees_a_statement_that_would(tmp_path: Path) -> None:
    bad = tmp_path / "0002_bad.sql"
    bad.write_text("CREATE INDEX orders_email ON orders_order (email);\n")
    verdict = squawk(bad)
    assert verdict.returncode == 1
    assert "require-concurrent-index-creation" in verdict.stdout
