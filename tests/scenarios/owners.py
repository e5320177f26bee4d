"""Who has the consoles of nodes: as daemons say it, and as their processes show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.helpers.cluster import Daemon
from tests.scenarios.site import Site


def owners(asked: Daemon, nodes: Sequence[str]) -> dict[str, str]:
    """The daemon that has each node's console open, where one says so. AssertionError: two say so."""
    lines = [line.split(": ") for line in asked.run("lscons", ",".join(nodes), XCATSHOWSVR="1").stdout.splitlines()]
    found = [(node, source.strip("[]")) for node, source, state, *_ in lines if state.startswith("up since ")]
    assert len(found) == len(dict(found)), f"two daemons have a console: {found}"
    return dict(found)


def open_at(site: Site, nodes: Sequence[str]) -> dict[str, list[str]]:
    """The daemons whose program of a node's console runs."""
    lines = [line for path in Path("/proc").glob("[0-9]*/cmdline") if (line := _words(path))]
    return {
        node: [
            each.name
            for each in site.cluster.all
            for words in lines
            if words[-2:] == [f"{each.root}/etc/xcat/cons/lab", node]
        ]
        for node in nodes
    }


def _words(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []
