"""Questions to NFS servers: whether one answers, and what it exports to whom.

RFC 1833 (rpcbind version 3), RFC 1813 appendix I (MOUNT version 3), RFC 7530 (NFS version 4 on its fixed port).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.errors import ServiceError
from xcatd.services.networks import Address
from xcatd.services.nfs.rpc import Procedure, call, number, text

PORT = 2049
RPCBIND = 111
_NFS, _MOUNT, _RPCBIND = 100003, 100005, 100000
_GETADDR = Procedure(_RPCBIND, 3, 3)
_EXPORT = Procedure(_MOUNT, 3, 5)
_WITHIN = 3.0
"""Seconds for a question; the servers asked are in the cluster."""


@dataclass(frozen=True, slots=True)
class Export:
    """A folder that a server exports, and to whom as the server spells it; nobody: to everybody."""

    path: str
    clients: tuple[str, ...]


async def nfs_answers(address: Address) -> None:
    """Raises ServiceError when no NFS server of version 4 or 3 answers there."""
    with contextlib.suppress(ServiceError):
        await call(address, PORT, Procedure(_NFS, 4), within=_WITHIN)
        return
    await call(address, PORT, Procedure(_NFS, 3), within=_WITHIN)


async def rpcbind_answers(address: Address) -> bool:
    """Whether rpcbind runs there: servers of NFS version 3 tell it their ports."""
    try:
        await call(address, RPCBIND, Procedure(_RPCBIND, 3), within=_WITHIN)
    except ServiceError:
        return False
    return True


async def exports_of(address: Address) -> Sequence[Export] | None:
    """What the server exports, as far as it tells who asks from here; None: it has no list, for it knows NFS version 4 only.

    Raises ServiceError when rpcbind, or who has the list, does not answer.
    """
    port = await _port(address)
    if not port:
        return None
    answer, found = await call(address, port, _EXPORT, within=_WITHIN), []
    while answer.number():
        path, clients = answer.text(), []
        while answer.number():
            clients.append(answer.text())
        found.append(Export(path, tuple(clients)))
    return found


async def _port(address: Address) -> int:
    """Where the list of exports is to be had, as rpcbind knows; 0: nowhere."""
    netid = "tcp6" if address.version == 6 else "tcp"
    question = number(_MOUNT) + number(_EXPORT.version) + text(netid) + text("") + text("")
    where = (await call(address, RPCBIND, _GETADDR, question, within=_WITHIN)).text()
    try:
        high, low = (int(part) for part in where.split(".")[-2:])
    except ValueError:
        return 0
    return high << 8 | low
