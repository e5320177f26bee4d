"""What is mounted where: proc_pid_mountinfo(5). Only the kernel's list is read, so nothing waits for a file server that is dead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from xcatd.services.programs import has_systemd

_OWN, _HOSTS = Path("/proc/self/mountinfo"), Path("/proc/1/mountinfo")
_NFS = ("nfs", "nfs4")
_OCTAL = re.compile(r"\\([0-7]{3})")
_BEFORE, _BEHIND = 6, 3
"""Fields of a line in front of the optional ones, and behind the dash that ends them."""


@dataclass(frozen=True, slots=True)
class Mount:
    """`source`: what is mounted, of NFS `host:path`. `server`: the address of an NFS server as the kernel has it, "" otherwise."""

    point: PurePath
    kind: str
    source: str
    server: str = ""

    @property
    def is_nfs(self) -> bool:
        return self.kind in _NFS


def mountinfo(root: Path) -> Path:
    """The kernel's list for the host below a root. A daemon that systemd runs has mounts of its own, which are not the host's:
    those of the first process are."""
    return _HOSTS if root == Path("/") and has_systemd() else _OWN


def mounts_of(text: str) -> Sequence[Mount]:
    """All mounts of a text of mountinfo, the newest last."""
    return [mount for line in text.splitlines() if (mount := _mount(line)) is not None]


def mount_at(mounts: Iterable[Mount], point: PurePath) -> Mount | None:
    """What is seen at a folder, when something is mounted right there."""
    return next((each for each in reversed(list(mounts)) if each.point == point), None)


def mount_of(mounts: Iterable[Mount], path: PurePath) -> Mount | None:
    """What a path lies on."""
    above = [each for each in mounts if path.is_relative_to(each.point)]
    return max(enumerate(above), key=lambda each: (len(each[1].point.parts), each[0]))[1] if above else None


def unescaped(text: str) -> str:
    """Blanks and their like as mountinfo, fstab and exports write them: `\\040`."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def escaped(text: str) -> str:
    """The other way round."""
    return "".join(f"\\{ord(letter):03o}" if letter in ' \t\n\\"#' else letter for letter in text)


def unit_of(point: PurePath) -> str:
    """systemd's name of the unit that mounts on a folder: systemd.unit(5), "String Escaping for Inclusion in Unit Names"."""
    parts = "/".join(point.parts[1:])
    if not parts:
        return "-.mount"
    return "".join(_unit_letter(letter, first=place == 0) for place, letter in enumerate(parts)) + ".mount"


def _unit_letter(letter: str, *, first: bool) -> str:
    if letter == "/":
        return "-"
    if letter.isascii() and (letter.isalnum() or letter in ":_" or (letter == "." and not first)):
        return letter
    return "".join(f"\\x{byte:02x}" for byte in letter.encode())


def _mount(line: str) -> Mount | None:
    fields = line.split(" ")
    if "-" not in fields[_BEFORE:]:
        return None
    behind = fields[fields.index("-", _BEFORE) + 1 :]
    if len(behind) < _BEHIND:
        return None
    kind, source, options = behind[:_BEHIND]
    server = next((word.removeprefix("addr=") for word in options.split(",") if word.startswith("addr=")), "")
    return Mount(PurePath(unescaped(fields[4])), kind, unescaped(source), server if kind in _NFS else "")
