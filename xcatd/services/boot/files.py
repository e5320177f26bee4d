"""Which files below the TFTP folder a node's loader reads (the names are those that DHCP says: services/dhcp/boot.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from xcatd.services.boot.ground import Ground
from xcatd.services.boot.machine import SERVER, Machine
from xcatd.services.boot.plan import Plan, loader_of
from xcatd.services.boot.texts import Entry, grub, ipxe, petitboot
from xcatd.services.statelite.layout import TREES

XNBA, GRUB, PETITBOOT = "xcat/xnba/nodes", "boot/grub2", "petitboot"


@dataclass(frozen=True, slots=True)
class Files:
    """`texts`: folder and name -> text. `links`: the same -> what they lead to. `gone`: those that are removed."""

    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    gone: tuple[tuple[str, str], ...] = ()


def files_of(plan: Plan, ground: Ground, port: str) -> Files:
    """The files of one node on this host. `port`: of HTTP."""
    machine = plan.machine
    if plan.offline:
        return Files(gone=tuple(_all(machine, ground)))
    files = _of_loader(plan, ground, port)
    return replace(files, texts={**files.texts, (TREES, machine.node): plan.trees}) if plan.trees else files


def _of_loader(plan: Plan, ground: Ground, port: str) -> Files:
    machine = plan.machine
    node, entry = machine.node, _entry(plan, ground, port)
    match loader_of(machine):
        case "grub2":
            return Files({(GRUB, node): grub(entry, machine.netboot)}, dict(_links(machine, ground)))
        case "petitboot":
            return Files({(PETITBOOT, node): petitboot(entry, ground.shown(ground.world.snapshot.site("master")))})
        case _:
            return Files({(XNBA, node): ipxe(entry)}, {(XNBA, f"{node}.uefi"): node})


def loader_file(machine: Machine) -> str:
    """Grub itself for a node, as it is called below the TFTP folder."""
    arch = "ppc" if machine.arch.startswith("ppc") else machine.arch or "x86_64"
    return f"grub2.{arch}"


def _entry(plan: Plan, ground: Ground, port: str) -> Entry:
    machine = plan.machine
    server = "" if machine.loads_from == SERVER else machine.loads_from
    own = ground.facing(machine)
    kernel, initrd = plan.loaded
    return Entry(plan.state, kernel, initrd, plan.arguments, machine.boot_mac, server, own, port)


def _links(machine: Machine, ground: Ground) -> Iterator[tuple[tuple[str, str], str]]:
    """Grub asks for files by MAC and by address (its manual, chapter on the network)."""
    yield (GRUB, f"grub2-{machine.node}"), loader_file(machine)
    for name in _by_number(machine, ground):
        yield (GRUB, name), machine.node


def _by_number(machine: Machine, ground: Ground) -> Iterator[str]:
    if machine.boot_mac:
        yield f"grub.cfg-01-{machine.boot_mac.replace(':', '-')}"
    address = ground.address(machine.node)
    if isinstance(address, IPv4Address):
        yield f"grub.cfg-{int(address):08X}"


def _all(machine: Machine, ground: Ground) -> Iterator[tuple[str, str]]:
    """All files that any loader of the node may have."""
    node = machine.node
    yield from ((XNBA, f"{node}{ending}") for ending in ("", ".uefi", ".elilo"))
    yield from ((GRUB, name) for name in (node, f"grub2-{node}", *_by_number(machine, ground)))
    yield PETITBOOT, node
    yield TREES, node
