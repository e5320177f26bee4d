"""Files to a node by the program rsync, over a connection that is open already: only what differs travels.

The rsync of this host runs with a remote shell of ours (relay.py), whose two ends come to the daemon by a socket; it connects them
to `rsync --server` on the node, a command on the connection as any other. So the host keys, keys and users that count are those
of the connection, nothing listens anywhere, and one connection serves many transfers, one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xcatd.errors import NodeError
from xcatd.remote.rsyncing import Outcome, across, here
from xcatd.remote.rsyncsaid import FORMAT, Change, failure
from xcatd.services.programs import find_program

if TYPE_CHECKING:
    from asyncssh import SSHClientConnection

__all__ = ["Change", "Way", "send", "send_here"]


@dataclass(frozen=True, slots=True)
class Way:
    """How files are sent.

    `options`: of rsync(1), more or other than --archive; they must not name another remote shell. `relative`: sources are names
    below `base`, and the folders on the way to them are made below the destination, too (--relative); folders are sent with all
    that is in them. `dry_run`: only say what would change. `sudo`: write as root there, by a sudo that asks for no password.
    `silence`: seconds after which a node that neither says nor takes anything is given up.
    """

    options: Sequence[str] = ("--archive",)
    relative: bool = False
    base: Path = Path("/")
    dry_run: bool = False
    sudo: bool = False
    silence: float | None = None


async def send(
    connection: SSHClientConnection, sources: Sequence[Path | str], destination: str, way: Way = Way()
) -> Sequence[Change]:
    """Bring files and folders of this host to `destination` on the node, and say what was changed there, in rsync's order.

    A source is an absolute path; of a folder whose name ends with `/` the content is meant. With several sources, or when it ends
    with `/`, the destination is a folder, which is made if only the last part of its path is missing. The names go to the node by
    rsync's own talk: no shell sees them. The rsync of this host has ended when this returns or raises.

    Raises NodeError (a sentence with the cause that rsync gave, and the remedy), Lost (the connection broke in the middle) or
    TimedOut. Part of it may be there then; each file is whole or as it was.
    """
    words, names = _words(sources, f"node:{destination}", way)
    try:
        outcome = await across(connection, words, names, way.silence)
    except OSError as error:
        raise NodeError(f"rsync cannot be started here: {(error.strerror or str(error)).lower()}") from error
    return _changes(outcome, way)


async def send_here(sources: Sequence[Path | str], destination: Path, way: Way = Way()) -> Sequence[Change]:
    """The same to a place of this host, in the root folder of an image for instance. `sudo` and `silence` do not count.

    Raises NodeError.
    """
    words, names = _words(sources, str(destination), way)
    try:
        outcome = await here(words, names)
    except OSError as error:
        raise NodeError(f"rsync cannot be started: {(error.strerror or str(error)).lower()}") from error
    return _changes(outcome, way)


def _words(sources: Sequence[Path | str], destination: str, way: Way) -> tuple[list[str], bytes]:
    """The command line, and the standard input: with `relative` there may be more names than a command line takes."""
    program = find_program("rsync")
    if program is None:
        raise NodeError("rsync is not installed on the host that sends: install its package rsync")
    words = [program, *way.options, "--protect-args", "--8-bit-output", f"--out-format={FORMAT}"]
    words += ["--dry-run"] if way.dry_run else []
    words += ["--rsync-path=sudo -n rsync"] if way.sudo else []
    if way.relative:
        names = b"".join(os.fsencode(source) + b"\0" for source in sources)
        return [
            *words,
            "--recursive",
            "--relative",
            "--from0",
            "--files-from=-",
            "--",
            str(way.base),
            destination,
        ], names
    return [*words, "--", *map(str, sources), destination], b""


def _changes(outcome: Outcome, way: Way) -> Sequence[Change]:
    if outcome.status or outcome.far:
        raise failure(outcome.status, outcome.far, outcome.errors, sudo=way.sudo)
    return outcome.changes
