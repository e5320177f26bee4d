"""What makes a node a service node in the tables (manual: How-To Setup Hierarchy, 2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.errors import NotFound, UsageError
from xcatd.objects import World
from xcatd.services.servicelife.pools import GROUP, RULE, names_in
from xcatd.store import Change, Put
from xcatd.store.schema import TABLES

USUAL: Final = ("nfsserver", "nameserver", "tftpserver")
"""What the manual has service nodes serve."""
_TABLE: Final = "servicenode"
_OTHERS: Final = frozenset({"node", "dhcpinterfaces", "comments", "disable"})


@dataclass(frozen=True, slots=True)
class Above:
    """The management node: its name, and the name or address by which service nodes know it."""

    name: str
    master: str


def services_in(text: str) -> Mapping[str, str]:
    """The columns of table servicenode that the words of `snadd -s` set: `tftpserver,nameserver=2`. Raises UsageError."""
    known = [column for column in TABLES[_TABLE].column_names if column not in _OTHERS]
    found: dict[str, str] = {}
    for word in names_in(text):
        column, _, value = word.partition("=")
        if column not in known:
            raise UsageError(f"There is no service {column!r}: it is one of {', '.join(known)}")
        found[column] = value or "1"
    return found


def joined(world: World, nodes: Sequence[str], above: Above, services: Mapping[str, str]) -> Sequence[Change]:
    """What is missing of these nodes in the tables. `services`: none given means that what the tables say counts, and where they
    say nothing, what is usual."""
    return [change for node in nodes for change in _joined(world, node, above, services)]


def _joined(world: World, node: str, above: Above, services: Mapping[str, str]) -> Iterator[Change]:
    groups = _own(world, "nodelist", node, "groups")
    if GROUP not in names_in(groups):
        yield Put("nodelist", {"node": node}, {"groups": ",".join((*names_in(groups), GROUP))})
    wanted = {column: value for column, value in services.items() if _own(world, _TABLE, node, column) != value}
    if not services and not any(world.row(name, _TABLE) for name in (node, GROUP)):
        wanted = dict.fromkeys(USUAL, "1")
    if wanted:
        yield Put(_TABLE, {"node": node}, wanted)
    if missing := _placeless(world, node, above):
        yield Put("noderes", {"node": node}, missing)


def _placeless(world: World, node: str, above: Above) -> Mapping[str, str]:
    """What table noderes lacks of who is above it; of one that is below another service node that is not known here."""
    has = {
        column: next((text for name in (node, GROUP) if (text := world.value(name, "noderes", column))), "")
        for column in ("servicenode", "xcatmaster")
    }
    if has["servicenode"] not in ("", above.name):
        return {}
    wanted = {"servicenode": above.name, "xcatmaster": above.master}
    return {column: text for column, text in wanted.items() if not has[column]}


def pooled(world: World, group: str, nodes: Sequence[str]) -> Sequence[Change]:
    """The nodes at the end of the pool of a group. Raises NotFound for no group, UsageError for a pool that is worked out."""
    if not world.has_group(group):
        raise NotFound(f"There is no group {group}: --pool takes a group of nodes that are to be served")
    before = _own(world, "noderes", group, "servicenode")
    if before.startswith(RULE):
        raise UsageError(
            f"noderes.servicenode of the group {group} is worked out by a rule ({before}): change that instead"
        )
    pool = list(dict.fromkeys((*names_in(before), *nodes)))
    if pool == names_in(before):
        return []
    return [Put("noderes", {"node": group}, {"servicenode": ",".join(pool)})]


def apart(world: World, group: str) -> Sequence[str]:
    """The members of a group that have another noderes.servicenode than the group gives: of their own, or of a group that comes
    before it."""
    given = _own(world, "noderes", group, "servicenode")
    members = world.members(group) or ()
    texts = world.column(members, "noderes", "servicenode")
    return [node for node, text in zip(members, texts, strict=True) if text != given]


def _own(world: World, table: str, name: str, column: str) -> str:
    """What stands in the row of a node or of a group itself."""
    return next((row[column] for row in world.snapshot.table(table).find(name) if row[column]), "")
