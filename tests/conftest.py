"""How thorough the generated tests are (`make check` looks quickly, `make test` and CI look well), and database servers."""

from __future__ import annotations

import gc
import inspect
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.helpers.dbserver import DatabaseServer
    from tests.helpers.mariadb import MariaServer
    from tests.helpers.postgres import PostgresServer
    from xcatd.store.location import Location

# No deadline: a busy machine is not a fault of the code under test, and timing belongs to benchmarks/.
settings.register_profile("thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=15)
settings.register_profile("faults", settings.get_profile("thorough"))  # `make faults`: see tests/scenarios
settings.load_profile(os.environ.get("TEST_PROFILE", "thorough"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of a worker. A test that stops it starts it again."""
    from tests.helpers.databases import private_postgres  # late: most tests need no database

    with private_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaServer]:
    """A MariaDB server for all tests of a worker. A test that stops it starts it again."""
    from tests.helpers.databases import private_mariadb  # late: most tests need no database

    with private_mariadb() as server:
        yield server


@pytest.fixture(scope="module", params=["postgres_server", "mariadb_server"])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    """Each of the two servers, one after the other."""
    found: PostgresServer | MariaServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def location(server: DatabaseServer) -> Iterator[Location]:
    """A new, empty database on the server, which is removed after the test."""
    made = server.create()
    yield made
    server.drop(made)


_SERVERS = ("postgres", "mariadb", "mysql", "[pg")
"""What is in the names of tests that need a database server, or of their fixtures."""
_SIMULATORS = "tests.simulators"
_UNIT, _INTEGRATION, _SCENARIOS = (Path(__file__).with_name(name) for name in ("unit", "integration", "scenarios"))
_SECONDS = (
    *("certs", "client/test_interrupts.py", "consoles/log", "daemon/notifications", "daemon/test_init.py"),
    *("daemon/test_advance.py", "services/autoinst/test_checking.py", "services/autoinst/test_partitions.py"),
    *("services/autoinst/test_shipped.py", "services/autoinst/test_writing.py", "services/genesis", "services/media"),
    *("services/rootimg", "services/statelite/test_localdisk.py", "services/statelite/test_node.py", "share"),
    *(
        "dbsetup/test_hosts.py",
        "dbsetup/test_servercert.py",
        "hierarchy/test_remote.py",
        "hierarchy/test_remote_again.py",
    ),
    *("noderange/test_properties.py", "noderange/test_malformed.py", "plugins", "policy/test_mask.py", "postscripts"),
    *("probe", "services/keeping", "services/managers", "services/nodes", "services/test_fileservice.py"),
    *("services/test_kernel.py", "setup", "snap/test_xcatsnap.py", "store/engine", "store/history"),
    *("store/test_catchup.py", "store/test_legacy.py", "tls/test_contexts.py"),
)
"""Files and folders of tests/unit that go on for seconds: they make keys, start programs or open many databases."""
_LONG = (
    *("test_writers", "test_kills", "test_store_outages", "test_outages_postgres", "test_outages_mariadb"),
    *("test_diagnosis", "dbsetup", "test_two_management_nodes"),
)
"""Files and folders of tests/integration that go on for minutes."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What goes on for seconds is not even read where it is not wanted: each worker would."""
    if "not endurance" not in config.option.markexpr:
        return None
    return True if _goes_on_for_seconds(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves to `make test`. What takes long begins first, so that at the end no processor waits for it."""
    items.sort(key=_haste)
    for item in items:
        names = (item.name, getattr(item.cls, "__name__", ""), *item.fixturenames)  # type: ignore[attr-defined]
        if any(word in name.lower() for name in names for word in _SERVERS):
            item.add_marker("servers")
        if any(map(_simulates, _modules(item))):
            item.add_marker("simulators")
        if _goes_on_for_seconds(item.path):
            item.add_marker("endurance")


def pytest_collection_finish() -> None:
    """The garbage collector need not look at thousands of tests again and again, and seldom at what they leave."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@cache
def _goes_on_for_seconds(path: Path) -> bool:
    return any(path.is_relative_to(_UNIT / name) for name in _SECONDS)


def _modules(item: pytest.Item) -> set[str]:
    """Where a test that waits for something, and its fixtures, are written; nowhere, for one that only computes."""
    if not (isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function)):
        return set()
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    return {item.module.__name__, *(each.func.__module__ for found in fixtures for each in found)}


@cache
def _simulates(module: str) -> bool:
    """Whether a module uses a simulated device."""
    used = vars(sys.modules[module]).values()
    return any(getattr(thing, "__module__", None) and thing.__module__.startswith(_SIMULATORS) for thing in used)


def _haste(item: pytest.Item) -> int:
    """Sorting by this keeps the order within a file."""
    return _haste_of(item.path)


@cache
def _haste_of(path: Path) -> int:
    if path.is_relative_to(_SCENARIOS):
        return 0
    if not path.is_relative_to(_INTEGRATION):
        return 2
    return 0 if {path.stem, path.parent.name} & {*_LONG} else 1
