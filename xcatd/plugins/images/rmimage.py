"""`rmimage`: the files of an image go; its definition stays, unless it shall go too."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from xcatd.api import FOREVER, Channel, Completes, Ctx, NotFound, UsageError, Where, command, opt
from xcatd.objects import object_names, read_objects
from xcatd.objects.changes import changes_to_remove
from xcatd.plugins.images.places import alone_with
from xcatd.services.images.folders import below
from xcatd.services.images.removal import made_of, remove

_METHODS = ("netboot", "statelite", "raw", "sysclone")
_ATTRIBUTES = ("osvers", "osarch", "profile", "provmethod", "rootimgdir")


@dataclass(frozen=True, slots=True)
class _Image:
    """`folder`: where its files are, as tables name it. `boot`: where its boot files are, below the TFTP folder."""

    folder: Path
    boot: str


@command("rmimage", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"image": Completes.IMAGE})
async def rmimage(
    ctx: Ctx,
    image: str = "",
    *,
    osver: Annotated[str, opt("-o", "without a name: the system")] = "",
    arch: Annotated[str, opt("-a", "without a name: the architecture")] = "",
    profile: Annotated[str, opt("-p", "without a name: the profile")] = "",
    definition: Annotated[bool, opt("--xcatdef", "remove the osimage object too")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "say what is looked at")] = False,
) -> None:
    """Remove the files of a stateless or statelite image: its root file system, what was packed from it, and its boot files."""
    if image:
        if osver or arch or profile:
            raise UsageError("-o, -a and -p options are not allowed when a image name is specified.")
        one = _named(ctx, image)
    else:
        if not (osver and arch and profile):
            raise UsageError("Missing flag -o, -a or -p")
        if definition:
            raise UsageError("--xcatdef can not be used with the -o, -a or -p")
        one = _Image(_usual(ctx, osver, arch, profile), f"netboot/{osver}/{arch}/{profile}")
    if verbose:
        await ctx.say(f"image directory is {one.folder}", channel=Channel.INFO)
    async with alone_with(ctx, str(one.folder), f"rmimage {image or one.folder}"):
        await _remove(ctx, one)
    await _warn_of_others(ctx, image, one)
    if definition:
        await ctx.write(*changes_to_remove(ctx.world, "osimage", [image]))


def _named(ctx: Ctx, name: str) -> _Image:
    """The image of an object; when there is none of this name, what its name says. Raises UsageError."""
    told = dict(read_objects(ctx.world, "osimage", [name], _ATTRIBUTES)).get(name, {})
    words = name.split("-", 3)
    method = told.get("provmethod") or (words[2] if len(words) == 4 else "")
    if not method:
        raise UsageError(f"Invalid image name {name}")
    if method not in _METHODS:
        raise UsageError(
            f'Invalid method "{method}", the rmimage command can only be used to remove the netboot, statelite, sysclone or raw '
            "image files"
        )
    if told.get("rootimgdir"):
        return _Image(Path(told["rootimgdir"]), f"osimage/{name}")
    parts = [told.get(key, "") for key in ("osvers", "osarch", "profile")]
    if not all(parts):
        if len(words) != 4:
            raise UsageError(f"Invalid image name {name}")
        parts = [words[0], words[1], words[3]]
    return _Image(_usual(ctx, *parts), f"osimage/{name}")


def _usual(ctx: Ctx, osver: str, arch: str, profile: str) -> Path:
    """Where images are whose definition does not say it. Raises UsageError for words that are no names of folders."""
    for word in (osver, arch, profile):
        if "/" in word or word in ("", ".", ".."):
            raise UsageError(f"{word!r} cannot be a part of an image's folder")
    return Path(ctx.site("installdir", "/install")) / "netboot" / osver / arch / profile


async def _remove(ctx: Ctx, one: _Image) -> None:
    folder = below(ctx.host.root, one.folder)
    if not await asyncio.to_thread(folder.is_dir):
        raise NotFound(f"Image directory {one.folder} does not exist")
    boot = below(ctx.host.root, ctx.site("tftpdir", "/tftpboot")) / "xcat" / one.boot
    for path, kind in await asyncio.to_thread(_made, folder, boot):
        await ctx.say(f"Removing {kind} {path}", channel=Channel.INFO)
        await asyncio.to_thread(remove, path)
    await ctx.say("Image files have been removed successfully from this management node.", channel=Channel.INFO)


def _made(folder: Path, boot: Path) -> list[tuple[Path, str]]:
    """What is to go, and the word for it."""
    found = [*made_of(folder), *([boot] if boot.is_dir() else [])]
    return [(path, "directory" if path.is_dir() and not path.is_symlink() else "file") for path in found]


async def _warn_of_others(ctx: Ctx, name: str, one: _Image) -> None:
    """Other images may have been made in the same folder, as xCAT's netboot and statelite ones are."""
    names = object_names(ctx.world, "osimage")
    told = read_objects(ctx.world, "osimage", list(names), ("rootimgdir",))
    others = [other for other, has in told if has.get("rootimgdir") == str(one.folder) and other != name]
    if others:
        await ctx.warn(f"{one.folder} was the folder of {', '.join(others)} too: build what is still wanted again")
