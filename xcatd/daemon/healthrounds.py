"""The looks at a service node that take their time: this daemon's own, and those that others take for it (`lookat`)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xcatd.api.host import RunRequest
from xcatd.errors import XcatError
from xcatd.hierarchy import Links
from xcatd.model import Caller, Channel, Line, Reply, Request, Role
from xcatd.objects import world_of
from xcatd.server import Connection
from xcatd.services.health.judgement import Seen
from xcatd.store import Snapshot
from xcatd.tls import TlsFiles

if TYPE_CHECKING:
    from xcatd.services.health.aspect import Aspect

PATIENCE = 10.0
"""Seconds that others get to say what they see."""


@dataclass(slots=True)
class LookRounds:
    """`name`, `role`: of this daemon, which asks in its own name; `files`: its certificate and what it believes. `snapshot` gives
    the tables, StoreError before there are any; `run` runs a command of this daemon."""

    name: str
    role: Role
    files: TlsFiles
    links: Links
    snapshot: Callable[[], Snapshot]
    run: RunRequest
    _called_from: dict[str, str] = field(default_factory=dict)
    """The addresses from which service nodes have called."""

    def linked(self, name: str) -> None:
        """See `Rounds`."""
        link = self.links.find(name)
        if link is not None and isinstance(link.wire, Connection):
            self._called_from[name] = link.wire.address

    async def around(self, name: str) -> Seen:
        """See `Rounds`. Raises StoreError."""
        # A daemon without service nodes does without what asks them, here and below.
        from xcatd.services.health.reach import MISSED, REACHED, UNKNOWN, first_word, look
        from xcatd.services.health.wanted import others

        world = world_of(self.snapshot())
        living = [link.name for link in self.links.below if link.name.partition(".")[0] != name.partition(".")[0]]
        asked, at = others(world, name, living), self._called_from.get(name, "")
        async with asyncio.TaskGroup() as group:
            own = group.create_task(look(world, name, at, self.files))
            views = group.create_task(self._views(name, at, asked))
        word, words = first_word(own.result()), views.result()
        reached = None if word == UNKNOWN else word == REACHED
        return Seen(False, (), reached, len(asked), words.count(REACHED), words.count(MISSED))

    async def services(self, name: str, answered: set[Aspect]) -> tuple[str, ...] | None:
        """See `Rounds`. Raises StoreError."""
        from xcatd.services.health.probes import ask
        from xcatd.services.health.reach import address_in
        from xcatd.services.health.wanted import aspects, may_be_deaf, target

        world = world_of(self.snapshot())
        wanted = aspects(world, name)
        address = await address_in(world, name) if wanted else ""
        if not address:
            return None
        async with asyncio.TaskGroup() as group:
            tasks = {one: group.create_task(ask(one, target(world, address))) for one in wanted}
        answered.update(one for one, task in tasks.items() if task.result())
        silent = [one for one, task in tasks.items() if task.result() is False]
        faults = [one for one in silent if one in answered or not may_be_deaf(world, one)]
        return tuple(f"{one} does not answer at {address}" for one in faults)

    async def _views(self, name: str, at: str, asked: Sequence[str]) -> Sequence[str]:
        """The first words of what others say; of those who say nothing in time there is none."""
        if not asked:
            return ()
        caller = Caller(self.name, self.role, self.name, "this host")
        words = (name, "--by", ",".join(asked), *(("--at", at) if at else ()))
        heard = _Heard()
        with contextlib.suppress(TimeoutError, XcatError):
            async with asyncio.timeout(PATIENCE):
                await self.run(Request(secrets.token_hex(4), "lookat", caller, words), heard)
        return list(heard.words.values())


@dataclass(slots=True)
class _Heard:
    """`words`: how the answers begin, by the daemon that says it."""

    words: dict[str, str] = field(default_factory=dict)
    flowing: bool = True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Line) and reply.channel is Channel.DATA and reply.source and reply.text:
            self.words[reply.source] = reply.text.partition(":")[0]
