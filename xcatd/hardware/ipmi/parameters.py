"""Configuration parameters: boot options, LAN, SOL and alerts are all read and written in one way.

Each group has a parameter 0 that says "set in progress", so that two consoles do not mix their changes (IPMI 2.0,
tables 23-4, 26-5, 28-14 and 30-6). Many BMCs do without, and one whose last console has died may never take it back:
so it is asked for, and not insisted on. Some forget what was written unless they are told to commit it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from xcatd.errors import NodeError
from xcatd.hardware.ipmi.commands import Command
from xcatd.hardware.ipmi.controller import Controller
from xcatd.hardware.ipmi.refusals import SET_IN_PROGRESS, Refused

IN_PROGRESS = 0
"""The number of the parameter, in all groups."""
COMPLETE, BEGUN, COMMIT = b"\x00", b"\x01", b"\x02"
LAST_WORD = 1.0
"""Seconds for telling a BMC that a change is over, also one that has stopped answering in the middle of it."""


class Parameters:
    """One group on one BMC. `prefix`: what stands before the parameter's number, the channel in groups that have one."""

    __slots__ = ("_controller", "_get", "_prefix", "_set")

    def __init__(self, controller: Controller, commands: tuple[Command, Command], prefix: bytes = b"") -> None:
        self._controller = controller
        self._get, self._set = commands
        self._prefix = prefix

    async def read(self, parameter: int, least: int, selector: int = 0) -> bytes:
        """Its data, without the revision that all answers begin with. NodeError: fewer than `least` octets of it.

        `selector` is for parameters that are tables: which row; the data begins with it.
        """
        request = self._prefix + bytes((parameter, selector, 0))
        return (await self._controller.ask(self._get, request, least=1 + least))[1:]

    async def write(self, parameter: int, data: bytes) -> None:
        """Refused: the BMC does not take it."""
        await self._controller.request(self._set, self._prefix + bytes((parameter,)) + data)

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """A block in which parameters are written. It ends with "set complete", whatever happens in it; a BMC that can do so
        then takes back what a block has written that has failed."""
        has_begun = True  # unless the BMC says that it has not: a caller who goes away does not wait to hear it
        try:
            has_begun = await self._begin()
            yield
            if has_begun:
                await self._commit()
        finally:
            if has_begun:
                await self.complete()

    async def complete(self) -> None:
        """Say "set complete", as well as it goes."""
        with suppress(Refused, NodeError, TimeoutError):
            async with asyncio.timeout(LAST_WORD):
                await self.write(IN_PROGRESS, COMPLETE)

    async def _begin(self) -> bool:
        try:
            await self.write(IN_PROGRESS, BEGUN)
        except Refused as refused:
            return refused.command is self._set and refused.code == SET_IN_PROGRESS
        return True

    async def _commit(self) -> None:
        """A BMC that knows nothing of it has done already what it was told."""
        try:
            await self.write(IN_PROGRESS, COMMIT)
        except Refused as refused:
            if refused.is_busy:
                raise
