"""What entries of litefile must be like, with one sentence for each that is not (protocol.md 9.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from xcatd.services.statelite.rows import MTAB, Entry, parent_of

OPTIONS: Final = (
    *("tmpfs", "rw", "persistent", "localdisk", "ro", "con", "link"),
    *("tmpfs,rw", "link,ro", "link,persistent", "link,con"),
)
OLD: Final = "tempfs"
"""Which is tmpfs."""
_OURS: Final = ("/.statelite", "/.default", "/.sllocal")
IN_MEMORY: Final = ("/proc", "/sys", "/dev", "/run")
_PART: Final = re.compile(r"[^\0-\x1f\x7f/]+")


def problems(entries: Sequence[Entry], *, has_disk: bool) -> Iterator[str]:
    """A sentence for each thing that cannot be. `has_disk`: the image has a partition file for the nodes' disks."""
    known = {entry.path: entry for entry in entries}
    for entry in entries:
        alone = _of_itself(entry, has_disk=has_disk)
        if alone:
            yield alone
            continue
        twin = known.get(entry.plain) if entry.is_folder else None
        if twin is not None:
            yield f"{entry.plain} is in litefile as a file and as a folder: remove one of the rows"
        parent = parent_of(entry.path, known)
        if parent is not None and entry.path != MTAB:
            yield from filter(None, (_below(entry, parent),))


def ordered(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Parents before their children, as a node works through them; /etc/mtab is none of its affairs."""
    return sorted((one for one in entries if one.path != MTAB), key=lambda one: one.plain.split("/"))


def _of_itself(entry: Entry, *, has_disk: bool) -> str:
    path, option = entry.path, entry.option
    if option not in (*OPTIONS, OLD):
        return f"{path} has the option {option!r}: use one of {' '.join(OPTIONS)}"
    parts = path.split("/")
    if not path.startswith("/"):
        return f"{path} is not an absolute path: begin it with /"
    if path == "/" or any(part in (".", "..") or not _PART.fullmatch(part) for part in entry.plain.split("/")[1:]):
        return f"{path!r} is no path of a file or folder of an image: write it without . and .. and without // in it"
    if f"/{parts[1]}" in _OURS:
        return f"{path} is in a folder that statelite uses itself: leave it out"
    if f"/{parts[1]}" in IN_MEMORY:
        return f"{path} is in memory on every node: leave it out"
    if "con" in entry.words and entry.is_folder:
        return f"{path} is a folder, and con is for files only: use another option"
    if "localdisk" in entry.words and not has_disk:
        return f"{path} has the option localdisk, and the osimage no partitionfile, which says which disk that is"
    return ""


def _below(entry: Entry, parent: Entry) -> str:
    if parent.words & {"ro", "con"}:
        return (
            f"{parent.path} has the option {parent.option}, and nothing below it can have another: remove {entry.path}"
        )
    if parent.is_link and not entry.is_link:
        return f"{entry.path} is below {parent.path}, which has {parent.option}: give it an option with link in it"
    if entry.is_link and not parent.is_link:
        return f"{entry.path} is below {parent.path}, which has {parent.option}: give it an option without link"
    if "persistent" in parent.words and "persistent" not in entry.words:
        return f"{entry.path} is below {parent.path}, which is persistent: make it persistent too"
    return ""
