"""A desk for each test: a hall with a database of its own and a few nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk


@pytest.fixture
async def desk(tmp_path: Path, database: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database=database) as made:
        await made.fill(nodelist=[{"node": name, "groups": "all"} for name in ("n1", "n2", "n3")])
        yield made
