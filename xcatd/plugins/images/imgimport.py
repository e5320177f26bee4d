"""`imgimport`: an image comes from a file that imgexport wrote."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

from xcatd.api import FOREVER, Completes, Ctx, Where, command, opt
from xcatd.errors import ServiceError
from xcatd.plugins.images.places import alone_with, installdir, is_inside, only_root, resolved
from xcatd.services.files import make_folder
from xcatd.services.media.folder import reason


@command("imgimport", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"bundle": Completes.FILE})
async def imgimport(
    ctx: Ctx,
    bundle: str,
    *,
    noderange: Annotated[str, opt("-p", "--postscripts", "nodes that get the lists of scripts that came along")] = "",
    profile: Annotated[str, opt("-f", "--profile", "another profile: the image has files of its own then")] = "",
    verbose: Annotated[bool, opt("-v", "-V", "--verbose", "name the files")] = False,
    _plain: Annotated[bool, opt("-n", "--nozip", "taken for old scripts")] = False,
) -> None:
    """Unpack an image that imgexport packed: its files go below the installdir, its definition into the tables.

    An image of the same name is replaced.
    """
    from xcatd.services.images.bundle import from_install  # the daemon starts more quickly without them
    from xcatd.services.images.bundleread import unpack
    from xcatd.services.images.importing import import_changes, places, with_profile
    from xcatd.services.media.working import work

    place = await resolved(ctx, bundle)
    if not await is_inside(ctx, place):
        only_root(ctx, f"read {place}: put it into {ctx.site('installdir', '/install')}")
    nodes = ctx.expand(noderange) if noderange else ()
    install = ctx.site("installdir", "/install")
    await ctx.say("Unbundling image...")
    async with _workshop(installdir(ctx)) as folder:
        size = await asyncio.to_thread(_size, place)
        unpacked = await work(lambda gauge: unpack(place, folder, gauge), size, ctx.progress)
        manifest = with_profile(unpacked.manifest, profile) if profile else unpacked.manifest
        ctx.snapshot = ctx.host.store.snapshot  # a large bundle takes its time
        changes = import_changes(ctx.world, manifest, install, nodes)
        moves = places(manifest, folder, install, ctx.host.root)
        image_folder = from_install(manifest.attributes.get("rootimgdir", ""), install)
        async with alone_with(ctx, image_folder, f"imgimport {manifest.name}"):
            await _settle(moves)
            await ctx.write(*changes)
    if verbose:
        await ctx.lines(map(str, moves.values()))
    if unpacked.left_out:
        await ctx.warn(
            f"{len(unpacked.left_out)} device nodes ({unpacked.left_out[0]} ...) were left out: the daemon may not make them."
        )
    await ctx.say(f"Successfully imported the image {manifest.name}.")


@contextlib.asynccontextmanager
async def _workshop(install: Path) -> AsyncIterator[Path]:
    """A folder on the installdir's file system, for the block only."""
    await asyncio.to_thread(make_folder, install)
    try:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".imgimport.", dir=install))
    except OSError as error:
        raise ServiceError(f"{install} cannot be written: {reason(error)}") from error
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _settle(moves: dict[Path, Path]) -> None:
    from xcatd.services.images.bundleread import settle

    try:
        await asyncio.to_thread(settle, moves)
    except OSError as error:
        raise ServiceError(f"The image's files cannot be put into place: {reason(error)}") from error


def _size(place: Path) -> int:
    with contextlib.suppress(OSError):
        return place.stat().st_size
    return 0
