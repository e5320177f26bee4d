"""Which daemons serve DHCP, and for which nodes (protocol.md section 4: servicenode.dhcpserver, site.disjointdhcps)."""

from __future__ import annotations

from collections.abc import Sequence

from xcatd.errors import BadNoderange
from xcatd.objects import World
from xcatd.objects.routes import service_pool
from xcatd.services.dhcp.host import Host
from xcatd.services.networks import networks_of
from xcatd.services.service import YES
from xcatd.services.staticroutes import service_nodes

_MANAGEMENT = "__mgmtnode"
"""The group of management nodes."""


def dhcp_service_nodes(world: World) -> Sequence[str]:
    """The service nodes with servicenode.dhcpserver=1, in the order of nodelist. A management node may have a row there too."""
    named = service_nodes(world).difference(world.members(_MANAGEMENT) or ())
    nodes = [node for node in world.nodes() if node in named] if named else ()
    return [node for node in nodes if world.value(node, "servicenode", "dhcpserver").strip().lower() in YES]


def serves(world: World, host: Host) -> bool:
    """Whether this host is to be a DHCP server: the management node is, a service node when table servicenode says so."""
    return host.is_master or host.name in dhcp_service_nodes(world)


def is_disjoint(world: World) -> bool:
    """Whether a service node knows only the nodes that are its own."""
    return world.snapshot.site("disjointdhcps").strip().lower() in YES


def nodes_here(world: World, host: Host, nodes: Sequence[str]) -> Sequence[str]:
    """Which of the nodes this host's server is to know: all of them, but on a service node with site.disjointdhcps its own ones.
    Who has a dynamic range must know all nodes, or it would give them addresses of that range."""
    if host.is_master or not is_disjoint(world) or _has_range(world, host):
        return nodes
    return [node for node in nodes if host.name in service_pool(world, node)]


def below(world: World, nodes: Sequence[str]) -> Sequence[str]:
    """The service nodes that must hear of a change of these nodes; without nodes, of a change of everything."""
    servers = dhcp_service_nodes(world)
    if not nodes or not is_disjoint(world):
        return servers
    concerned = {name for node in nodes for name in service_pool(world, node)}
    concerned |= {one.dhcpserver for one in networks_of(world.snapshot).all if one.dynamicrange}
    return [name for name in servers if name in concerned]


def without_owner(world: World) -> Sequence[str]:
    """The networks whose dynamic range nobody owns although several servers might: what is wrong with them, in xCAT's words."""
    if not dhcp_service_nodes(world):
        return ()
    return [
        f"Hierarchy requested, therefore networks.dhcpserver must be set for net={one.network.network_address}"
        for one in networks_of(world.snapshot).all
        if one.dynamicrange and not one.dhcpserver
    ]


def _has_range(world: World, host: Host) -> bool:
    return any(one.dynamicrange and _owns(world, host, one.dhcpserver) for one in networks_of(world.snapshot).all)


def _owns(world: World, host: Host, dhcpserver: str) -> bool:
    try:
        return bool(dhcpserver) and host.is_me(world, dhcpserver)
    except BadNoderange:  # it is named where networks are read
        return False
