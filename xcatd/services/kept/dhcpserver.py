"""servicenode.dhcpserver: Kea or ISC's server, for the networks and nodes that are this host's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xcatd.errors import ServiceError
from xcatd.objects import World
from xcatd.services.concerned import names_in, nodes_called
from xcatd.services.dhcp.host import read_host
from xcatd.services.dhcp.memory import Memory
from xcatd.services.dhcp.roles import without_owner
from xcatd.services.dhcp.system import VERSIONS, Layout, backend
from xcatd.services.dhcp.update import Outcome as Done
from xcatd.services.dhcp.update import Wish, server_of, update
from xcatd.services.managers import Program
from xcatd.services.place import Place
from xcatd.services.service import ALONE, Outcome, Service, Work
from xcatd.store.news import News

_OF_NODES = ("mac", "hosts", "nics", "noderes", "nodelist", "nodetype", "vpd")
"""Tables in which a row concerns a node, or the nodes of a group."""
_OF_ALL = frozenset(("networks", "site", "servicenode"))
"""Tables in which a row may concern every node."""
_SITE = (
    "domain nameservers ntpservers logservers timezone dhcplease dhcpinterfaces dhcpbackend disjointdhcps httpport "
    "externaldhcpservers master tftpdir installdir"
)
_SHOWN = 5
"""Sentences about nodes that are left out: `makedhcp` has them all."""


class DhcpServer(Service):
    """At the start a service node's server gets all networks and nodes anew; the management node's keeps the nodes that it knows,
    because there `makedhcp -d` has the last word. After that only what has changed is touched."""

    name = "dhcpserver"
    needs_current_tables = True
    tables = (*_OF_NODES, "networks")
    site_keys = frozenset(_SITE.split())
    after = ("tftpserver", "httpserver", "nameserver")

    def __init__(self) -> None:
        self._memory = Memory()

    def wanted(self, place: Place) -> str:
        """site.externaldhcpservers means that this cluster has none of ours."""
        return ALONE if place.site("externaldhcpservers") else super().wanted(place)

    def program(self, place: Place, value: str) -> Program:
        return Layout(place.root, backend(place.site("dhcpbackend"))).program

    def serving(self, place: Place, value: str) -> Sequence[Program]:
        """Those of both protocols."""
        kind = backend(place.site("dhcpbackend"))
        return [Layout(place.root, kind, version).program for version in VERSIONS]

    async def reconcile(self, place: Place, value: str, work: Work) -> Outcome:
        if troubles := without_owner(place.world):
            raise ServiceError(troubles[0])
        host = await read_host(place.name, is_master=place.is_master)
        servers = server_of(place.root, place.world, work.manager, self._memory)
        found = Done()
        for wish in _wishes(place, work.news):
            done = await update(lambda: place.world, host, servers, wish, dry_run=work.dry_run)
            found.problems += done.problems
            found.warnings += done.warnings
            found.diff += done.diff
            found.changed |= done.changed
        return Outcome(found.changed or bool(found.diff), found.diff, tuple(_sentences(found)))


def _wishes(place: Place, news: News | None) -> Iterator[Wish]:
    """What is to be done after a change of tables; None: after nobody knows what."""
    names = None if news is None or not _OF_ALL.isdisjoint(news) else names_in(news, _OF_NODES)
    if names is None:
        yield Wish(fresh=True, everything=not place.is_master, by_itself=True)
        return
    gone, there = _split(place.world, names)
    if gone:
        yield Wish(gone, delete=True)
    if named := [node for node in there if place.world.value(node, "mac", "mac")]:
        yield Wish(tuple(named))


def _split(world: World, names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Names that are no nodes or groups any more, and the nodes that are there."""
    called = {name: nodes_called(world, name) for name in names}
    there = dict.fromkeys(node for nodes in called.values() for node in nodes or ())
    return [name for name, nodes in called.items() if nodes is None], list(there)


def _sentences(found: Done) -> Iterator[str]:
    every = [*found.warnings, *(text for _, text in found.problems)]
    yield from every[:_SHOWN]
    if len(every) > _SHOWN:
        yield f"and {len(every) - _SHOWN} more: makedhcp says them all"
