"""Controllers that are quick to repeat a question, and the program at the far side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers import farside
from xcatd.hardware import Controllers, Limits


@pytest.fixture
async def controllers() -> AsyncIterator[Controllers]:
    async with Controllers(Limits(repeat_after=0.2)) as made:
        yield made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "far side"
    path.write_text(farside.SCRIPT)
    path.chmod(0o755)
    return path
