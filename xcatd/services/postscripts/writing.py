"""What this server has for making scripts, and the files that nodes fetch by HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from xcatd.errors import ServiceError
from xcatd.objects import world_of
from xcatd.services.addresses import look_up
from xcatd.services.files import make_folder, read_text, replace_text
from xcatd.services.kernel import open_kernel
from xcatd.services.networks import Address
from xcatd.services.postscripts.here import Here, names_above
from xcatd.services.postscripts.sheet import Sheet
from xcatd.services.postscripts.template import NAME
from xcatd.store import Snapshot

FOLDER: Final = "mypostscripts"
_CHUNK = 50
"""Nodes that are done before others have their turn."""


async def own_addresses() -> Sequence[Address]:
    """Those by which others can reach this server. Raises ServiceError."""
    async with open_kernel() as kernel:
        interfaces = (await kernel.routes()).interfaces.values()
    return [one for each in interfaces for one in each.addresses if not one.is_link_local and not one.is_loopback]


async def read_here(snapshot: Snapshot, nodes: Sequence[str], root: Path, own: Sequence[Address] | None = None) -> Here:
    """This server now, for scripts of these nodes. `own`: its addresses, where somebody has just asked. Raises ServiceError."""
    world = world_of(snapshot)
    own = await own_addresses() if own is None else own
    resolved = await look_up(sorted(names_above(world, nodes)))
    # A file is read once, however many nodes want it.
    here = Here(world, own, resolved, read=cache(read_text), root=root)
    return replace(here, template=await asyncio.to_thread(read_text, here.scripts / NAME))


async def texts(here: Here, nodes: Sequence[str]) -> Mapping[str, str | ServiceError]:
    """The script of each node, or why there is none. ServiceError: the template cannot be used."""
    sheet = await asyncio.to_thread(Sheet, here)
    made: dict[str, str | ServiceError] = {}
    for start in range(0, len(nodes), _CHUNK):
        made |= await asyncio.to_thread(_some, sheet, nodes[start : start + _CHUNK])
    return made


async def write_all(here: Here, nodes: Sequence[str]) -> Mapping[str, ServiceError]:
    """Write <tftpdir>/mypostscripts/mypostscript.NODE for each node; gives those that failed, and why. Raises ServiceError when
    none can be written."""
    folder = here.below(here.world.snapshot.site("tftpdir", "/tftpboot")) / FOLDER
    made = await texts(here, nodes)
    await asyncio.to_thread(make_folder, folder)
    failed: dict[str, ServiceError] = {}
    for node, text in made.items():
        if isinstance(text, ServiceError):
            failed[node] = text
        elif "/" in node:
            failed[node] = ServiceError(f"{node} cannot be a part of a file's name")
        else:
            await asyncio.to_thread(replace_text, folder / f"mypostscript.{node}", text)
    return failed


def _some(sheet: Sheet, nodes: Sequence[str]) -> Mapping[str, str | ServiceError]:
    made: dict[str, str | ServiceError] = {}
    for node in nodes:
        try:
            made[node] = sheet.text(node)
        except ServiceError as error:
            made[node] = error
    return made
