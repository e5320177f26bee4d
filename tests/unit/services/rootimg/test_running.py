"""The daemon's side of tasks that need all rights of root."""

import pytest

from xcatd.errors import ServiceError
from xcatd.services.rootimg.running import run_task


async def said(text: str) -> None:
    raise AssertionError(text)


async def test_a_task_that_fails_says_why() -> None:
    with pytest.raises(ServiceError, match=r"^usage: python -m xcatd.building"):
        await run_task("nosuchtask", {}, said)
