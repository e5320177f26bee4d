"""mypostscript: the shell text that a node runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from xcatd.errors import NotFound
from xcatd.services.postscripts.here import Here
from xcatd.services.postscripts.shipped import TEMPLATE
from xcatd.services.postscripts.template import Line, read_template, rendered

_ZONE: Final = ("ZONENAME=$ZONENAME", "export ZONENAME")


@dataclass(slots=True)
class Sheet:
    """Makes the scripts of many nodes; the template is read once. Raises ServiceError for a template that cannot be used."""

    here: Here
    _lines: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = list(read_template(self.here, _with_zone(self.here.template) or TEMPLATE))

    def text(self, node: str) -> str:
        """A node's script. It takes part of a millisecond. Raises NotFound: no such node; ServiceError: the tables have
        something that cannot be run, or name a file that is not there."""
        if not self.here.world.has_node(node):
            raise NotFound(f"There is no node {node}; see: nodels")
        return "\n".join(rendered(self._lines, self.here, node)) + "\n"


def _with_zone(template: str) -> str:
    """A template from before there were zones gives the zone, too."""
    if not template.strip() or "ZONENAME" in template:
        return template
    lines = template.splitlines()
    place = next((number for number, line in enumerate(lines) if "postscripts-start-here" in line), len(lines))
    return "\n".join((*lines[:place], *_ZONE, *lines[place:], ""))
