"""Where a node's hardware is controlled, by which method and as whom, out of the node's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xcatd.errors import NotFound
from xcatd.hardware import Endpoint
from xcatd.objects.endpoints.bmc import IPMI, REDFISH, bmc_endpoint
from xcatd.objects.endpoints.unset import unset
from xcatd.objects.world import World


def _ipmi(world: World, node: str) -> Endpoint:
    return bmc_endpoint(world, node, IPMI)


def _redfish(world: World, node: str) -> Endpoint:
    return bmc_endpoint(world, node, REDFISH)


_WHERE: Mapping[str, Callable[[World, str], Endpoint]] = {"ipmi": _ipmi, "redfish": _redfish, "openbmc": _redfish}
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
