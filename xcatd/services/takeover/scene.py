"""What an automatic takeover looks at, and what may come of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xcatd.objects import World
from xcatd.services.health.state import Health


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known. `healths`, `linked` (who has a link to this daemon) and `averages` (load averages) are by short names. `me`:
    how the tables call this daemon. `moving`: nodes on which an snmove works. `now`: the clock of the healths, in seconds."""

    world: World
    healths: Mapping[str, Health]
    linked: Collection[str]
    now: float
    me: Collection[str] = ()
    moving: Collection[str] = ()
    averages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Go:
    """Nodes go from a dead service node to another one."""

    source: str
    dest: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """A move is taken back: its nodes go from `source` to where they came from."""

    id: str
    source: str
    dest: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """A move of ours, or its way back, that was cut short goes on."""

    id: str
    source: str
    dest: str
    nodes: tuple[str, ...]


Deed = Go | Back | Resume


class About(StrEnum):
    """Why nodes do not move."""

    HELD = "held"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Remark:
    """Why nodes of a service node do not move: said once, as long as it is so."""

    about: About
    source: str
    nodes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    deeds: list[Deed] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
