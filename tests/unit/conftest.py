"""Databases that are made once, and copied for each test: to make 73 tables takes longer than most tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from xcatd.policy import default_rows
from xcatd.store import open_store


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows."""
    path = tmp_path_factory.mktemp("empty") / "xcat.sqlite"

    async def make() -> None:
        await (await open_store(path)).close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the default policy of mn1, and nothing else: what a desk wants."""
    path = tmp_path_factory.mktemp("default") / "xcat.sqlite"

    async def make() -> None:
        store = await open_store(path)
        await store.write(default_rows("mn1"), author="test")
        await store.close()

    asyncio.run(make())
    return path
