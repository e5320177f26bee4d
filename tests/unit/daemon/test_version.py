"""The version, as xCAT's scripts look for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.cluster import SOURCE
from xcatd import __version__
from xcatd.daemon.version import version_line

FILES = ("__init__.py", "daemon/__init__.py", "daemon/version.py")


def test_the_line_has_the_form_that_scripts_look_for() -> None:
    assert re.fullmatch(rf"Version {re.escape(__version__)} \(git commit \S+, built [^)]+\)", version_line())


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (None, "git commit unknown, built from source"),
        ("", "git commit unknown, built from source"),
        ("0123abcd\n", "git commit unknown, built from source"),
        ("0123abcd 2026-11-20\n", "git commit 0123abcd, built 2026-11-20"),
    ],
)
def test_a_program_knows_from_what_it_was_built(tmp_path: Path, build: str | None, said: str) -> None:
    for name in FILES:
        (tmp_path / "xcatd" / name).parent.mkdir(exist_ok=True)
        shutil.copy(SOURCE / "xcatd" / name, tmp_path / "xcatd" / name)
    if build is not None:
        (tmp_path / "xcatd/build.txt").write_text(build)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from xcatd.daemon.version import version_line; "
    done = subprocess.run(
        [sys.executable, "-I", "-c", program + "print(version_line())"], capture_output=True, text=True, env={}
    )
    assert (done.stdout, done.stderr) == (f"Version {__version__} ({said})\n", "")
