"""Where a virtual machine is and what it shall be: table vm, and what mac, vpd, nodetype and kvm_nodedata add."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from xcatd.errors import NotFound
from xcatd.hardware.libvirt.guest import Blueprint, Guest, Place, Screen, Tuning, Wire, guest
from xcatd.model import Secret
from xcatd.objects.endpoints.amounts import bytes_in
from xcatd.objects.endpoints.macs import kept, macs_for, macs_of
from xcatd.objects.endpoints.unset import unset
from xcatd.objects.world import World
from xcatd.store import Put

_BOOT = {
    "n": "network",
    "net": "network",
    "network": "network",
    "hd": "hd",
    "c": "hd",
    "cdrom": "cdrom",
    "cd": "cdrom",
    "fd": "fd",
}
_URIS = {"kvm": "qemu+ssh://root@{}/system?no_tty=1", "xen": "xen+ssh://root@{}/?no_tty=1"}
_TUNING = {"machine": "machine", "cpumode": "cpu_mode", "vcpupin": "cpuset", "membind": "nodeset"}
"""Words of vm.othersettings -> fields of Tuning."""
_PCI = re.compile(r"(?:pci_)?[0-9a-f]{4}[:_][0-9a-f]{2}[:_][0-9a-f]{2}[._][0-7]", re.ASCII | re.IGNORECASE)
_XEN_BRIDGE = "xenbr0"
"""The bridge of a Xen machine for which vm.nics says nothing."""


def vm_endpoint(world: World, node: str, method: str) -> Guest:
    """The machine of a node. Raises NotFound, with a sentence on what to set, when vm.host is unset or a value makes no sense."""
    host = world.value(node, "vm", "host")
    if not host:
        raise NotFound(unset(world, node, "vm", "host", "hypervisor", f"chdef {node} vmhost=<hypervisor>"))
    return guest(node, hypervisor_uri(world, host, method), _blueprint(world, node, method))


def hypervisor_endpoint(world: World, name: str, method: str) -> Guest:
    """The hypervisor itself, to ask what machines it has."""
    return guest(name, hypervisor_uri(world, name, method))


def hypervisor_uri(world: World, host: str, method: str) -> str:
    """libvirt's URI: the text itself when it is one, else hypervisor.mgr of this host when that is one, else by ssh as root."""
    if "://" in host:
        return host
    manager = world.value(host, "hypervisor", "mgr")
    return manager if "://" in manager else _URIS[method].format(host)


def new_macs(world: World, node: str) -> Sequence[Put]:
    """What puts the addresses that are made for a virtual machine into table mac; nothing for others, or when all are there."""
    method = world.value(node, "nodehm", "power") or world.value(node, "nodehm", "mgt")
    count = len(_nics(world, node, method)) if method in _URIS else 0
    return [kept(world, node, macs_for(world, node, count))] if count > len(macs_of(world, node)) else []


def _wires(world: World, node: str, method: str) -> tuple[Wire, ...]:
    """The network interfaces that vm.nics asks for."""
    nics, usual = _nics(world, node, method), world.value(node, "vm", "nicmodel")
    return tuple(_wire(nic, usual, mac) for nic, mac in zip(nics, macs_for(world, node, len(nics)), strict=True))


def _nics(world: World, node: str, method: str) -> Sequence[str]:
    text = world.value(node, "vm", "nics") or (_XEN_BRIDGE if method == "xen" else "")
    return [part.strip() for part in text.split(",") if part.strip()]


def _wire(text: str, usual: str, mac: str) -> Wire:
    """`[physical network:]bridge[=model]`, or `interface|direct`; of which network the bridge is does not matter here."""
    name, _, model = text.rpartition(":")[2].partition("=")
    name, _, kind = name.partition("|")
    return Wire(name, model or usual, kind == "direct", mac)


