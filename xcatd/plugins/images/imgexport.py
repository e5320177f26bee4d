"""`imgexport`: an image becomes one file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from xcatd.api import FOREVER, Completes, Ctx, NotFound, Where, command, opt
from xcatd.objects import read_objects
from xcatd.plugins.images.places import alone_with, is_inside, only_root, resolved

_SCRIPTS = ("postscripts", "postbootscripts")


@command(
    "imgexport",
    timeout=FOREVER,
    changes=True,
    where=Where.MANAGEMENT,
    completes={"image": Completes.IMAGE, "destination": Completes.FILE, "extra": Completes.FILE},
)
async def imgexport(
    ctx: Ctx,
    image: str,
    destination: str = "",
    *,
    extra: Annotated[
        tuple[str, ...], opt("-e", "--extra", "FILE[:DIR]: one more file or folder, and where it belongs")
    ] = (),
    node: Annotated[str, opt("-p", "--postscripts", "a node whose lists of scripts come along")] = "",
    verbose: Annotated[bool, opt("-v", "-V", "--verbose", "name the files")] = False,
) -> None:
    """Pack an image into one file, IMAGE.tgz if not given: its definition, what it is made from, and what was built."""
    from xcatd.services.images.bundlewrite import size_of, write_bundle  # the daemon starts more quickly without them
    from xcatd.services.images.exporting import Wanted, collect
    from xcatd.services.media.working import work

    target = await _target(ctx, image, destination, has_more=bool(extra))
    await ctx.say(f"Exporting {image} to {target.parent}...")
    wanted = Wanted(image, ctx.site("installdir", "/install"), ctx.host.root, dict(_halves(extra)), _scripts(ctx, node))
    folder = dict(read_objects(ctx.world, "osimage", [image])).get(image, {}).get("rootimgdir", "")
    async with alone_with(ctx, folder, f"imgexport {image}"):
        manifest, sources = await asyncio.to_thread(collect, ctx.world, wanted)
        if verbose:
            await ctx.lines(map(str, sources.values()))
        await ctx.say(f"Compressing {image} bundle.  Please be patient.")
        total = await asyncio.to_thread(size_of, sources)
        await work(lambda gauge: write_bundle(target, manifest, sources, gauge), total, ctx.progress)
    await ctx.say("Done!")


async def _target(ctx: Ctx, image: str, destination: str, *, has_more: bool) -> Path:
    """Where the bundle goes. Raises Denied, or ServiceError for a file that is no bundle: others than root replace no such."""
    from xcatd.services.images.bundleread import manifest_of

    target = await resolved(ctx, destination or f"{image}.tgz")
    if await asyncio.to_thread(target.is_dir):
        target = await resolved(ctx, str(target / f"{image}.tgz"))
    if has_more or not await is_inside(ctx, target):
        only_root(ctx, f"write {target}, or take files with -e: name a file in {ctx.site('installdir', '/install')}")
    if ctx.request.caller.name != "root" and await asyncio.to_thread(target.exists):
        await asyncio.to_thread(manifest_of, target)
    return target


def _halves(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """FILE[:DIR] as FILE and DIR."""
    for word in words:
        path, _, folder = word.partition(":")
        yield path.rstrip("/"), folder.rstrip("/")


def _scripts(ctx: Ctx, node: str) -> dict[str, str]:
    """The scripts of a node. Raises NotFound."""
    if not node:
        return {}
    if not ctx.world.has_node(node):
        raise NotFound(f"Unable to get postscripts, {node} is not a valide node.")
    return {column: ctx.world.value(node, "postscripts", column) for column in _SCRIPTS}
