"""Daemons that are set up and do not run."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cluster import Daemon, free_port, made


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a management node that never ran, to be copied."""
    daemon = made(Daemon(tmp_path_factory.mktemp("installed") / "root", "mn1", "127.0.0.1", free_port()))
    return daemon.root


@pytest.fixture
def idle(installed: Path, tmp_path: Path) -> Iterator[Daemon]:
    """A management node that is set up and does not run; it is stopped at the end, if the test has not done so."""
    shutil.copytree(installed, tmp_path / "root", symlinks=True)
    daemon = Daemon(tmp_path / "root", "mn1", "127.0.0.1", port_of(installed))
    yield daemon
    daemon.stop()


def port_of(root: Path) -> int:
    found = re.search(r"port: (\d+)", (root / "etc/xcat/xcatd.yaml").read_text())
    assert found is not None
    return int(found[1])
