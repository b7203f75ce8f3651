"""The browser of the tests is found by name, and the one somebody names is the one that is used."""

from pathlib import Path

import pytest

from tests.support.source_files import REPOSITORY
from tools import chromium

NOWHERE: tuple[Path, ...] = ()


def _program(folder: Path, name: str) -> str:
    folder.mkdir(exist_ok=True)
    made = folder / name
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return str(made)


@pytest.mark.parametrize("name", chromium.NAMES)
def test_any_of_the_usual_names_will_do(tmp_path: Path, name: str) -> None:
    wanted = _program(tmp_path / "bin", name)
    assert chromium.find({"PATH": str(tmp_path / "bin")}, NOWHERE) == wanted


def test_the_one_that_is_named_is_used_before_all_others(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "chromium")
    named = _program(tmp_path / "elsewhere", "chrome-of-mine")
    assert chromium.find({"PATH": str(tmp_path / "bin"), "CHROMIUM": named}, NOWHERE) == named
    assert chromium.find({"PATH": f"{tmp_path}/elsewhere", "CHROMIUM": "chrome-of-mine"}, NOWHERE) == named


def test_a_wrong_name_is_said_and_nothing_else_taken_instead(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "chromium")
    asked = {"PATH": str(tmp_path / "bin"), "CHROMIUM": "/no/such/chrome"}
    assert chromium.find(asked, (Path(_program(tmp_path, "Google Chrome")),)) is None


def test_a_mac_keeps_it_among_its_applications(tmp_path: Path) -> None:
    app = _program(tmp_path, "Google Chrome")
    assert chromium.find({"PATH": "/nowhere"}, (tmp_path / "Chromium", Path(app))) == app
    assert chromium.find({"PATH": "/nowhere", "CHROMIUM": ""}, NOWHERE) is None


def test_nobody_looks_for_it_by_themselves() -> None:
    found = [
        str(path.relative_to(REPOSITORY))
        for folder in ("tests", "tools")
        for path in sorted((REPOSITORY / folder).rglob("*"))
        if path.suffix in (".py", ".sh")
        and path.name not in ("chromium.py", "test_chromium.py")
        and "/bin/chrom" in path.read_text("utf-8")
    ]
    assert found == []
    assert "export CHROMIUM" in (REPOSITORY / "Makefile").read_text("utf-8")
