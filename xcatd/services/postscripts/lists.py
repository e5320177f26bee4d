"""Which scripts a node runs, in which order: tables postscripts and osimage (protocol.md 2.4).

Those of the row xcatdefaults come first, then those of the node's image, then the node's own. The node's own are inherited from
its groups as every value is: `+=NEXTRECORD` and site.hierarchicalattrs put those of several groups together.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.postscripts.quoting import plain
from xcatd.store import Row

DEFAULTS = "xcatdefaults"
"""The row of table postscripts that is before all others, and no group."""
_PIECE = re.compile(r"""(?:[^,"']|"[^"]*"|'[^']*'|["'])+""")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL | re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]*(/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*")


class Stage(StrEnum):
    """When scripts run: at the end of an installation, and after the first boot or at each boot without disk. The values are
    columns of tables postscripts and osimage."""

    POST = "postscripts"
    POSTBOOT = "postbootscripts"


MARKS: Final[Mapping[str, tuple[str, Stage]]] = {
    f"{part}{stage}-start-here": (part, stage) for stage in Stage for part in ("", "defaults-", "osimage-", "node-")
}
"""The words in mypostscript before scripts: all of a stage, or those that come from one place."""


@dataclass(frozen=True, slots=True)
class Scripts:
    """Command lines for a shell, every word of them quoted, by where they come from; none comes twice."""

    defaults: Sequence[str] = ()
    osimage: Sequence[str] = ()
    node: Sequence[str] = ()

    @property
    def all(self) -> Sequence[str]:
        """In the order in which they run."""
        return (*self.defaults, *self.osimage, *self.node)


def image_of(world: World, node: str) -> Row | None:
    """The row of the node's image in table osimage: nodetype.provmethod names it. None: it has none."""
    name = world.value(node, "nodetype", "provmethod")
    return next(iter(world.snapshot.table("osimage").find(name)), None) if name else None


def variables_of(image: Row) -> Mapping[str, str]:
    """What osimage.environvar of an image sets: NAME=value, with commas between them."""
    found = filter(None, (_ASSIGNMENT.fullmatch(one.strip()) for one in image["environvar"].split(",")))
    return {each[1]: each[2].strip("\"'") for each in found}


def scripts_of(world: World, node: str, stage: Stage) -> Scripts:
    """The node's scripts. Raises ServiceError, which names the place in the tables, for one that cannot be run."""
    image = image_of(world, node)
    has_syslog = world.value(node, "noderes", "syslog") != "ignore"
    seen: set[str] = set()

    def fresh(text: str, where: str) -> Sequence[str]:
        lines = [line for line in _lines(text, where) if has_syslog or line.partition(" ")[0] != "syslog"]
        found = [line for line in dict.fromkeys(lines) if line not in seen]
        seen.update(found)
        return found

    return Scripts(
        fresh(world.value(DEFAULTS, "postscripts", stage), f"postscripts.{stage} of {DEFAULTS}"),
        fresh(image[stage], f"osimage.{stage} of {image['imagename']}") if image is not None else (),
        fresh(world.value(node, "postscripts", stage), f"postscripts.{stage} of {node}"),
    )


def scripts_in(text: str, where: str) -> Sequence[str]:
    """The command lines of a list as the tables have one, every word quoted. Raises ServiceError, which names the place `where`."""
    return tuple(_lines(text, where))


def section(world: World, node: str, mark: str) -> Sequence[str]:
    """The node's scripts behind one of MARKS. Raises what `scripts_of` raises."""
    part, stage = MARKS[mark]
    scripts = scripts_of(world, node, stage)
    return {"defaults-": scripts.defaults, "osimage-": scripts.osimage, "node-": scripts.node}.get(part, scripts.all)


def _lines(text: str, where: str) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        if piece.strip():
            yield _line(piece.strip(), where)


def _line(piece: str, where: str) -> str:
    """`script words` with every word quoted: what stands there is given to the script, and no shell makes anything of it."""
    try:
        words = shlex.split(piece)
    except ValueError:
        raise ServiceError(f"{where} has {piece!r}, in which a quote is missing: correct it") from None
    if not words or _NAME.fullmatch(words[0]) is None:
        raise ServiceError(f"{where} has {piece!r}, which does not begin with the name of a script: correct it")
    return shlex.join(map(plain, words))
