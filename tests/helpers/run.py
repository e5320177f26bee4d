"""A hall with a real database, for tests of commands: a command line goes in, what a user sees comes out."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.helpers.tables import Rows
from xcatd.api import Host
from xcatd.dispatch.hall import Hall, no_stdin
from xcatd.dispatch.locks import Locks
from xcatd.dispatch.registry import Registry
from xcatd.errors import XcatError
from xcatd.hardware import Controllers
from xcatd.hierarchy import Forwarder, Links, Me
from xcatd.model import Caller, Failure, Origin, Reply, Request, Role
from xcatd.policy import Decision, default_rows
from xcatd.protocol.text import Printer
from xcatd.store import TABLES, Change, Put, SqlStore, open_store

VERSION = "Version 3.0.0 (git commit 0123abc, built today)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a user sees of one command."""

    stdout: str
    stderr: str
    status: int


@dataclass(slots=True)
class Terminal:
    """A sink that prints, as the door does."""

    printer: Printer
    stdout: bytes = b""
    stderr: bytes = b""
    replies: list[Reply] = field(default_factory=list)

    @property
    def flowing(self) -> bool:
        return True

    async def send(self, reply: Reply) -> None:
        self.replies.append(reply)
        out, err = self.printer.out(reply)
        self.stdout += out
        self.stderr += err


@dataclass(slots=True)
class Desk:
    """Where commands are typed. `audit` keeps the decisions."""

    hall: Hall
    store: SqlStore
    audit: list[tuple[Request, Decision]]

    async def type(
        self, line: str, *, user: str = "root", stdin: str | None = None, cwd: str = "/", answer: str | None = None
    ) -> Seen:
        """Type a command line and wait for its end. `answer`: what somebody at a terminal answers to a question."""
        command, *argv = shlex.split(line)
        caller = Caller(user, Role.USER, host="desk")
        sits = answer is not None
        request = Request("r1", command, caller, tuple(argv), whole=True, stdin=stdin, cwd=cwd, progress=sits)
        terminal = Terminal(Printer(show_source=bool({"-V", "--verbose"} & set(argv))))

        async def answered() -> str:
            return answer or ""

        try:
            status = await self.hall.run(request, terminal, no_stdin, answered if sits else None)
        except XcatError as error:
            status = error.status
            await terminal.send(Failure(str(error), code=error.status))
        return Seen(os.fsdecode(terminal.stdout), os.fsdecode(terminal.stderr), status)

    async def ok(self, line: str, *, stdin: str | None = None) -> str:
        """Type a command that must succeed without a word on standard error; gives its output."""
        seen = await self.type(line, stdin=stdin)
        assert (seen.stderr, seen.status) == ("", 0)
        return seen.stdout

    async def fill(self, **tables: Rows) -> None:
        """Put rows into tables."""
        changes = [
            Put(name, {column: str(row[column]) for column in TABLES[name].keys if row.get(column)}, row)
            for name, rows in tables.items()
            for row in rows
        ]
        await self.store.write(changes, author="test")


@cache
def built_in() -> Registry:
    """The commands of this program, read once: no desk changes them."""
    return Registry()


@asynccontextmanager
async def desk(
    folder: Path,
    name: str = "mn1",
    role: Role = Role.MANAGEMENT,
    database: Path | None = None,
    shelf: Controllers | None = None,
) -> AsyncIterator[Desk]:
    """A daemon's hall without a daemon: no doors, nobody above or below, the default policy.

    `database` is copied, which is quicker than to make 73 tables; it may have the policy already. `shelf` has the drivers.
    """
    if database is not None:
        shutil.copy(database, folder / "xcat.sqlite")
    store = await open_store(folder / "xcat.sqlite")
    registry = built_in()
    audit: list[tuple[Request, Decision]] = []
    async with shelf or Controllers() as controllers:

        async def report(changes: Sequence[Change], author: Origin) -> None:
            await store.write(changes, author=author)

        host = Host(
            name,
            role,
            VERSION,
            store,
            controllers,
            registry.rescan,
            registry.names,
            registry.find,
            report=report,
            root=folder,
        )
        hall = Hall(
            host=host,
            me=Me(name, role, frozenset({name})),
            registry=registry,
            forwarder=Forwarder(name, Links()),
            locks=Locks(),
            audit=lambda request, decision: audit.append((request, decision)),
            above_alive=lambda: False,
        )
        try:
            if not store.snapshot.table("policy").rows:
                await store.write(default_rows(name), author="test")
            yield Desk(hall, store, audit)
        finally:
            await store.close()