def _blueprint(world: World, node: str, method: str) -> Blueprint:
    row = world.row(node, "vm")
    is_xen = method == "xen"
    return Blueprint(
        memory=_memory(node, row),
        cpus=_cpus(node, row),
        boot=_boot(node, row),
        clock=row.get("clockoffset") or _clock(world, node),
        uuid=_uuid(world, node),
        storage=tuple(_place(part.strip()) for part in row.get("storage", "").split("|") if part.strip()),
        bus=row.get("storagemodel", "ide" if is_xen else "scsi"),
        format=row.get("storageformat") or _flag(row, "imageformat") or "qcow2",
        cache=row.get("storagecache", "none"),
        wires=_wires(world, node, method),
        screen=Screen(row.get("vidproto", "vnc"), row.get("vidmodel", "vga"), Secret(row.get("vidpassword", ""))),
        tuning=_tuning(node, row),
        is_xen=is_xen,
        is_paravirtual=is_xen and "paravirt" in row.get("virtflags", ""),
        stored="" if is_xen else world.value(node, "kvm_nodedata", "xml"),
    )


def _memory(node: str, row: Mapping[str, str]) -> int:
    text = row.get("memory", "512")
    size = bytes_in(text, "M")
    if size is None:
        raise NotFound(f"vm.memory of {node} is {text!r}: write a number of MB, or one with K, M or G behind it.")
    return size


def _cpus(node: str, row: Mapping[str, str]) -> int:
    text = row.get("cpus", "1").strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise NotFound(f"vm.cpus of {node} is {text!r}: write how many processors it has.")
    return int(text)


def _boot(node: str, row: Mapping[str, str]) -> tuple[str, ...]:
    words = [word.strip() for word in re.split(r"[:,]", row.get("bootorder", "net,hd")) if word.strip()]
    if unknown := [word for word in words if word not in _BOOT]:
        raise NotFound(f"vm.bootorder of {node} has {unknown[0]!r}: write words of net, hd, cdrom and fd.")
    return tuple(dict.fromkeys(_BOOT[word] for word in words))


def _clock(world: World, node: str) -> str:
    """Windows takes the clock for local time."""
    return "localtime" if world.value(node, "nodetype", "os").startswith("win") else "utc"


def _uuid(world: World, node: str) -> str:
    """Table vpd has it as firmware tells it, with the bytes of the first three groups turned round (SMBIOS 7.2.1)."""
    return re.sub(
        r"^(..)(..)(..)(..)-(..)(..)-(..)(..)", r"\4\3\2\1-\6\5-\8\7", world.value(node, "vpd", "uuid").strip()
    )


def _place(text: str) -> Place:
    """`url[=model][,device[:cdrom]]`."""
    url, _, options = text.partition(",")
    url, _, model = url.partition("=")
    device, _, kind = options.partition(":")
    return Place(url.strip(), model.strip(), device.strip(), kind.strip() == "cdrom")


def _flag(row: Mapping[str, str], name: str) -> str:
    """A value of vm.virtflags: `imageformat=qcow2,clonemethod=qemu-img`."""
    flags = (part.partition("=") for part in row.get("virtflags", "").split(","))
    return next((value.strip() for flag, _, value in flags if flag.strip() == name), "")


def _tuning(node: str, row: Mapping[str, str]) -> Tuning:
    """vm.othersettings: `machine:q35;cpumode:host-model;vcpupin:0-3;membind:0;devpassthrough:0000:01:00.2`."""
    fields: dict[str, str] = {}
    devices: tuple[str, ...] = ()
    for part in row.get("othersettings", "").split(";"):
        word, _, value = part.strip().partition(":")
        if word in _TUNING:
            fields[_TUNING[word]] = value.strip("'\" ")
        elif word == "devpassthrough":
            devices = tuple(each.strip() for each in value.split(",") if each.strip())
    if wrong := [each for each in devices if not _PCI.fullmatch(each)]:
        raise NotFound(f"vm.othersettings of {node} has devpassthrough:{wrong[0]}: name PCI devices as 0000:01:00.2.")
    return Tuning(**fields, devices=devices)
