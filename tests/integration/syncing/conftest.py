"""Two nodes that are empty when a test begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.syncroom import Room, syncing


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with syncing(tmp_path_factory.mktemp("syncfiles")) as room:
        yield room


@pytest.fixture
def room(site: Room) -> Iterator[Room]:
    """With nodes that have nothing yet."""
    yield site
    site.empty()
