"""How a node's BMC is reached: address and account, by IPMI or Redfish."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xcatd.errors import NotFound
from xcatd.hardware import VERIFIED, Endpoint
from xcatd.model import Secret
from xcatd.objects.endpoints.trust import bmc_trust
from xcatd.objects.endpoints.unset import unset
from xcatd.objects.world import World
from xcatd.store import Row

_ADDRESS = re.compile(
    r"(?P<bare>[0-9a-fA-F]*:[^\s\[\]]*:[^\s\[\]]*)|(?:\[(?P<v6>[^\s\[\]]+)\]|(?P<host>[^\s:\[\]]+))(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)

_PATH = re.compile(r"redfish/v1/[^\s?#]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Books:
    """Where it is written: in `table`, and for the account in the rows of table passwd with `key`. `port` is the usual one.

    `has_paths`: an address may end in the path of the node's system; `has_certificates`: the site says which are believed.
    """

    table: str
    key: str
    port: int
    has_paths: bool = False
    has_certificates: bool = False


IPMI = Books("ipmi", "ipmi", 623)
REDFISH = Books("openbmc", "openbmc", 443, has_paths=True, has_certificates=True)


def bmc_endpoint(world: World, node: str, books: Books) -> Endpoint:
    """The node's BMC and the account on it: its table, then the row of table passwd.

    Raises NotFound, with a sentence on what to set, when the address or the password is in neither.
    """
    address = world.value(node, books.table, "bmc")
    if not address:
        raise NotFound(unset(world, node, books.table, "bmc", "BMC address", f"chdef {node} bmc=<address>"))
    address, path = _path(node, address.strip(), books)
    host, port = _split(node, address, books)
    user, password = _account(world, node, books)
    trust = bmc_trust(world) if books.has_certificates else VERIFIED
    return Endpoint(node, host, user, password, port, trust=trust, path=path)


def _account(world: World, node: str, books: Books) -> tuple[str, Secret]:
    """User and password; a user without a name is one that controllers have."""
    user, password = (world.value(node, books.table, column) for column in ("username", "password"))
    if user and password:
        return user, Secret(password)
    row = _default(world, user, books.key)
    user = user or (row["username"] if row else "")
    password = password or (row["password"] if row else "")
    if not password:
        whose = f" for user {user}" if user else ""
        remedy = f"chdef {node} bmcpassword=<password>, or a row of table passwd with key={books.key}{whose}"
        raise NotFound(unset(world, node, books.table, "password", f"BMC password{whose}", remedy))
    return user, Secret(password)


def _default(world: World, user: str, key: str) -> Row | None:
    """The row of table passwd: the user's if there is a name, else the first."""
    rows = world.snapshot.table("passwd").find(key)
    return next((row for row in rows if not user or row["username"] == user), None)


def _path(node: str, address: str, books: Books) -> tuple[str, str]:
    """The address without a path, and the path: `host/redfish/v1/Systems/1` names one of the systems of a service."""
    if not books.has_paths or "/" not in address:
        return address, ""
    host, _, path = address.partition("/")
    if _PATH.fullmatch(path) is None:
        raise NotFound(
            f"{books.table}.bmc of {node} is not an address: write host, host:port or host:port/redfish/v1/Systems/<id>."
        )
    return host, f"/{path}"


def _split(node: str, address: str, books: Books) -> tuple[str, int]:
    """`host`, `host:port`, `[v6]`, `[v6]:port`, or an IPv6 address as it is."""
    cell = f"{books.table}.bmc"
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise NotFound(f"{cell} of {node} is not an address: write host, host:port or [IPv6]:port.")
    port = int(found["port"] or books.port)
    if not 0 < port < 65536:
        raise NotFound(f"{cell} of {node} names port {port}: ports go from 1 to 65535.")
    return found["bare"] or found["v6"] or found["host"], port
