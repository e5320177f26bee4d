"""Which disk of a node the option localdisk means: a partition file of an image without disk, as xCAT 2 has it. Pure.

enable=yes
enablepart=no
[disk]
dev=/dev/sda
clear=yes
parts=10,20-50,100M-10G
[localspace]
dev=/dev/sda1
fstype=ext4
[swapspace]
dev=/dev/sda2
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xcatd.errors import ServiceError

_DEVICE: Final = re.compile(r"/dev/[A-Za-z0-9._/-]+")
_SYSTEM: Final = re.compile(r"[a-z0-9]+")
_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "": ("enable", "enablepart"),
    "disk": ("dev", "clear", "parts", "ptype", "fstype"),
    "localspace": ("dev", "fstype"),
    "swapspace": ("dev",),
}
_TABLES: Final = {"msdos": "dos", "dos": "dos", "gpt": "gpt"}
_UNITS: Final = {"": 1 << 20, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE: Final = re.compile(r"(\d+)([KMGT]?)B?", re.IGNORECASE)
_YES: Final = ("yes", "y", "1")


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that is partitioned. `parts`: begin and end of each, in percent (`0%`) or MiB (`100M`). `system`: of each."""

    device: str
    table: str
    parts: tuple[tuple[str, str], ...]
    system: str = "ext4"
    clear: bool = False


@dataclass(frozen=True, slots=True)
class LocalDisk:
    """`space` and its file system `system`: where localdisk files are, "" for none. `disks`: those that are partitioned at boot."""

    space: str = ""
    system: str = "ext4"
    swap: str = ""
    disks: tuple[Disk, ...] = ()

    def lines(self) -> Iterator[str]:
        """For the node; see share/netboot/dracut/97xcat/statelite.sh."""
        for disk in self.disks:
            parts = " ".join(f"{begin}-{end}" for begin, end in disk.parts)
            yield f"disk {disk.device} {disk.table} {disk.system} {'clear' if disk.clear else 'keep'} {parts}"
        if self.space:
            yield f"localspace {self.space} {self.system}"
        if self.swap:
            yield f"swapspace {self.swap}"


def local_disk(text: str, name: str) -> LocalDisk | None:
    """None: it is not enabled. `name`: of the file, for errors. Raises ServiceError with the line that makes no sense."""
    sections = [*_sections(text, name)]
    head = sections[0][1]
    if head.get("enable", "no").lower() not in _YES:
        return None
    told = {kind: values for kind, values in sections if kind in ("localspace", "swapspace")}
    disks = [_disk(values, name) for kind, values in sections if kind == "disk"]
    space, swap = told.get("localspace", {}), told.get("swapspace", {})
    return LocalDisk(
        _device(space, name) if space else "",
        _system(space, name),
        _device(swap, name) if swap else "",
        tuple(disks) if head.get("enablepart", "no").lower() in _YES else (),
    )


def _sections(text: str, name: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    kind, values = "", dict[str, str]()
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.partition("#")[0].strip()
        if not line:
            continue
        if line.startswith("[") and line.endswith("]") and line[1:-1] in _KEYS:
            yield kind, values
            kind, values = line[1:-1], {}
            continue
        key, sign, value = (part.strip() for part in line.partition("="))
        if not sign or key not in _KEYS[kind]:
            raise ServiceError(f"{name}, line {number}: {line!r} means nothing here: see docs/statelite.md")
        values[key] = value
    yield kind, values


def _disk(values: Mapping[str, str], name: str) -> Disk:
    table = _TABLES.get(values.get("ptype", "msdos").lower())
    if table is None:
        raise ServiceError(f"{name}: ptype is {values['ptype']!r}: set it to msdos or gpt")
    parts = tuple(_parts(values.get("parts", ""), name))
    return Disk(_device(values, name), table, parts, _system(values, name), values.get("clear", "").lower() in _YES)


def _parts(text: str, name: str) -> Iterator[tuple[str, str]]:
    """`10,20`: percents of the disk, one behind the other; `100M-10G`: from and to."""
    at = 0
    for word in filter(None, (part.strip() for part in text.split(","))):
        begin, sign, end = word.partition("-")
        if sign:
            yield _place(begin, word, name), _place(end, word, name)
        elif word.rstrip("%").isdecimal() and at + int(word.rstrip("%")) <= 100:
            yield f"{at}%", f"{at + int(word.rstrip('%'))}%"
            at += int(word.rstrip("%"))
        else:
            raise ServiceError(
                f"{name}: parts has {word!r}: write percents that make 100 at most, or places (100M-10G)"
            )


def _place(text: str, word: str, name: str) -> str:
    text = text.strip()
    if text.endswith("%") and text[:-1].isdecimal() and int(text[:-1]) <= 100:
        return text
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ServiceError(f"{name}: parts has {word!r}: write places as 100M-10G or 10%-50%")
    return f"{int(found[1]) * _UNITS[found[2].upper()] >> 20}M"


def _device(values: Mapping[str, str], name: str) -> str:
    device = values.get("dev", "")
    if not _DEVICE.fullmatch(device) or ".." in device:
        raise ServiceError(f"{name}: dev is {device!r}: write a device, such as /dev/sda1")
    return device


def _system(values: Mapping[str, str], name: str) -> str:
    system = values.get("fstype", "") or "ext4"
    if not _SYSTEM.fullmatch(system):
        raise ServiceError(f"{name}: fstype is {system!r}: write the name of a file system, such as ext4")
    return system
