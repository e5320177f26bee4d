"""A host of its own with Debian's database servers, and a management node on it, for the programs that move its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cluster import Daemon
from tests.helpers.moves import filled, template
from tests.helpers.ownhost import OwnHost, own_host

pytest.register_assert_rewrite("tests.integration.dbsetup.contract")


@pytest.fixture(scope="module")
def host() -> Iterator[OwnHost]:
    with own_host() as one:
        yield one


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    return template(tmp_path_factory.mktemp("template") / "mn1")


@pytest.fixture
def daemon(request: pytest.FixtureRequest, host: OwnHost, set_up: Daemon, tmp_path: Path) -> Iterator[Daemon]:
    """A management node with rows in its tables; it does not run. After it, `forget` of the test's module removes what was
    made on the server."""
    with filled(host, set_up, tmp_path / "mn1") as one:
        yield one
    request.module.forget(host)
