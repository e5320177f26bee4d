"""What the tables say about nodes that are to boot: read for many at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xcatd.objects import World
from xcatd.objects.endpoints.macs import macs_of
from xcatd.objects.routes import service_pool
from xcatd.services.networks import MASTER

SERVER: Final = "!myipfn!"
"""In bootparams.kcmdline: the server that the node sees, whichever that is. xCAT 2's word."""
_COLUMNS: Final = (
    *("noderes.netboot", "noderes.xcatmaster", "noderes.tftpserver", "noderes.nfsserver", "noderes.nfsdir"),
    *("noderes.installnic", "noderes.primarynic", "nodetype.os", "nodetype.arch", "nodetype.profile"),
    *("nodetype.provmethod", "nodehm.serialport", "nodehm.serialspeed", "nodehm.serialflow"),
    *("bootparams.addkcmdline", "bootparams.kernel", "bootparams.initrd", "bootparams.kcmdline"),
    *("chain.currstate", "chain.currchain", "chain.chain", "statelite.statemnt", "statelite.mntopts"),
)
_SERVERS: Final = ("noderes.xcatmaster", "noderes.tftpserver", "noderes.nfsserver")
_VARIABLE: Final = re.compile(r"\$(\w+)\.(\w+)", re.ASCII)
Address = Callable[[str], str]
_MAC: Final = re.compile("[0-9a-f]{2}([:-][0-9a-f]{2}){5}")
_TOGETHER: Final = 500


@dataclass(frozen=True, slots=True)
class Machine:
    """One node. The fields are columns of tables; `mac`: its first one; `pool`: its service nodes."""

    node: str
    mac: str
    pool: Sequence[str]
    netboot: str
    xcatmaster: str
    tftpserver: str
    nfsserver: str
    nfsdir: str
    installnic: str
    primarynic: str
    os: str
    arch: str
    profile: str
    provmethod: str
    serialport: str
    serialspeed: str
    serialflow: str
    addkcmdline: str
    kernel: str
    initrd: str
    kcmdline: str
    currstate: str
    currchain: str
    chain: str
    statemnt: str
    mntopts: str

    @property
    def master(self) -> str:
        """Who manages it, as it sees him."""
        return self.xcatmaster or SERVER

    @property
    def loads_from(self) -> str:
        """Where its loader fetches kernels."""
        return self.tftpserver or self.master

    @property
    def files_from(self) -> str:
        """Where its root file system or its packages are."""
        return self.nfsserver or self.loads_from

    @property
    def nic(self) -> str:
        """The interface for the installation by its name; "" when it is the one that boots."""
        named = self.installnic or self.primarynic
        return "" if named.lower() in ("", "mac") or _MAC.fullmatch(named.lower()) else named

    @property
    def boot_mac(self) -> str:
        """The MAC of that interface."""
        named = (self.installnic or self.primarynic).lower()
        return named.replace("-", ":") if _MAC.fullmatch(named) else self.mac

    @property
    def console(self) -> str:
        """Words for the kernel; nodehm.serialport is a number or a device's name."""
        if not self.serialport:
            return ""
        kind = "hvc" if self.arch.startswith("ppc64") else "ttyAMA" if self.arch == "aarch64" else "ttyS"
        device = f"{kind}{self.serialport}" if self.serialport.isdecimal() else self.serialport
        speed = self.serialspeed and f",{self.serialspeed}" + (
            "n8r" if self.serialflow in ("hard", "cts", "ctsrts") else ""
        )
        return f"console=tty0 console={device}{speed}"


def machines(world: World, nodes: Sequence[str], address: Address) -> Iterator[Machine]:
    """Some 50 microseconds a node: call it in a thread. `address` gives a server's address, where it knows it."""
    for start in range(0, len(nodes), _TOGETHER):
        some = nodes[start : start + _TOGETHER]
        columns = [_column(world, some, name, address) for name in _COLUMNS]
        for node, values in zip(some, zip(*columns, strict=True), strict=True):
            machine = Machine(node, next(iter(macs_of(world, node)), ""), service_pool(world, node), *values)
            yield replace(machine, statemnt=_filled(world, machine)) if "$" in machine.statemnt else machine


def servers_of(world: World, nodes: Sequence[str]) -> set[str]:
    """The servers that these nodes name."""
    return {text for name in _SERVERS for text in world.column(nodes, *name.split("."))} - {"", MASTER}


def _column(world: World, nodes: Sequence[str], name: str, address: Address) -> Sequence[str]:
    texts = world.column(nodes, *name.split("."))
    if name not in _SERVERS:
        return texts
    known = {text: "" if text in ("", MASTER) else address(text) for text in set(texts)}
    return [known[text] for text in texts]


def _filled(world: World, machine: Machine) -> str:
    """`$noderes.nfsserver:/state` with the node's own value; what is no column stays."""

    def value(found: re.Match[str]) -> str:
        return world.value(machine.node, found[1], found[2]) if world.knows(found[1], found[2]) else found[0]

    return _VARIABLE.sub(value, machine.statemnt)
