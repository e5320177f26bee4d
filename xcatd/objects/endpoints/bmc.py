"""How a node's management controller is reached: method, address and account, out of the node's tables."""

from __future__ import annotations

import re

from xcatd.errors import NotFound
from xcatd.hardware import Endpoint
from xcatd.model import Secret
from xcatd.objects.world import World
from xcatd.store import Row

_PORT = 623
_ADDRESS = re.compile(
    r"(?P<bare>[0-9a-fA-F]*:[^\s\[\]]*:[^\s\[\]]*)|(?:\[(?P<v6>[^\s\[\]]+)\]|(?P<host>[^\s:\[\]]+))(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)


def management_method(world: World, node: str) -> str:
    """nodehm.power, else nodehm.mgt. Raises NotFound when neither is set."""
    method = world.value(node, "nodehm", "power") or world.value(node, "nodehm", "mgt")
    if not method:
        raise NotFound(_unset(world, node, "nodehm", "mgt", "management method", f"chdef {node} mgt=ipmi"))
    return method


def bmc_endpoint(world: World, node: str) -> Endpoint:
    """The node's BMC and the account on it: table ipmi, then the row of table passwd whose key is ipmi.

    Raises NotFound, with a sentence on what to set, when the address or the password is in neither.
    """
    address = world.value(node, "ipmi", "bmc")
    if not address:
        raise NotFound(_unset(world, node, "ipmi", "bmc", "BMC address", f"chdef {node} bmc=<address>"))
    host, port = _split(node, address)
    user, password = _account(world, node)
    return Endpoint(node, host, user, password, port)


def _account(world: World, node: str) -> tuple[str, Secret]:
    """User and password; a user without a name is one that controllers have."""
    user, password = world.value(node, "ipmi", "username"), world.value(node, "ipmi", "password")
    if user and password:
        return user, Secret(password)
    row = _default(world, user)
    user = user or (row["username"] if row else "")
    password = password or (row["password"] if row else "")
    if not password:
        whose = f" for user {user}" if user else ""
        remedy = f"chdef {node} bmcpassword=<password>, or a row of table passwd with key=ipmi{whose}"
        raise NotFound(_unset(world, node, "ipmi", "password", f"BMC password{whose}", remedy))
    return user, Secret(password)


def _default(world: World, user: str) -> Row | None:
    """The row of table passwd: the user's if there is a name, else the first."""
    rows = world.snapshot.table("passwd").find("ipmi")
    return next((row for row in rows if not user or row["username"] == user), None)


def _split(node: str, address: str) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]`, `[v6]:port`, or an IPv6 address as it is."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise NotFound(f"ipmi.bmc of {node} is not an address: write host, host:port or [IPv6]:port.")
    port = int(found["port"] or _PORT)
    if not 0 < port < 65536:
        raise NotFound(f"ipmi.bmc of {node} names port {port}: ports go from 1 to 65535.")
    return found["bare"] or found["v6"] or found["host"], port


def _unset(world: World, node: str, table: str, column: str, what: str, remedy: str) -> str:
    """The sentence for a cell without a value; a rule that went wrong is the better explanation."""
    problem = world.problem(node, table, column)
    return problem or f"{node} has no {what} in {table}.{column}: set one with {remedy}."
