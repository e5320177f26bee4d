"""The lines that are kept in fstab(5) for a service: one each, behind a remark that says whose it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xcatd.services.nfs.mounts import escaped, unescaped

_OLD_OPTIONS, _OLD_END = "timeo=14,intr", ("1", "2")
"""xCAT 2 ends its lines with these, and nobody else has them together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line: what is mounted where. `options` as mount(8) takes them."""

    source: str
    point: str
    options: str

    def __str__(self) -> str:
        return f"{escaped(self.source)} {escaped(self.point)} nfs {self.options} 0 0"


def remark(service: str) -> str:
    """What stands above the line of a service."""
    return f"# xcatd keeps the next line: {service}"


def own_entry(text: str, service: str) -> Entry | None:
    """The line that is kept for a service; None when there is none."""
    lines = _lines(text)
    place = _own_place(lines, service)
    return None if place is None else _entry(lines[place + 1])


def other_entry(text: str, service: str, point: str) -> Entry | None:
    """A line of the site's own for the same folder; None when there is none. One that xCAT 2 wrote is not the site's."""
    lines = _lines(text)
    ours = _own_place(lines, service)
    found = (_entry(line) for place, line in enumerate(lines) if ours is None or place != ours + 1 if not _is_old(line))
    return next((each for each in found if each is not None and each.point == point), None)


def with_entry(text: str, service: str, entry: Entry) -> str:
    """The text with this line for the service, in the place of its old one or of the one that xCAT 2 wrote for the folder."""
    lines, new = _lines(text), [remark(service), str(entry)]
    place, size = _own_place(lines, service), 2
    if place is None:
        olds = [place for place, line in enumerate(lines) if _is_old(line) and _point(line) == entry.point]
        place, size = (olds[0], 1) if olds else (len(lines), 0)
    lines[place : place + size] = new
    return _joined(lines)


def without_entry(text: str, service: str) -> str:
    """The text without the service's line."""
    lines = _lines(text)
    place = _own_place(lines, service)
    if place is None:
        return text
    del lines[place : place + 2]
    return _joined(lines)


def _own_place(lines: Sequence[str], service: str) -> int | None:
    """Where the remark is; a remark without a line behind it is none."""
    for place, line in enumerate(lines[:-1]):
        if line.strip() == remark(service) and _entry(lines[place + 1]) is not None:
            return place
    return None


def _entry(line: str) -> Entry | None:
    fields = line.split()
    if len(fields) < 3 or fields[0].startswith("#"):
        return None
    return Entry(unescaped(fields[0]), unescaped(fields[1]), fields[3] if len(fields) > 3 else "defaults")


def _point(line: str) -> str:
    entry = _entry(line)
    return entry.point if entry is not None else ""


def _is_old(line: str) -> bool:
    fields = line.split()
    return fields[2:] == ["nfs", _OLD_OPTIONS, *_OLD_END]


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""
