"""A small rack of real ipmi_sim BMCs, and controllers to reach them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.helpers.claims import network
from tests.simulators.bmcs import Bmc, Rack, User, bmcs
from xcatd.hardware import Controllers, Limits

USERS = (User("admin", "secret"), User("oper", "operpw", "operator"), User("", "anonpw"))


@pytest.fixture(scope="session")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Bmc]]:
    """Three BMCs, at addresses that other runs on this machine do not use."""
    directory: Path = tmp_path_factory.mktemp("rack")
    with bmcs(Rack(3, f"{network()}.7.1", users=USERS), directory) as started:
        yield started


@pytest.fixture
async def controllers() -> AsyncIterator[Controllers]:
    async with Controllers() as controllers:
        yield controllers


@pytest.fixture
async def hasty() -> AsyncIterator[Controllers]:
    """They repeat a question sooner than is usual, for tests in which something has to be repeated."""
    async with Controllers(Limits(repeat_after=0.1)) as controllers:
        yield controllers
