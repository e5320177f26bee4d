"""The lines that an installed command runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xcat_client.launcher import write_launcher


def _package(folder: Path) -> Path:
    (folder / "xcat_client").mkdir(parents=True)
    (folder / "xcat_client/__init__.py").touch()
    program = (
        "import sys\ndef main(): print(sys.argv[1:], sys.flags.isolated, sys.flags.no_site, sys.flags.utf8_mode)\n"
    )
    (folder / "xcat_client/main.py").write_text(program)
    return folder


def test_a_launcher_runs_the_package_in_a_bare_interpreter(tmp_path: Path) -> None:
    package = _package(tmp_path / 'a folder with "quotes"')
    write_launcher(tmp_path / "xcat", sys.executable, str(package))
    done = subprocess.run([tmp_path / "xcat", "a b"], env={"PYTHONPATH": "/nowhere"}, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("['a b'] 1 1 1\n", "")


def test_a_launcher_is_replaced_in_one_step(tmp_path: Path) -> None:
    package = _package(tmp_path)
    target = tmp_path / "xcat"
    target.write_text("old")
    with target.open() as still_open:
        write_launcher(target, sys.executable, str(package))
        assert still_open.read() == "old"
    assert target.read_text().startswith(f"#!{sys.executable} -ISXutf8\n")
    assert target.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("python", ["python3", "/opt/my python/bin/python3", "/" + "p" * 250])
def test_an_interpreter_that_the_kernel_cannot_start_is_refused(tmp_path: Path, python: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a #! line: name an absolute path without blanks"):
        write_launcher(tmp_path / "xcat", python, str(tmp_path))
    assert list(tmp_path.iterdir()) == []
