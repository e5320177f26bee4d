"""A management node that is set up, made once and copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.hosts import configured, copied
from xcatd.daemon.paths import Paths


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return configured(tmp_path_factory.mktemp("dbsetup") / "root")


@pytest.fixture
def host(installed: Paths, tmp_path: Path) -> Paths:
    return copied(installed, tmp_path / "root")
