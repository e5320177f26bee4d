"""A management node becomes a service node of another one: what made it a management node is put aside as it is.

(How-To Setup Hierarchy, 5.0: back up the database, remove xCAT and its folders, set the host up as a new service node.)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from xcatd.daemon.cfgloc import location_of
from xcatd.daemon.handover import Lock
from xcatd.daemon.paths import Paths
from xcatd.errors import AlreadyRunning, ConfigError

FOLDER = "former-mn"
"""In /etc/xcat; for root only."""
_BESIDE = ("", "-wal", "-shm")
"""Endings of the files of an SQLite database."""


def is_management_node(paths: Paths) -> bool:
    """Whether this host was set up as one: it has the mark, or the key of an authority, which service nodes of xCAT 2 may have."""
    has_key = (paths.etc / "ca/private/ca-key.pem").exists()
    return paths.marker("mn").exists() or (has_key and not paths.marker("sn").exists())


def refusal(paths: Paths, master: str) -> str:
    """The sentence for who has not said that it is meant."""
    return (
        f"This host is a management node, with an authority and tables of its own below {paths.etc}: `xcatd init ... --master "
        f"{master} --demote` puts them aside into {paths.etc / FOLDER}, and makes it a service node"
    )


def demote(paths: Paths) -> Sequence[str]:
    """Put aside what a management node has; gives lines that say so. Broken off, it may be done again, and goes on. Raises
    AlreadyRunning while its daemon runs, ConfigError for what cannot be moved; what has been moved is in the folder then."""
    lock = Lock(paths.lock)
    if not lock.take():
        raise AlreadyRunning(
            f"Process {lock.holder()} serves {paths.root} as a management node: stop xcatd first, then make it a service node"
        )
    aside = paths.etc / FOLDER
    lines: list[str] = []
    try:
        found = [(path, aside / name) for path, name in _belongings(paths) if path.exists()]
        if taken := [there for _, there in found if there.exists()]:
            raise ConfigError(f"{taken[0]} is there already, from another time: move {aside} away first")
        aside.mkdir(mode=0o700, exist_ok=True)
        for path, there in found:
            shutil.move(path, there)
            lines.append(f"moved {path} to {there}")
        paths.marker("mn").unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{error.filename or aside} cannot be moved to {aside}: {error.strerror}; do it as root, and again"
        ) from error
    finally:
        lock.free()
    return [*lines, *_remarks(aside)]


def _belongings(paths: Paths) -> Iterator[tuple[Path, str]]:
    """The tables and the way to them, then who trusts whom; each with its name when it is put aside. The authority comes last: as
    long as it is there this host counts as a management node."""
    database = location_of(paths)
    if database.is_file:
        names = [f"{database.path.name}{ending}" for ending in _BESIDE]
        yield from ((database.path.with_name(name), name) for name in names)
    yield paths.cfgloc, "cfgloc"
    yield from ((paths.etc / name, name) for name in ("armed", "hostkeys", "replica", "spool"))
    yield paths.root / "root/.xcat", "root.xcat"
    yield paths.install / "postscripts/ca", "postscripts-ca"
    yield from ((paths.etc / name, name) for name in ("cert", "ca"))


def _remarks(aside: Path) -> Iterator[str]:
    yield f"the old tables are in {aside}; a database on a server is left there as it is"
    yield "its old service nodes, its users and its nodes need certificates of the other authority"
    yield "what it has served (DHCP, DNS, TFTP ...) goes on until it is stopped, or is wanted of it by table servicenode there"
    yield "what nodes install from (/install) is left: it comes from the new management node from now on"
    yield "it signs nothing any more: systemctl disable --now xcat-signer.socket"
