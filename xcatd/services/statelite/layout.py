"""Where things lie in the root file system of a statelite image, and what a node reads there when it boots. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Self

from xcatd.services.statelite.checks import ordered
from xcatd.services.statelite.rows import Entry, Tree

STATE, DEFAULT, LOCAL = ".statelite", ".default", ".sllocal/localmnt"
TMPFS: Final = ".statelite/tmpfs"
PLAN: Final = f"{STATE}/litefile"
"""What the node does; its words are those of share/netboot/dracut/97xcat/statelite.sh."""
SAVED: Final = f"{STATE}/litefile.save"
"""What the last liteimg made; xCAT 2 has it there too, with the image's name before each line."""
PACKED: Final = "rootimg-statelite.gz"
"""In the image's folder, for nodes that have their root in memory."""
TREES: Final = "xcat/statelite"
"""Below the TFTP folder: a file for each node, with its litetree."""
NEEDED: Final = ("/opt/xcat/", "/xcatpost/", "/xcatpost.lock")
"""What every node writes when it boots; in memory where no row says otherwise."""
_SAVED: Final = re.compile(r"(?:\S+:\s+)?(\S+)\s+(/.*)")
_MODE: Final = re.compile(r"0?[0-7]{3}")


@dataclass(frozen=True, slots=True)
class LiteSpec:
    """What liteimg does. `folder`: the image's, in which rootimg is. `disk`: lines for the node about its own disk. `installdir`,
    `tftpdir`: as nodes ask for them."""

    folder: str
    image: str
    entries: tuple[Entry, ...]
    mode: str = "755"
    disk: tuple[str, ...] = ()
    installdir: str = "/install"
    tftpdir: str = "/tftpboot"

    def to_json(self) -> Mapping[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, object]) -> Self:
        """Of what `to_json` gave."""
        entries, disk = told["entries"], told["disk"]
        assert isinstance(entries, list | tuple) and isinstance(disk, list | tuple)
        made = tuple(Entry(str(one["path"]), str(one["option"])) for one in entries)
        texts = {key: str(told[key]) for key in ("folder", "image", "mode", "installdir", "tftpdir")}
        return cls(**texts, entries=made, disk=tuple(map(str, disk)))


def mode_of(permission: str) -> str:
    """linuximage.permission as chmod reads it; what is none counts as not set."""
    return permission if _MODE.fullmatch(permission) else "755"


def with_needed(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries, and what every node needs."""
    known = [one.path for one in entries if one.is_folder or one.path in NEEDED]
    lacking = [path for path in NEEDED if not any(path.startswith(one) for one in known)]
    return [*entries, *(Entry(path, "tmpfs") for path in lacking)]


def plan_text(spec: LiteSpec, entries: Sequence[Entry]) -> str:
    """What the node reads, parents before their children."""
    lines = [f"# Written by liteimg for {spec.image}. A node reads it when it boots.", f"mode {spec.mode}", *spec.disk]
    lines += [f"entry {_option(one)} {one.path}" for one in ordered(entries)]
    return "".join(f"{line}\n" for line in lines)


def saved_text(entries: Sequence[Entry]) -> str:
    return "".join(f"{one.option} {one.path}\n" for one in entries)


def read_saved(text: str) -> Sequence[Entry]:
    """What a liteimg before this one made, of ours or of xCAT 2. Lines that mean nothing are left out."""
    found = (_SAVED.fullmatch(line.rstrip()) for line in text.splitlines())
    return [Entry(one[2], one[1]) for one in found if one is not None and ".." not in one[2].split("/")]


def trees_text(trees: Sequence[tuple[Tree, str]]) -> str:
    """The file of a node; each tree with its directory, in which no variables are left."""
    return "".join(f"tree {tree.options.strip() or '-'} {directory}\n" for tree, directory in trees)


def _option(entry: Entry) -> str:
    return ",".join(sorted(entry.words, key=lambda word: (word != "link", word)))
