"""A desk with nodes, a group, and an image."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.run import Desk
from tests.helpers.run import desk as a_desk


@pytest.fixture
async def desk(tmp_path: Path, database: Path) -> AsyncIterator[Desk]:
    async with a_desk(tmp_path, database=database) as made:
        nodes = [{"node": f"n{number:02}", "groups": f"all,rack{number % 2}"} for number in range(1, 5)]
        await made.fill(nodelist=nodes, osimage=[{"imagename": "rhels9"}, {"imagename": "sles15"}])
        yield made
