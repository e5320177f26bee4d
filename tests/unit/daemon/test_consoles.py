"""Whether the daemon before has let its consoles go."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from xcatd.daemon.consoles import _leave, _take


def test_only_one_that_died_has_left_something_behind(tmp_path: Path) -> None:
    path = tmp_path / "run/xcat/consoles.pid"
    assert not _take(path)
    assert path.read_text() == f"{os.getpid()}\n"
    assert not _take(path)  # it lives: a predecessor, which lets them go
    ended = subprocess.Popen(["true"])
    ended.wait()
    path.write_text(f"{ended.pid}\n")
    assert _take(path)
    _leave(path)
    assert not path.exists()
    _leave(path)


def test_a_successors_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "consoles.pid"
    path.write_text("1\n")
    _leave(path)
    assert path.read_text() == "1\n"
