"""The definition of a machine as libvirt has it (libvirt, "Domain XML format"): read, and changed in single places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xcatd.errors import NotFound, Unsupported
from xcatd.hardware.boot import BootChoice, BootDevice
from xcatd.hardware.libvirt.xmltext import Element, add, parse, text_of, value, written

_WORDS = {
    BootDevice.NETWORK: "network",
    BootDevice.DISK: "hd",
    BootDevice.CD: "cdrom",
    BootDevice.FLOPPY: "fd",
}
DEVICES: Mapping[str, BootDevice] = {word: device for device, word in _WORDS.items()}
"""libvirt's words for what a machine can start from."""
_NOTE = "{urn:xcatd:boot}boot"
"""What we write into <metadata> beside a chosen boot device: `usual`, the order without it, and `once`."""
_UNITS = {"b": 1, "bytes": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of a machine. `source` is the file or device behind it, "" for an empty drive; `address` where it is plugged in."""

    name: str
    kind: str
    source: str
    format: str
    bus: str
    is_cd: bool
    address: str
    element: Element


@dataclass(frozen=True, slots=True)
class Interface:
    mac: str
    name: str
    address: str


class Document:
    """One definition."""

    def __init__(self, text: str, what: str = "the definition of the machine") -> None:
        self.root = parse(text, what)

    def text(self) -> str:
        return written(self.root)

    # -- size

    @property
    def uuid(self) -> str:
        return text_of(self.root, "uuid")

    @property
    def cpus(self) -> int:
        return int(text_of(self.root, "vcpu") or 1)

    @cpus.setter
    def cpus(self, count: int) -> None:
        vcpu = self.root.find("vcpu")
        if vcpu is None:
            vcpu = add(self.root, "vcpu")
        vcpu.attrib.pop("current", None)
        vcpu.text = str(count)
        if (cpu := self.root.find("cpu")) is not None and (topology := cpu.find("topology")) is not None:
            cpu.remove(topology)  # it says how many there are once more

    @property
    def most_memory(self) -> int:
        """Bytes that it begins with."""
        return self._bytes("memory")

    @property
    def memory(self) -> int:
        """Bytes that it has."""
        return self._bytes("currentMemory") or self.most_memory

    def set_memory(self, size: int) -> None:
        for tag in ("memory", "currentMemory"):
            element = self.root.find(tag)
            if element is None:
                element = add(self.root, tag)
            element.set("unit", "KiB")
            element.text = str(size >> 10)

    def _bytes(self, tag: str) -> int:
        unit = value(self.root, tag, "unit") or "KiB"
        return int(text_of(self.root, tag) or 0) * _UNITS.get(unit.lower(), _UNITS.get(unit[0].lower(), 1 << 10))

    # -- where on the hypervisor it runs

    @property
    def cpuset(self) -> str:
        return value(self.root, "vcpu", "cpuset")

    def pin(self, processors: str) -> None:
        """All of its processors, whatever was said of single ones."""
        self.cpus = self.cpus
        vcpu = self.root.find("vcpu")
        if vcpu is not None:
            vcpu.set("placement", "static")
            vcpu.set("cpuset", processors)
        if (tune := self.root.find("cputune")) is not None:
            for pin in tune.findall("vcpupin"):
                tune.remove(pin)

    @property
    def nodeset(self) -> str:
        return value(self.root, "numatune/memory", "nodeset")

    def bind_memory(self, numa_nodes: str) -> None:
        numatune = self.root.find("numatune")
        if numatune is None:
            numatune = add(self.root, "numatune")
        memory = numatune.find("memory")
        if memory is None:
            memory = add(numatune, "memory", mode="strict")
        memory.attrib.pop("placement", None)
        memory.set("nodeset", numa_nodes)

    # -- what it starts from

    @property
    def is_uefi(self) -> bool:
        loader = self.root.find("os/loader")
        return value(self.root, "os", "firmware") == "efi" or (loader is not None and loader.get("type") == "pflash")

    @property
    def order(self) -> Sequence[str]:
        """Words of libvirt: network, hd, cdrom, fd."""
        return [boot.get("dev", "") for boot in self.root.iterfind("os/boot")]

    @order.setter
    def order(self, words: Sequence[str]) -> None:
        system = self.root.find("os")
        if system is None:
            system = add(self.root, "os")
        for boot in system.findall("boot"):
            system.remove(boot)
        for word in words:
            add(system, "boot", dev=word)

    @property
    def choice(self) -> BootChoice | None:
        """The device that was chosen before the usual order."""
        note = self._note()
        device = DEVICES.get(next(iter(self.order), ""))
        if note is None or device is None:
            return None
        return BootChoice(device, persistent=note.get("once") != "yes", uefi=self.is_uefi)

    def choose(self, choice: BootChoice) -> None:
        """Put a device before the usual order, or give the usual order back. Unsupported: this machine cannot."""
        if self.root.find("devices/*/boot") is not None:
            raise Unsupported("its definition gives single devices a boot order: remove these with virsh edit first")
        if choice.device is BootDevice.DEFAULT:
            self.forget_choice()
            return
        if choice.device not in _WORDS:
            raise Unsupported(
                f'a virtual machine cannot be sent to "{choice.device}": open its console while it starts'
            )
        if choice.uefi and not self.is_uefi:
            raise Unsupported("this machine starts in the BIOS way: its firmware is part of its definition")
        usual = self.usual
        self.forget_choice()
        self._write_note(usual, choice)
        word = _WORDS[choice.device]
        self.order = [word, *(other for other in usual if other != word)]

    @property
    def is_once(self) -> bool:
        """Whether a device was chosen for the next start only."""
        note = self._note()
        return note is not None and note.get("once") == "yes"

    def forget_choice(self) -> None:
        note, metadata = self._note(), self.root.find("metadata")
        if note is not None and metadata is not None:
            self.order = self.usual
            metadata.remove(note)

    @property
    def usual(self) -> Sequence[str]:
        """The order without the chosen device."""
        note = self._note()
        return self.order if note is None else [word for word in note.get("usual", "").split(",") if word]

    def _note(self) -> Element | None:
        return self.root.find(f"metadata/{_NOTE}")

    def _write_note(self, usual: Sequence[str], choice: BootChoice) -> None:
        metadata = self.root.find("metadata")
        if metadata is None:
            metadata = add(self.root, "metadata")
        add(metadata, _NOTE, usual=",".join(usual), once="no" if choice.persistent else "yes")

    # -- devices

    def disks(self) -> Sequence[Disk]:
        return [_disk(element) for element in self.root.iterfind("devices/disk")]

    def disk(self, name: str) -> Disk:
        """The disk of this name, which is no CD drive. NotFound: there is none."""
        for disk in self.disks():
            if disk.name == name and not disk.is_cd:
                return disk
        known = ", ".join(disk.name for disk in self.disks() if not disk.is_cd) or "no disks"
        raise NotFound(f"Disk {name} does not exist: the machine has {known}")

    def interfaces(self) -> Sequence[Interface]:
        return [
            Interface(value(each, "mac", "address").lower(), value(each, "target", "dev"), _pci(each))
            for each in self.root.iterfind("devices/interface")
        ]


def _disk(element: Element) -> Disk:
    kind = element.get("type", "")
    return Disk(
        name=value(element, "target", "dev"),
        kind=kind,
        source=value(element, "source", "dev" if kind == "block" else "file"),
        format=value(element, "driver", "type"),
        bus=value(element, "target", "bus"),
        is_cd=element.get("device") == "cdrom",
        address=_plug(element),
        element=element,
    )


def _plug(element: Element) -> str:
    """Where a disk is plugged in, as xCAT writes it: "v00:05.0" for virtio, "d0:0:1" for others."""
    address = element.find("address")
    if address is None:
        return ""
    if address.get("type") == "pci":
        return f"v{_pci(element)}"
    return "d" + ":".join(address.get(part, "0") for part in ("controller", "bus", "unit"))


def _pci(element: Element) -> str:
    """Bus, slot and function of a PCI device: "00:05.0"."""
    address = element.find("address")
    if address is None or address.get("type") != "pci":
        return ""
    bus, slot, function = (address.get(part, "0").removeprefix("0x") for part in ("bus", "slot", "function"))
    return f"{bus}:{slot}.{function}"
