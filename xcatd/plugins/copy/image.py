"""`xdcpimage`, which clients send for `xcdp -i`: files into the root folder of an image, on the management node."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from xcatd.api import Ctx, Denied, NotFound, UsageError, Where, command, opt
from xcatd.model import Completes
from xcatd.services.postscripts.lists import variables_of


@command("xdcpimage", timeout=3600, where=Where.MANAGEMENT, completes={"words": Completes.FILE})
async def xdcpimage(
    ctx: Ctx,
    image: str,
    words: tuple[str, ...],
    *,
    synclist: Annotated[str, opt("-F", "--File", "a list that says which files go where")] = "",
    dry_run: Annotated[bool, opt("--dry-run", "with -F: say what would change, and change nothing")] = False,
    recursive: Annotated[bool, opt("-R", "--recursive", "folders too, with all that is in them")] = False,
    preserve: Annotated[bool, opt("-p", "--preserve", "keep rights and times")] = False,
) -> None:
    """Copy files of the management node into an image there: xcdp -i IMAGE FILE ... TARGET, or -F LIST.

    The image is the name of an osimage, or the path of a root folder. Links in it lead to places in it. Only root may.
    """
    from xcatd.remote.imaging import copy_into
    from xcatd.remote.sources import find_source
    from xcatd.remote.syncing.image import into_folder
    from xcatd.remote.syncing.lists import shelf_of

    if ctx.request.caller.name != "root":
        raise Denied("Only root copies into images, as the daemon's root does it")
    root, variables = _root_of(ctx, image)
    if not await asyncio.to_thread(root.is_dir) or root == Path("/"):
        raise NotFound(f"{root} is not the root folder of an image: give the name of an osimage, or its path")
    if synclist:
        if words or recursive or preserve:
            raise UsageError("xdcp -F says by the list what is copied: leave files, -R and -p out")
        shelf = shelf_of(ctx.snapshot, ctx.host.root, is_service_node=False)
        lists = [Path(_absolute(ctx, synclist))]
        for path in await into_folder(lists, root, variables, shelf, dry_run=dry_run):
            await ctx.say(f"would bring {path}" if dry_run else f"brought {path}")
        return
    *names, target = words or ("",)
    if not names or not all(words) or dry_run:
        raise UsageError("xdcp -i: files to copy and where to are missing (--dry-run goes with -F only); see xdcp -h")
    paths = [Path(_absolute(ctx, name)) for name in names]
    sources = [await asyncio.to_thread(find_source, path, recursive=recursive) for path in paths]
    await copy_into(root, sources, target, preserve=preserve)


def _root_of(ctx: Ctx, image: str) -> tuple[Path, Mapping[str, str]]:
    """The image's root folder, and the variables that its lists may name. Raises NotFound."""
    if "/" in image:
        return Path(_absolute(ctx, image)), {}
    row = next(iter(ctx.snapshot.table("osimage").find(image)), None)
    folder = next((each["rootimgdir"] for each in ctx.snapshot.table("linuximage").find(image)), "")
    if row is None or not folder:
        raise NotFound(f"The osimage {image!r} has no rootimgdir: see lsdef -t osimage, or give a path")
    place = Path(folder)
    below = place if place.is_relative_to(ctx.host.root) else ctx.host.root / place.relative_to("/")
    return below / "rootimg", variables_of(row)


def _absolute(ctx: Ctx, name: str) -> str:
    return os.path.normpath(Path(ctx.request.cwd) / name)
