"""Which applications of a node are looked for, and at which ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from xcatd.objects import World
from xcatd.store import Snapshot

STANDARD: Final[Mapping[str, int]] = {
    "sshd": 22,
    "https": 443,
    "pbs": 15002,
    "xend": 8002,
    "rdp": 3389,
    "msrpc": 135,
}
"""What xCAT looks for (commands.md, nodestat)."""
_KNOWN: Final[Mapping[str, int]] = {
    **STANDARD,
    "ftp": 21,
    "ssh": 22,
    "pbs_mom": 15002,
    "gpfs": 1191,
    **dict.fromkeys(("ll", "loadl", "loadl_master", "loadleveler"), 9616),
}
"""Applications that need no port in table monsetting; others have theirs from /etc/services."""
_ALWAYS: Final = "sshd"
_MONITOR: Final = "xcatmon"


@dataclass(frozen=True, slots=True)
class Application:
    """A name and its TCP port; with `groups`, only their nodes have it."""

    name: str
    port: int
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; `problems` are sentences about settings that cannot be used."""

    applications: tuple[Application, ...]
    problems: tuple[str, ...] = field(default=())

    def of(self, world: World, node: str) -> tuple[Application, ...]:
        """Those that this node is to have."""
        groups = frozenset(world.groups_of(node))
        return tuple(each for each in self.applications if not each.groups or groups.intersection(each.groups))


def standard() -> Wanted:
    return Wanted(tuple(Application(name, port) for name, port in STANDARD.items()))


def monitored(snapshot: Snapshot) -> Wanted:
    """What table monsetting says under the name xcatmon, and always sshd. It may read /etc/services: use a thread."""
    settings = {
        row["key"]: row["value"] or ""
        for row in snapshot.table("monsetting").rows
        if row["name"] == _MONITOR and not row.hidden
    }
    found, problems = [Application(_ALWAYS, STANDARD[_ALWAYS])], []
    for name in _names(settings.get("apps", "")):
        one = _application(name, settings.get(name, ""))
        if one is None:
            problems.append(
                f"monsetting xcatmon {name}={settings.get(name, '')}: write port=NUMBER[,group=GROUP ...]; cmd, lcmd and "
                "dcmd are not run"
            )
        elif name != _ALWAYS:
            found.append(one)
    return Wanted(tuple(found), tuple(problems))


def _names(apps: str) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, map(str.strip, apps.split(","))))


def _application(name: str, text: str) -> Application | None:
    """None: it has no port, or something else than a port is to be looked at."""
    pairs = [pair.strip().partition("=")[::2] for pair in text.split(",") if pair.strip()]
    ports = [value for key, value in pairs if key == "port"]
    groups = tuple(value for key, value in pairs if key == "group")
    if len(ports) + len(groups) < len(pairs) or len(ports) > 1:
        return None
    port = _number(ports[0]) if ports else _KNOWN.get(name) or _by_services(name)
    return Application(name, port, groups) if port else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536 else None


def _by_services(name: str) -> int | None:
    try:
        return socket.getservbyname(name, "tcp")
    except OSError:
        return None
