"""The daemon as its plugins see it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from xcatd.errors import StoreError
from xcatd.hardware import Controllers
from xcatd.model import Command, Origin, Reply, Request, Role
from xcatd.services.dhcp.memory import Memory
from xcatd.store import Change, Location, Store

if TYPE_CHECKING:
    from xcatd.consoles.console import Console
    from xcatd.services.health.state import HealthView
    from xcatd.services.keeping import Status
    from xcatd.services.nodes import Hearing
    from xcatd.services.service import Outcome


class Sink(Protocol):
    """Where replies go. `send` returns when the reader has room for more: this is how back-pressure travels."""

    @property
    def flowing(self) -> bool:
        """Whether the reader keeps up: then `send` returns at once."""
        ...

    async def send(self, reply: Reply) -> None: ...


About = Callable[[str], Awaitable[Mapping[str, str]]]
"""Gives what the daemon knows of itself, by name; the text salts the digests of what is secret."""


async def nothing_known(salt: str) -> Mapping[str, str]:
    """What a host without a daemon knows of itself."""
    return {}


class Report(Protocol):
    """Keeps a write on disk until it is done; see `Ctx.report`."""

    async def __call__(self, changes: Sequence[Change], author: Origin) -> None: ...


async def no_reports(changes: Sequence[Change], author: Origin) -> None:
    """A host without a daemon has nowhere to keep them."""
    raise StoreError("Reports are taken by the daemon only: start it")


class RunRequest(Protocol):
    """Runs another command; replies go to `sink`, and the exit status is given."""

    async def __call__(self, request: Request, sink: Sink) -> int: ...


async def runs_nothing(request: Request, sink: Sink) -> int:
    """A host without a daemon has no other commands."""
    raise StoreError(f"{request.command} is run by the daemon only: start it")


class Consoles(Protocol):
    """The consoles of this daemon."""

    def console(self, node: str) -> Console:
        """The console of a node. Raises NodeError while there are none yet."""
        ...

    def find(self, node: str) -> Console | None:
        """The console of a node, if this daemon has it."""
        ...


class Services(Protocol):
    """The services that this host keeps."""

    def statuses(self) -> Sequence[Status]:
        """What is known of each; none where none are kept."""
        ...

    def chosen(self, names: Collection[str]) -> Sequence[str]:
        """The services of these names, all without names. Raises UsageError for one that there is not."""
        ...

    async def run(self, name: str, *, dry_run: bool) -> Outcome:
        """Do one now, or say what would be done. Raises XcatError."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """The daemon as its plugins see it: its name, its place, its database and its hands."""

    name: str
    role: Role
    version: str
    store: Store
    controllers: Controllers
    rescan: Callable[[], int]
    names: Callable[[], Sequence[str]]
    find: Callable[[str], Command]
    location: Location | None = None
    """The database; None where the tables come from the daemon above."""
    about: About = nothing_known
    report: Report = no_reports
    run: RunRequest = runs_nothing
    """Runs another command in its caller's name, as if he had typed it: the policy is asked, and service nodes have their part."""
    consoles: Consoles | None = None
    """The consoles of this daemon; None where no daemon runs."""
    services: Services | None = None
    """The services that this host keeps; None where no daemon runs."""
    hearing: Hearing | None = None
    """What hears the nodes; None where no daemon runs."""
    root: Path = Path("/")
    """The folder below which all files of this host are, as `xcatd --root` says it."""
    dhcp_files: Memory = field(default_factory=Memory)
    """What is known of the files of its DHCP servers."""
    boot_files: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of the run that changes what nodes boot."""
    health: HealthView | None = None
    """How the service nodes directly below are; None where no daemon runs."""
    moving: set[str] = field(default_factory=set)
    """The nodes that are on their way from one service node to another; see `snmove`."""
