"""Installing the commands into a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xcat_client import install
from xcat_client.programs import PROGRAMS


def _links(folder: Path) -> dict[str, str]:
    return {path.name: str(path.readlink()) for path in folder.iterdir() if path.is_symlink()}


def test_every_name_becomes_a_link_to_one_program(tmp_path: Path) -> None:
    folder = tmp_path / "prefix/bin"
    names = tmp_path / "names"
    names.write_text("# power\nrpower\n\n  rsetboot # once\nxcat\n")
    words = [sys.executable, "-m", "xcat_client.install", str(folder), "nodels", "rpower", "--names", str(names)]
    subprocess.run(words, check=True, env={"PYTHONPATH": str(Path(install.__file__).parent.parent)})
    assert _links(folder) == dict.fromkeys(["nodels", "rpower", "rsetboot", *PROGRAMS], "xcat")
    assert sorted(path.name for path in folder.iterdir()) == sorted(["nodels", "rpower", "rsetboot", "xcat", *PROGRAMS])
    done = subprocess.run([folder / "nodels"], env={"XCATBYPASS": "1"}, capture_output=True)
    assert done.stderr.startswith(b"Error: XCATBYPASS is set")


def test_installing_twice_is_as_good_as_once(tmp_path: Path) -> None:
    for _ in range(2):
        install.install(tmp_path, ["nodels"], python=sys.executable)
    assert _links(tmp_path) == {"nodels": "xcat"}


@pytest.mark.parametrize("name", ["", "../etc/passwd", ".hidden", "-f"])
def test_a_bad_name_changes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f'"{name}" is no command name'):
        install.install(tmp_path, ["nodels", name])
    assert list(tmp_path.iterdir()) == []


def test_a_program_of_somebody_else_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "nodels").write_text("mine")
    assert install.main([str(tmp_path), "nodels"]) == 1
    assert (tmp_path / "nodels").read_text() == "mine"
    assert "nodels is a file of somebody else: move it away" in capsys.readouterr().err


def test_the_modules_are_compiled_so_that_no_user_has_to(tmp_path: Path) -> None:
    install.install(tmp_path, [])
    source = Path(install.__file__).with_name("main.py")
    compiled = source.parent / "__pycache__" / f"main.{sys.implementation.cache_tag}.pyc"
    assert compiled.stat().st_mtime >= 0
    assert compiled.exists()
