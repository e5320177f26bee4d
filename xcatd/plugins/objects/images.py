"""`lsdef --osimage`: what the operating system image of a node says, shown with the node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from xcatd.api import Ctx
from xcatd.objects import read_objects
from xcatd.plugins.objects.found import Found

_METHODS = ("install", "netboot", "statelite")
"""What provmethod named before there were osimages: the image follows from os, arch and profile."""
_NEEDED = ("os", "arch", "profile", "provmethod")
_BREATH = 200

Attributes = Mapping[str, str]


async def images_of(ctx: Ctx, found: Sequence[Found]) -> Mapping[str, Attributes]:
    """node -> the attributes of its image. Nodes without one are reported."""
    images: dict[str, Attributes] = {}
    for nodes in found:
        if nodes.kind.name == "node":
            images |= await _of_nodes(ctx, nodes)
    return images


async def _of_nodes(ctx: Ctx, nodes: Found) -> Mapping[str, Attributes]:
    images: dict[str, Attributes] = {}
    known: dict[str, Attributes] = {}
    for number, (node, values) in enumerate(nodes.read(_NEEDED)):
        name = values.get("provmethod", "")
        if name and name not in _METHODS:
            if name not in known:
                known[name] = dict(next((one for _, one in read_objects(ctx.world, "osimage", (name,))), {}))
            images[node] = known[name]
            if not known[name]:
                await ctx.warn(f"{node}: could not find information for osimage {name}")
        elif any(one not in values for one in _NEEDED):
            wanted = "'os', 'arch','profile' and 'provmethod'"
            await ctx.fail(f"Missing attributes for node {node}, check the node attributes {wanted}.")
        else:
            images[node] = _by_convention(values, ctx.site("installdir", "/install"))
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return images


def _by_convention(node: Attributes, installdir: str) -> Attributes:
    """Where the parts of an image are when no osimage says so."""
    os, arch, profile, method = (node[one] for one in _NEEDED)
    image = {
        "imagetype": "linux",
        "osarch": arch,
        "osname": "Linux",
        "osvers": os,
        "otherpkgdir": f"{installdir}/post/otherpkgs/{os}/{arch}",
        "pkgdir": f"{installdir}/{os}/{arch}",
        "profile": profile,
        "provmethod": method,
    }
    if method != "install":
        image["rootimgdir"] = f"{installdir}/netboot/{os}/{arch}/{profile}"
    return image
