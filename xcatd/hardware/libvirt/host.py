"""What a machine uses of its hypervisor: processors, NUMA nodes, PCI devices. All of this blocks."""

from __future__ import annotations

import re

from xcatd.errors import NotFound, UsageError
from xcatd.hardware.libvirt.binding import Connection, Domain, load
from xcatd.hardware.libvirt.definition import pci_element
from xcatd.hardware.libvirt.document import Document
from xcatd.hardware.libvirt.xmltext import Element, value, written

_SET = re.compile(r"\^?[0-9]{1,5}(?:-[0-9]{1,5})?(?:,\^?[0-9]{1,5}(?:-[0-9]{1,5})?)*", re.ASCII)
_PCI = re.compile(r"(?:pci_)?[0-9a-f]{4}[:_][0-9a-f]{2}[:_][0-9a-f]{2}[._][0-7]", re.ASCII | re.IGNORECASE)
_PARTS = ("domain", "bus", "slot", "function")


def checked_set(text: str, what: str) -> str:
    """A list such as "0-3,^2,8", read from the left. UsageError: it is none."""
    if not _SET.fullmatch(text):
        raise UsageError(f"{what}: {text!r} is no list of numbers such as 0-3,^2,8")
    return text


def checked_device(text: str) -> str:
    """The name of a PCI device. UsageError: it is none."""
    if not _PCI.fullmatch(text):
        raise UsageError(f"{text!r} is no PCI device: name it as 0000:01:00.2, or as virsh nodedev-list does")
    return text


def pin(connection: Connection, domain: Domain, whole: Document, processors: str) -> None:
    """Let the machine run on these processors only."""
    if domain.isActive():
        chosen = numbers_in(processors)
        mask = tuple(number in chosen for number in range(len(connection.getCPUMap()[1])))
        if not any(mask):
            raise UsageError(f"the hypervisor has none of the processors {processors}: it has {len(mask)}, from 0 on")
        for place in range(whole.cpus):
            domain.pinVcpu(place, mask)
    whole.pin(processors)
    connection.defineXML(whole.text())


def numbers_in(text: str) -> set[int]:
    """The numbers of a list; `^` takes those away that are there already."""
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.removeprefix("^").partition("-")
        numbers = range(int(first), int(last or first) + 1)
        chosen = chosen.difference(numbers) if part.startswith("^") else chosen.union(numbers)
    return chosen


def bind_memory(connection: Connection, domain: Domain, whole: Document, numa_nodes: str) -> None:
    """Take the memory of the machine from these NUMA nodes."""
    libvirt = load()
    if domain.isActive():
        domain.setNumaParameters({libvirt.VIR_DOMAIN_NUMA_NODESET: numa_nodes}, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    whole.bind_memory(numa_nodes)
    connection.defineXML(whole.text())


def hand_on(domain: Domain, device: str, flags: int) -> None:
    domain.attachDeviceFlags(written(pci_element(device)), flags)


def take_back(domain: Domain, whole: Document, device: str, flags: int) -> None:
    wanted = _address(pci_element(device))
    for element in whole.root.iterfind("devices/hostdev"):
        if _address(element) == wanted:
            domain.detachDeviceFlags(written(element), flags)
            return
    raise NotFound(f"device detaching: the specified device {device} is not attached yet")


def _address(element: Element) -> list[int]:
    return [int(value(element, "source/address", part) or "0", 16) for part in _PARTS]
