"""Hosts for tests, written as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path

from tests.unit.objects.worlds import Rows, world
from xcatd.services.distribution import Family
from xcatd.services.place import Place


def place(
    root: Path = Path("/"),
    *,
    node: str = "sn1",
    is_master: bool = False,
    family: Family = Family.DEBIAN,
    interfaces: Mapping[str, Sequence[str]] | None = None,
    direct: Mapping[str, str] | None = None,
    **tables: Rows,
) -> Place:
    """A host called `node`, which must be in nodelist to be one. `direct`: network -> interface."""
    found = interfaces or {"lo": ["127.0.0.1", "::1"], "eth0": ["10.0.0.2"]}
    made = world(**tables)
    return Place(
        name=node,
        node=node if made.has_node(node) else "",
        world=made,
        is_master=is_master,
        root=root,
        family=family,
        interfaces={name: [ip_address(each) for each in each_of] for name, each_of in found.items()},
        direct=[(ip_network(net), name) for net, name in (direct or {"10.0.0.0/16": "eth0"}).items()],
    )
