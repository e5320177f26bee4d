"""The postscripts that come with the program, brought to where nodes fetch them: <installdir>/postscripts.

What the site has put or changed there stays. A list in the folder says what was brought, so that a new release can bring new ones.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from xcatd.services.files import make_folder, read_text, replace_text
from xcatd.services.nfs.mounts import Mount, mount_of

BROUGHT: Final = ".xcatd-brought"
"""The list: digests and names, as sha256sum(1) writes them."""


@dataclass(slots=True)
class Shelf:
    """`written`: names of scripts that are new or have changed; `kept`: those that the site has changed, and that stay so."""

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def shipped(prefix: Path = Path(sys.prefix)) -> Path | None:
    """The folder that came with the program, PREFIX/share/postscripts; None where it is not installed. `prefix` is the one of
    the interpreter, PREFIX/lib/xcatd (scripts/install)."""
    place = prefix.parent.parent / "share/postscripts"
    return place if place.is_dir() else None


def bring(source: Path, folder: Path) -> Shelf:
    """Bring all files of a folder into another one. Blocks. Raises ServiceError."""
    done = Shelf()
    make_folder(folder)
    before = _digests(read_text(folder / BROUGHT))
    after = dict(before)
    for path in sorted(one for one in source.iterdir() if one.is_file()):
        new, there = read_text(path), folder / path.name
        if there.exists() and _digest(read_text(there)) not in (before.get(path.name), _digest(new)):
            done.kept.append(path.name)
            continue
        after[path.name] = _digest(new)
        if replace_text(there, new, mode=0o755 if new.startswith("#!") else 0o644):
            done.written.append(path.name)
    if after != before:
        replace_text(folder / BROUGHT, "".join(f"{digest}  {name}\n" for name, digest in sorted(after.items())))
    return done


def is_wanted(folder: Path, mounts: Sequence[Mount], *, is_master: bool) -> bool:
    """Whether this host has a folder of scripts of its own: a management node does; a service node, when its installdir is
    there and does not come by NFS, as the management node's does."""
    if is_master:
        return True
    mount = mount_of(mounts, folder)
    return folder.parent.is_dir() and not (mount is not None and mount.is_nfs)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _digests(text: str) -> Mapping[str, str]:
    pairs = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
    return {name: digest for digest, name in pairs}
