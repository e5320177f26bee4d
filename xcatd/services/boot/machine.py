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
from xcatd.services.statelite.booting import with_values

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
        return console_words(self.arch, self.serialport, self.serialspeed, self.serialflow)


def machines(world: World, nodes: Sequence[str], address: Address) -> Iterator[Machine]:
    """Some 50 microseconds a node: call it in a thread. `address` gives a server's address, where it knows it."""
    for start in range(0, len(nodes), _TOGETHER):
        some = nodes[start : start + _TOGETHER]
        columns = [_column(world, some, name, address) for name in _COLUMNS]
        for node, values in zip(some, zip(*columns, strict=True), strict=True):
            machine = Machine(node, next(iter(macs_of(world, node)), ""), service_pool(world, node), *values)
            if "$" in machine.statemnt:
                machine = replace(machine, statemnt=with_values(world, node, machine.statemnt))
            yield machine


def console_words(arch: str, port: str, speed: str, flow: str) -> str:
    """Words for the kernel about a serial console; "" without a port, which is a number or a device's name."""
    if not port:
        return ""
    kind = "hvc" if arch.startswith("ppc64") else "ttyAMA" if arch == "aarch64" else "ttyS"
    device = f"{kind}{port}" if port.isdecimal() else port
    rate = speed and f",{speed}" + ("n8r" if flow in ("hard", "cts", "ctsrts") else "")
    return f"console=tty0 console={device}{rate}"


def servers_of(world: World, nodes: Sequence[str]) -> set[str]:
    """The servers that these nodes name."""
    return {text for name in _SERVERS for text in world.column(nodes, *name.split("."))} - {"", MASTER}


def _column(world: World, nodes: Sequence[str], name: str, address: Address) -> Sequence[str]:
    texts = world.column(nodes, *name.split("."))
    if name not in _SERVERS:
        return texts
    known = {text: "" if text in ("", MASTER) else address(text) for text in set(texts)}
    return [known[text] for text in texts]
