"""A desk for each test: an empty cluster with the default policy; and a room, where nodes have hardware."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.memoryroom import Room, memory_room
from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk


@pytest.fixture
async def desk(tmp_path: Path, database: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database=database) as made:
        yield made


@pytest.fixture
async def room(tmp_path: Path, database: Path) -> AsyncIterator[Room]:
    async with memory_room(tmp_path, database) as made:
        yield made
