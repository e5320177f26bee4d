"""Typing xcatconfig, and a host that it has set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.hosts import configured, copied
from xcatd.daemon.paths import Paths


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return configured(tmp_path_factory.mktemp("setup") / "root")


@pytest.fixture
def host(installed: Paths, tmp_path: Path) -> Paths:
    """As if it had been set up where it is: its site table names its own folders."""
    return copied(installed, tmp_path / "root")
