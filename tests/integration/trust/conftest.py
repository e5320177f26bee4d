"""A management node, a service node of its that does not run yet, and another cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.helpers.alone import alone, typed
from tests.helpers.cluster import Daemon, build, free_port, join
from tests.helpers.trust import OTHER_ADDRESS
from xcatd.daemon.settings import read_settings, write_settings


def listens_elsewhere_too(daemon: Daemon) -> None:
    path = daemon.root / "etc/xcat/xcatd.yaml"
    write_settings(path, replace(read_settings(path), addresses=(daemon.address, OTHER_ADDRESS)))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with alone(tmp_path_factory.mktemp("trust"), prepare=listens_elsewhere_too) as running:
        typed(
            running,
            "nodeadd n1 groups=all nodehm.mgt=ipmi",
            "chtab priority=5 policy.commands=nodels policy.rule=allow",
        )
        yield running


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Daemon:
    """Another cluster, which does not run."""
    return build(tmp_path_factory.mktemp("foreign"), ()).management


@pytest.fixture
def service(daemon: Daemon, tmp_path: Path) -> Iterator[Daemon]:
    """A service node that is set up and does not run yet."""
    address = "127.0.1.7"
    below = join(daemon, Daemon(tmp_path / "sn7", "sn7", address, free_port(address), master=daemon.host))
    try:
        yield below
    finally:
        below.stop()
        daemon.xcatcert("revoke", "sn7")
