"""A cluster in which something has happened already."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk


@pytest.fixture
async def cluster(desk: Desk) -> Desk:
    """Change 1 is the policy; 2 to 5 are these."""
    for line in (
        "nodeadd n[1-2] groups=all nodehm.mgt=ipmi",
        "nodech n1 ipmi.bmc=10.0.0.1 ipmi.password=geheim",
        "chtab key=domain site.value=a.b",
        "nodech n1 nodehm.mgt=openbmc",
    ):
        await desk.ok(line)
    return desk
