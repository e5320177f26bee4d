"""Where a node's hardware is controlled, by which method and as whom, out of the node's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from xcatd.errors import NotFound
from xcatd.hardware import Endpoint
from xcatd.objects.endpoints.bmc import IPMI, REDFISH, bmc_endpoint
from xcatd.objects.endpoints.kg import kg_of
from xcatd.objects.endpoints.pdu import pdu_endpoint
from xcatd.objects.endpoints.unset import unset
from xcatd.objects.endpoints.vm import vm_endpoint
from xcatd.objects.world import World


def _ipmi(world: World, node: str) -> Endpoint:
    return replace(bmc_endpoint(world, node, IPMI), kg=kg_of(world, node))


def _redfish(world: World, node: str) -> Endpoint:
    return bmc_endpoint(world, node, REDFISH)


def _kvm(world: World, node: str) -> Endpoint:
    return vm_endpoint(world, node, "kvm")


def _xen(world: World, node: str) -> Endpoint:
    return vm_endpoint(world, node, "xen")


_WHERE: Mapping[str, Callable[[World, str], Endpoint]] = {
    "ipmi": _ipmi,
    "redfish": _redfish,
    "openbmc": _redfish,
    "kvm": _kvm,
    "xen": _xen,
    "pdu": pdu_endpoint,
}
"""Management method -> what reads the tables for it."""


def management_method(world: World, node: str, column: str = "power") -> str:
    """The value of nodehm.<column> (power, getmac, cons), else of nodehm.mgt. Raises NotFound when neither is set."""
    method = world.value(node, "nodehm", column) or world.value(node, "nodehm", "mgt")
    if not method:
        raise NotFound(unset(world, node, "nodehm", "mgt", "management method", f"chdef {node} mgt=ipmi"))
    return method


def endpoint_of(world: World, node: str, method: str) -> Endpoint:
    """Where the node's hardware is controlled by a method that has a driver.

    Raises NotFound, with a sentence on what to set, when the tables do not say it.
    """
    return _WHERE[method](world, node)
