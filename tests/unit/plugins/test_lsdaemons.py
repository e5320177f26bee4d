"""`lsdaemons`: who may ask, and what is refused. What daemons answer: tests/integration/test_diagnosis.py."""

from __future__ import annotations

import pytest

from tests.helpers.run import Desk


async def test_only_who_is_allowed_may_ask(desk: Desk) -> None:
    assert (await desk.type("lsdaemons", user="")).status == 1
    assert (await desk.type("lsdaemons")).status == 0


@pytest.mark.parametrize("salt", ["1234", "zz" * 16, "0" * 33, "00" * 65])
async def test_a_salt_that_is_none(desk: Desk, salt: str) -> None:
    said = await desk.type(f"lsdaemons --salt {salt}")
    assert said.status == 1
    assert "lsdaemons: --salt takes from 32 to 128 hexadecimal digits" in said.stderr
