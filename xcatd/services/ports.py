"""Who has a port of this host, so that a server that cannot have it says who is in its way. proc(5), /proc/net and /proc/N/fd."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PROC = Path("/proc")
_LOCAL, _REMOTE, _STATE, _INODE = 1, 2, 3, 9
"""Places in a line of /proc/net/tcp and /proc/net/udp."""
_WAITS = {"tcp": "0A", "udp": "07"}
"""The state of a socket that whoever may reach: TCP_LISTEN, and for UDP TCP_CLOSE (include/net/tcp_states.h of Linux)."""


@dataclass(frozen=True, slots=True)
class Port:
    """Where a server listens."""

    protocol: Literal["tcp", "udp"]
    number: int

    def __str__(self) -> str:
        return f"{self.protocol.upper()} port {self.number}"

    @property
    def hint(self) -> str:
        """The command that tells who has it."""
        return f"`ss -ln{self.protocol[0]}p sport = :{self.number}`"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a port."""

    process: int
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A port that somebody listens at. `holders` are those that this program may look at: none is no proof that there is none."""

    port: Port
    holders: Collection[Holder] = ()

    def __str__(self) -> str:
        names = sorted({holder.name for holder in self.holders})
        first = min((holder.process for holder in self.holders), default=0)
        who = f"{' and '.join(names)} (process {first})" if names else f"another program ({self.port.hint} names it)"
        return f"{self.port} of this host is taken by {who}: stop that, or have it listen elsewhere"


def taken(port: Port) -> Taken | None:
    """Who listens at a port, on whatever address of this network namespace; None: nobody does. Reads files: call it in a thread."""
    inodes = set(_inodes(port))
    return Taken(port, frozenset(_holders(inodes))) if inodes else None


def is_bound(port: Port) -> bool:
    """Whether somebody listens at one address, or some, rather than at whatever address. Reads files: call it in a thread."""
    return any(int(fields[_LOCAL].partition(":")[0], 16) for fields in _lines(port))


def _inodes(port: Port) -> Iterator[str]:
    return (fields[_INODE] for fields in _lines(port))


def _lines(port: Port) -> Iterator[Sequence[str]]:
    """What the kernel says of those who listen at a port."""
    for table in (port.protocol, f"{port.protocol}6"):
        path = _PROC / "net" / table
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        for fields in (line.split() for line in lines):
            is_here = int(fields[_LOCAL].rpartition(":")[2], 16) == port.number
            if is_here and fields[_STATE] == _WAITS[port.protocol] and fields[_REMOTE].endswith(":0000"):
                yield fields


def _holders(inodes: Collection[str]) -> Iterator[Holder]:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and _has(folder / "fd", wanted):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                yield Holder(int(folder.name), (folder / "comm").read_text().strip())


def _has(descriptors: Path, wanted: Collection[str]) -> bool:
    with contextlib.suppress(OSError):  # it has ended meanwhile, or must not be looked at
        for one in descriptors.iterdir():
            with contextlib.suppress(OSError):
                if str(one.readlink()) in wanted:
                    return True
    return False
