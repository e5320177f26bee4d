"""Which applications of a node are looked for, and at which ports."""

from __future__ import annotations

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
_ALWAYS: Final = "sshd"
_MONITOR: Final = "xcatmon"


@dataclass(frozen=True, slots=True)
class Application:
    """A name and its TCP port; with a `group`, only its nodes have it."""

    name: str
    port: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; `problems` are sentences about settings that cannot be used."""

    applications: tuple[Application, ...]
    problems: tuple[str, ...] = field(default=())

    def of(self, world: World, node: str) -> tuple[Application, ...]:
        """Those that this node is to have."""
        groups = world.groups_of(node)
        return tuple(each for each in self.applications if not each.group or each.group in groups)


def standard() -> Wanted:
    return Wanted(tuple(Application(name, port) for name, port in STANDARD.items()))


def monitored(snapshot: Snapshot) -> Wanted:
    """What table monsetting says under the name xcatmon, and always sshd."""
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
                f"monsetting xcatmon {name}={settings.get(name, '')}: only port=NUMBER[,group=GROUP] is looked at"
            )
        elif name != _ALWAYS:
            found.append(one)
    return Wanted(tuple(found), tuple(problems))


def _names(apps: str) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, map(str.strip, apps.split(","))))


def _application(name: str, text: str) -> Application | None:
    parts = dict(pair.strip().partition("=")[::2] for pair in text.split(",") if pair.strip())
    port = parts.pop("port", "" if text else str(STANDARD.get(name, "")))
    group = parts.pop("group", "")
    if parts or not port.isdecimal() or not 0 < int(port) < 65536:
        return None
    return Application(name, int(port), group)
