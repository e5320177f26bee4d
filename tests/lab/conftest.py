"""The lab's scenarios: `make lab` runs them, `make test` does not. What a failed one has written is kept below build/lab."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.cluster import SOURCE

_KEPT = SOURCE / "build/lab"
_HERE = Path(__file__).parent
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("lab")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Whether a test of a module has failed, for the folder of the module."""
    report = yield
    if call.excinfo is not None and (module := item.getparent(pytest.Module)) is not None:
        module.stash[_failed] = True
    return report


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where consoles and logs of a file's scenarios are: build/lab/NAME. It goes when nothing has failed."""
    place = _KEPT / request.path.stem.removeprefix("test_")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    yield place
    if not request.node.stash.get(_failed, False):
        shutil.rmtree(place)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scenarios keep the stateless image for each other."""
    return tmp_path_factory.mktemp("image") / "stateless"
