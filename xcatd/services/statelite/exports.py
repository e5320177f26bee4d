"""Which folders of a host its statelite nodes mount by NFS: root file systems, litetree, persistent files. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from xcatd.objects import World
from xcatd.services.statelite.variables import fixed_part, split

_VARIABLE: Final = re.compile(r"\$(\w+)\.(\w+)", re.ASCII)
_SYSTEM: Final = frozenset(("bin", "boot", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "usr"))
"""Folders of the host below which nothing is exported: nodes may write as root."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`images`: folders with a rootimg. `folders`: those that rows of litetree and statelite name on this host. `refused`: a
    sentence for each row of which nothing can be exported."""

    images: Collection[str] = ()
    folders: Collection[str] = ()
    refused: Collection[str] = ()


def wanted_of(world: World, is_me: Callable[[str], bool]) -> Wanted:
    """`is_me`: whether a server's name or address means this host."""
    folders, refused = set[str](), list[str]()
    for table, text in _rows(world):
        server, directory = split(text)
        if not any(is_me(one) for one in _servers(world, server)):
            continue
        folder = fixed_part(directory)
        if not folder.startswith("/") or folder.split("/")[1] in _SYSTEM or ".." in folder.split("/"):
            refused.append(
                f"{text!r} of table {table} is not exported: name a folder of its own before the first variable, such as /state"
            )
        else:
            folders.add(folder)
    return Wanted(sorted(_images(world)), sorted(folders), refused)


def _rows(world: World) -> Iterator[tuple[str, str]]:
    for table, column in (("litetree", "directory"), ("statelite", "statemnt")):
        texts = {row[column].strip() for row in world.snapshot.table(table).rows if not row.hidden}
        yield from ((table, text) for text in sorted(texts - {""}))


def _servers(world: World, text: str) -> Collection[str]:
    """All that a server's name can be; "" is the image itself."""
    found = _VARIABLE.fullmatch(text)
    if found is None:
        return {text} - {""}
    if found[1] == "site":
        return {world.snapshot.site(found[2])} - {""}
    if not world.knows(found[1], found[2]):
        return ()
    return set(world.column(world.nodes(), found[1], found[2])) - {""}


def _images(world: World) -> Iterator[str]:
    for row in world.snapshot.table("osimage").rows:
        if row.hidden or row["provmethod"] != "statelite" or row["rootfstype"] == "ramdisk":
            continue
        linux = next((one for one in world.snapshot.table("linuximage").find(row["imagename"]) if not one.hidden), None)
        folder = "" if linux is None else linux["rootimgdir"].rstrip("/")
        if folder.startswith("/"):
            yield folder
