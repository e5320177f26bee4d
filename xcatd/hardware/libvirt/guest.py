"""A virtual machine as the tables have it: where it is, and what it shall be. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field

from xcatd.hardware.endpoint import NO_SECRET, Endpoint
from xcatd.model import Secret


def place_of(uri: str) -> str:
    """A URI of libvirt as messages show it: without its parameters."""
    return uri.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Place:
    """Where disks are: an entry of vm.storage.

    `url` is "dir:///vms", "nfs://server/vms" or "lvm://vg:/dev/sdb" for a pool of disks, "phy:/dev/sdb" or the path of a file for a
    disk. `bus` and `device` ("" = as usual) and `is_cd` are for the latter.
    """

    url: str
    bus: str = ""
    device: str = ""
    is_cd: bool = False

    @property
    def is_pool(self) -> bool:
        return self.url.startswith(("dir://", "nfs://", "lvm://"))

    @property
    def is_block(self) -> bool:
        return self.url.startswith("phy:")


@dataclass(frozen=True, slots=True)
class Wire:
    """A network interface: on which bridge of the hypervisor, or with `is_direct` on which of its interfaces. `mac` "": any."""

    bridge: str
    model: str = ""
    is_direct: bool = False
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Tuning:
    """vm.othersettings: the machine type, the CPU mode, processors and NUMA nodes of the hypervisor, its PCI devices to hand on."""

    machine: str = ""
    cpu_mode: str = ""
    cpuset: str = ""
    nodeset: str = ""
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Screen:
    """`protocol` is vnc or spice; `password` empty: a random one, which nobody knows."""

    protocol: str = "vnc"
    video: str = "vga"
    password: Secret = NO_SECRET


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a machine shall be when it is made. `memory` is in bytes.

    `boot` is an order of "network", "hd", "cdrom", "fd". `bus`, `format` and `cache` are for its disks. `stored`: the definition
    that xCAT 2 keeps in kvm_nodedata.xml, which counts as far as there is one.
    """

    memory: int = 512 << 20
    cpus: int = 1
    boot: tuple[str, ...] = ("network", "hd")
    clock: str = "utc"
    uuid: str = ""
    storage: tuple[Place, ...] = ()
    bus: str = "scsi"
    format: str = "qcow2"
    cache: str = "none"
    wires: tuple[Wire, ...] = ()
    screen: Screen = Screen()
    tuning: Tuning = Tuning()
    is_xen: bool = False
    is_paravirtual: bool = False
    stored: str = field(default="", repr=False)  # it has passwords


@dataclass(frozen=True, slots=True)
class Guest(Endpoint):
    """A machine on a hypervisor: `node` is its name there, `host` the URI of the hypervisor's libvirt."""

    blueprint: Blueprint = Blueprint()

    @property
    def place(self) -> str:
        return place_of(self.host)


def guest(node: str, uri: str, blueprint: Blueprint | None = None) -> Guest:
    return Guest(node, uri, "", NO_SECRET, 0, blueprint=blueprint or Blueprint())
