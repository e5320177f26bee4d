"""The nodes of a noderange, as the daemon knows them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from xcat_client.programs.question import question

if TYPE_CHECKING:
    from collections.abc import Mapping


def nodes_of(noderange: str, env: Mapping[str, str]) -> list[str]:
    """The names, none when the daemon refuses the range, which is then said. Raises Trouble when it cannot be asked."""
    answer = question(["nodels", "--", noderange], env)
    os.write(2, answer.errors)
    return [] if answer.status else answer.output.decode(errors="surrogateescape").split()


def with_suffix(nodes: list[str], interfaces: str) -> list[str]:
    """The names of these interfaces of nodes: `n1-ib0`. Without interfaces the nodes."""
    if not interfaces:
        return nodes
    return [f"{node}-{interface.removeprefix('-')}" for interface in interfaces.split(",") for node in nodes]
