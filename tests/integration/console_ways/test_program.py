"""A way by a program: what it prints is the console."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from pathlib import Path

import pytest

from tests.helpers import farside
from tests.helpers.consoleways import WITHIN, Far, WayContract, opened, until
from xcatd.consoles.line import Way
from xcatd.consoles.ways.program import ProgramWay
from xcatd.errors import NodeError


def _number(script: Path) -> int:
    return int(Path(f"{script}.pid").read_text())


class ProgramFar(Far):
    def __init__(self, script: Path) -> None:
        self.way = ProgramWay(script, "cn01")
        self._script = script

    async def vanish(self) -> None:
        os.kill(_number(self._script), signal.SIGKILL)


class TestProgram(WayContract):
    @pytest.fixture
    def far(self, script: Path) -> ProgramFar:
        return ProgramFar(script)

    @pytest.fixture
    def nobody(self, tmp_path: Path) -> Way:
        return ProgramWay(tmp_path / "missing", "cn01")

    @pytest.fixture
    def stranger(self) -> None:
        """A program's own affair."""

    async def test_a_program_that_fails_is_quoted(self, far: ProgramFar) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            await line.write(farside.FAIL)
            await until(line, b"goodbye\r\n")
            with pytest.raises(NodeError, match=r"has ended \(status 1\)"):
                await line.read()

    async def test_its_terminal_has_the_size_of_the_window(self, far: ProgramFar) -> None:
        async with asyncio.timeout(WITHIN), opened(far) as line:
            line.resize(50, 132)
            await line.write(farside.WINDOW)
            await until(line, b"window 132x50\r\n")

    async def test_it_gets_the_name_of_the_node_and_a_terminal_of_its_own(self, tmp_path: Path) -> None:
        path = _program(
            tmp_path, 'trap "echo caught; exit 0" INT; echo "$1 on $(ps -o tty= -p $$)"; while :; do sleep 0.05; done'
        )
        async with asyncio.timeout(WITHIN), ProgramWay(path, "cn01").open() as line:
            said = await until(line, b"\n")
            assert said.startswith(b"cn01 on pts/")
            await line.write(b"\x03")
            await until(line, b"caught")
            assert await line.read() in (b"", b"\r\n")

    async def test_leaving_ends_it_and_what_it_has_started(self, tmp_path: Path) -> None:
        path = _program(tmp_path, 'trap "" HUP; sleep 1000 & echo "$$ $! "; wait')
        async with asyncio.timeout(WITHIN), ProgramWay(path, "cn01").open() as line:
            numbers = (await until(line, b"\n")).split()
            ends = [os.pidfd_open(int(number)) for number in numbers]
        for end in ends:
            assert (await asyncio.to_thread(select.select, [end], [], [], WITHIN))[0], "it goes on"
            os.close(end)


def _program(folder: Path, text: str) -> Path:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path
