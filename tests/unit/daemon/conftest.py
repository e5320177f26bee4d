"""Databases and hosts that are set up, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from xcatd.daemon.main import main
from xcatd.daemon.paths import Paths
from xcatd.store import SqlStore, open_store


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_database, tmp_path / "xcat.sqlite"))


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqlStore]:
    """A store that waits only a moment for another program."""
    opened = await open_store(database, patience=0.01)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a management node."""
    root = tmp_path_factory.mktemp("installed") / "root"
    assert main(["init", "--root", str(root), "--name", "mn1", "--address", "127.0.0.1", "--port", "3456"]) == 0
    return root


@pytest.fixture
def host(installed: Path, tmp_path: Path) -> Paths:
    """A management node that is set up and does not run."""
    shutil.copytree(installed, tmp_path / "root", symlinks=True)
    return Paths(tmp_path / "root")
