"""What `copycds` does: distributions on media come into the installdir."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xcatd.api import Channel, Ctx, NotFound, UsageError
from xcatd.errors import ServiceError
from xcatd.plugins.images.places import installdir, only_root, resolved, typed
from xcatd.services.images.definition import image_files
from xcatd.services.images.folders import below
from xcatd.services.images.standard import Distribution, distribution_changes, image_changes, trees_of
from xcatd.services.media.copying import Copy, clues_of, copy_medium
from xcatd.services.media.fingerprint import has_medium
from xcatd.services.media.folder import Folder
from xcatd.services.media.isoimage import IsoImage, is_iso
from xcatd.services.media.recognition import lacks_packages, recognise
from xcatd.services.media.source import Source
from xcatd.services.media.wishes import as_wished

_DEVICE = " The daemon's unit keeps devices away from it: mount the medium and name the folder."
_FEW = (
    "This medium is for an installer that fetches most packages elsewhere: give images a package source beside {0} (pkgdir or "
    "otherpkgdir)."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words say. `path`: the tree, "" for the usual one."""

    name: str
    arch: str
    path: str
    images: bool
    overwrites: bool


async def copy(ctx: Ctx, media: Sequence[str], wish: Wish) -> None:
    """Copy one medium after the other. Raises the first one's error."""
    for word in media:
        await _copy(ctx, await _open(ctx, word), wish)


async def inspect(ctx: Ctx, media: Sequence[str]) -> None:
    """Say what media are. Raises UsageError for one that nobody knows."""
    for word in media:
        await _inspect(ctx, word, await _open(ctx, word))


async def _open(ctx: Ctx, word: str) -> Source:
    """What can be read of a medium. Raises NotFound, ServiceError or Denied."""
    place = await resolved(ctx, word)
    if await asyncio.to_thread(place.is_dir):
        only_root(ctx, f"copy from a folder: name an ISO image instead of {place}")
        return Folder(place)
    try:
        fits = await asyncio.to_thread(is_iso, place)
    except OSError as error:
        raise NotFound(
            f"The management server was unable to find/read {place}. Ensure that file exists on the server at the specified "
            "location." + _DEVICE * place.is_relative_to("/dev")
        ) from error
    if not fits:
        raise ServiceError(f"copycds was unable to mount {place}: it is no ISO 9660 image")
    return IsoImage(place)


async def _inspect(ctx: Ctx, word: str, source: Source) -> None:
    found = recognise(await clues_of(source, await source.contents()))
    if found is None:
        raise UsageError("copycds could not identify the ISO supplied, you may wish to try -n <osver>")
    lines = (f"OS Image:{typed(ctx, word)}", f"DISTNAME:{found.name}", f"ARCH:{found.arch}", f"DISCNO:{found.disc}")
    await ctx.lines(lines, channel=Channel.INFO)


async def _copy(ctx: Ctx, source: Source, wish: Wish) -> None:
    contents = await source.contents()
    identity = as_wished(recognise(await clues_of(source, contents)), wish.name, wish.arch)
    tree = await _tree(ctx, wish.path, f"{identity.name}/{identity.arch}")
    one = Distribution(identity.name, identity.arch, str(tree))
    copy = Copy(source, contents, identity, below(ctx.host.root, tree), ctx.host.root)
    if not wish.overwrites and await asyncio.to_thread(_is_there, ctx, copy, one):
        await ctx.say("The disc iso has already been copied in!", channel=Channel.INFO)
        return
    await ctx.say(f"Copying media to {tree / identity.folder}")
    if not await asyncio.to_thread(_is_its_own, copy):
        await copy_medium(copy, ctx.progress)
    await ctx.say("Media copy operation successful")
    if lacks_packages(contents.names, identity):
        await ctx.say(_FEW.format(tree), channel=Channel.INFO)
    await _write(ctx, one, images=wish.images)


async def _tree(ctx: Ctx, path: str, usual: str) -> Path:
    """The distribution's folder, as tables name it. Raises Denied."""
    if not path:
        return Path(ctx.site("installdir", "/install")) / usual
    only_root(ctx, "choose a folder with -p")
    tree = await resolved(ctx, path)
    if not below(ctx.host.root, tree).is_relative_to(installdir(ctx)):
        await ctx.warn(
            f'copycds: the specified path "{tree}" is not a subdirectory under {ctx.site("installdir", "/install")}: see that the '
            "web server of nodes shows it."
        )
    return tree


def _is_there(ctx: Ctx, copy: Copy, one: Distribution) -> bool:
    """Whether the medium lies in one of the distribution's trees."""
    trees = {copy.tree, *(below(ctx.host.root, path) for path in trees_of(ctx.snapshot, one))}
    return any(has_medium(tree, copy.mark) for tree in trees)


def _is_its_own(copy: Copy) -> bool:
    """Whether the medium is the tree itself: only tables are to be written. Raises UsageError when it lies around the tree."""
    if not isinstance(copy.source, Folder):
        return False
    source, target = copy.source.path, copy.target.resolve()
    if source != target and (target.is_relative_to(source) or source.is_relative_to(target)):
        raise UsageError(f"{source} and {target} lie in each other: name another folder with -p")
    return source == target


async def _write(ctx: Ctx, one: Distribution, *, images: bool) -> None:
    ctx.snapshot = ctx.host.store.snapshot  # a copy takes its time
    changes = distribution_changes(ctx.world, one)
    if images:
        files = image_files(ctx.snapshot, ctx.host.root)
        changes += await asyncio.to_thread(image_changes, ctx.world, one, files)
    await ctx.write(*changes)
