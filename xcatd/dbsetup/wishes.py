"""What the operator asked for, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
"""Seconds for which the running daemon's successor is waited for."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options. `listen`: more addresses to listen on. `allow`: more hosts that may connect: addresses, and for MariaDB
    names and patterns too. `hosts_only`: nothing but these. `certificates`: daemons prove themselves with their certificates
    instead of a password. `moves`: the data is moved and the daemon restarted. `wait`: seconds for that restart."""

    listen: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    hosts_only: bool = False
    certificates: bool = False
    moves: bool = True
    wait: float = PATIENCE


def read_hosts(path: Path) -> tuple[str, ...]:
    """The hosts in a file, one a line; # begins a comment. Raises OSError."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)
