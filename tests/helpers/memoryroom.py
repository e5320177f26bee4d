"""A desk in a room with a rack: n1, n2 and n3 have hardware that is only remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.memorydevice import Memory, Shelf
from tests.helpers.run import Desk, desk

NODES = ("n1", "n2", "n3")


@dataclass(frozen=True)
class Room:
    """Where commands are typed, and the hardware that they are about."""

    desk: Desk
    shelf: Shelf

    def node(self, name: str = "n1") -> Memory:
        return self.shelf.memory.node(name)

    async def ok(self, line: str) -> str:
        """Type a command that must succeed without a word on standard error; gives its output."""
        return await self.desk.ok(line)

    async def failed(self, line: str) -> tuple[str, str]:
        """Type a command that must fail with status 1; gives its two outputs."""
        seen = await self.desk.type(line)
        assert seen.status == 1
        return seen.stdout, seen.stderr


@asynccontextmanager
async def memory_room(folder: Path, database: Path) -> AsyncIterator[Room]:
    """`database` is copied."""
    shelf = Shelf()
    async with desk(folder, database=database, shelf=shelf) as made:
        await made.fill(
            nodelist=[{"node": node, "groups": "all"} for node in NODES],
            nodehm=[{"node": "all", "mgt": "ipmi"}],
            ipmi=[{"node": "all", "bmc": "10.0.0.1", "username": "admin", "password": "secret"}],
        )
        yield Room(made, shelf)
