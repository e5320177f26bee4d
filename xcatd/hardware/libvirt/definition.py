"""The definition of a new machine, out of what the tables say it shall be."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.hardware.libvirt.guest import Blueprint, Guest, Screen, Tuning, Wire
from xcatd.hardware.libvirt.xmltext import Element, add, made, parse, text_of, written

_X86 = ("x86_64", "i686")
_PREFIXES = {"virtio": "vd", "scsi": "sd", "sata": "sd", "ide": "hd", "usb": "sd", "xen": "xvd"}
"""Bus of a disk -> how its names begin."""
_BUSES = {"vd": "virtio", "hd": "ide", "xv": "xen"}
_VIDEO_MEMORY = {"qxl": "65536"}
"""KiB, where the 8 MiB of others are too little."""


_ANYWHERE = "0.0.0.0"  # noqa: S104 - who wants to see the screen is not on the hypervisor


@dataclass(frozen=True, slots=True)
class Host:
    """The hypervisor: the architecture of its processors, and the kind of machines it makes best ("kvm", "qemu", "xen")."""

    arch: str
    kind: str


@dataclass(frozen=True, slots=True)
class Source:
    """What is behind a disk. `device` is its name in the machine, `kind` "file" or "block"."""

    device: str
    bus: str
    path: str
    format: str
    kind: str = "file"
    is_cd: bool = False


def host_of(capabilities: str) -> Host:
    """Read what libvirt says of the hypervisor ("Driver capabilities XML format")."""
    root = parse(capabilities, "what the hypervisor says of itself")
    arch = text_of(root, "host/cpu/arch")
    kinds = [
        domain.get("type", "")
        for guest in root.iterfind("guest/arch")
        if guest.get("name") == arch
        for domain in guest.iterfind("domain")
    ]
    best = [kind for kind in ("kvm", "xen") if kind in kinds]
    return Host(arch, next(iter([*best, *kinds]), "kvm"))


def prefix_of(bus: str) -> str:
    """How names of disks on this bus begin."""
    return _PREFIXES.get(bus, "hd")


def bus_of(device: str, bus: str) -> str:
    """The bus of a disk with this name, where `bus` is the one of which names do not tell."""
    if device[:2] in _BUSES:
        return _BUSES[device[:2]]
    return bus if prefix_of(bus) == "sd" else "scsi"


def definition(guest: Guest, host: Host, disks: Sequence[Source]) -> str:
    """The machine as XML."""
    plan = guest.blueprint
    root = made("domain", type=host.kind)
    add(root, "name", guest.node)
    if plan.uuid:
        add(root, "uuid", plan.uuid)
    add(root, "memory", str(plan.memory >> 10), unit="KiB")
    pinned = plan.tuning.cpuset
    add(root, "vcpu", str(plan.cpus), placement="static" if pinned else "", cpuset=pinned)
    if plan.tuning.nodeset:
        add(add(root, "numatune"), "memory", mode="strict", nodeset=plan.tuning.nodeset)
    _system(root, plan, host)
    if plan.tuning.cpu_mode:
        add(root, "cpu", mode=plan.tuning.cpu_mode)
    add(root, "clock", offset=plan.clock)
    add(root, "on_poweroff", "destroy")
    add(root, "on_reboot", "restart")
    devices = add(root, "devices")
    _storage(devices, plan, host, disks)
    for wire in plan.wires:
        _interface(devices, wire, plan)
    _terminals(devices, plan)
    _passed_on(devices, plan.tuning)
    return written(root)


def _system(root: Element, plan: Blueprint, host: Host) -> None:
    if plan.is_paravirtual:
        add(root, "bootloader", "/usr/bin/pypxeboot")
        if plan.wires and plan.wires[0].mac:
            add(root, "bootloader_args", f"mac={plan.wires[0].mac}")
        add(add(root, "os"), "type", "linux")
        return
    system = add(root, "os")
    add(system, "type", "hvm", machine=plan.tuning.machine)
    for device in plan.boot:
        add(system, "boot", dev=device)
    if host.arch in _X86:
        features = add(root, "features")
        for name in ("pae", "acpi", "apic"):
            add(features, name)
        if not plan.is_xen:
            add(system, "bios", useserial="yes")


def _storage(devices: Element, plan: Blueprint, host: Host, disks: Sequence[Source]) -> None:
    drive = _empty_drive(plan, host, disks)
    for disk in [*disks, *drive]:
        devices.append(disk_element(disk, "" if plan.is_xen else plan.cache))
    if not plan.is_xen and any(disk.bus == "scsi" for disk in [*disks, *drive]):
        add(devices, "controller", type="scsi", index="0", model="virtio-scsi")


def _empty_drive(plan: Blueprint, host: Host, disks: Sequence[Source]) -> list[Source]:
    """A drive for CDs, so that one can be put in while the machine runs."""
    if plan.is_xen:
        return []
    if host.arch in _X86 and "q35" not in plan.tuning.machine:
        name, bus = "hdc", "ide"
    else:
        name, bus = next_name("scsi", [disk.device for disk in disks]), "scsi"
    taken = any(disk.device == name for disk in disks)
    return [] if taken else [Source(name, bus, "", "raw", is_cd=True)]


def next_name(bus: str, taken: Sequence[str]) -> str:
    """The first free name of a disk. hdc is where the drive for CDs is."""
    prefix = prefix_of(bus)
    letters = "abdefghijklmnopqrstuvwxyz" if prefix == "hd" else "abcdefghijklmnopqrstuvwxyz"
    names = [prefix + one for one in letters] + [prefix + one + other for one in letters for other in letters]
    return next(name for name in names if name not in taken)


def disk_element(disk: Source, cache: str) -> Element:
    """One disk. `cache` "": as the hypervisor does it."""
    element = made("disk", type=disk.kind, device="cdrom" if disk.is_cd else "disk")
    if disk.path and cache:
        add(element, "driver", name="qemu", type=disk.format, cache=cache)
    if disk.path:
        add(element, "source", **{"dev" if disk.kind == "block" else "file": disk.path})
    add(element, "target", dev=disk.device, bus=disk.bus)
    if disk.is_cd:
        add(element, "readonly")
    return element


def _interface(devices: Element, wire: Wire, plan: Blueprint) -> None:
    interface = add(devices, "interface", type="direct" if wire.is_direct else "bridge")
    if wire.mac:
        add(interface, "mac", address=wire.mac)
    if wire.is_direct:
        add(interface, "source", dev=wire.bridge, mode="bridge")
    else:
        add(interface, "source", bridge=wire.bridge)
    if model := wire.model or ("" if plan.is_xen else "virtio"):
        add(interface, "model", type=model)


def _terminals(devices: Element, plan: Blueprint) -> None:
    if not plan.is_paravirtual:
        add(add(devices, "serial", type="pty"), "target", port="0")
    add(add(devices, "console", type="pty"), "target", type="xen" if plan.is_paravirtual else "serial", port="0")
    password = plan.screen.password.reveal() or secrets.token_hex(4)  # VNC takes no more than 8 characters
    add(devices, "graphics", type=plan.screen.protocol, autoport="yes", listen=_ANYWHERE, passwd=password)
    if plan.is_xen:
        return
    add(devices, "input", type="tablet", bus="usb")
    _video(devices, plan.screen)


def _video(devices: Element, screen: Screen) -> None:
    add(add(devices, "video"), "model", type=screen.video, vram=_VIDEO_MEMORY.get(screen.video, "8192"))
    if screen.video == "qxl":
        channel = add(devices, "channel", type="spicevmc")
        add(channel, "target", type="virtio", name="com.redhat.spice.0")


def _passed_on(devices: Element, tuning: Tuning) -> None:
    for device in tuning.devices:
        devices.append(pci_element(device))


def pci_element(device: str) -> Element:
    """A PCI device of the hypervisor: "0000:01:00.2" or, as libvirt calls it, "pci_0000_01_00_2"."""
    host = made("hostdev", mode="subsystem", type="pci", managed="yes")
    domain, bus, slot, function = re.split(r"[:._]", device.removeprefix("pci_"))
    add(
        add(host, "source"), "address",
        domain=f"0x{domain}", bus=f"0x{bus}", slot=f"0x{slot}", function=f"0x{function}",
    )  # fmt: skip
    return host
