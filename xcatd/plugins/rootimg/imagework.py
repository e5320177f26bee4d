"""`genimage`: which image is meant, what is built, and what the tables say afterwards."""

from __future__ import annotations

import asyncio
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from xcatd.api import Ctx, NotFound, UsageError
from xcatd.objects import read_objects
from xcatd.objects.changes import changes_for
from xcatd.plugins.rootimg.packwork import SHIPPED
from xcatd.services.images.definition import image_files
from xcatd.services.images.standard import Distribution, one_image, trees_of
from xcatd.services.rootimg.planning import METHODS, Ground, plan_build, rootimgdir_of
from xcatd.services.rootimg.running import run_task
from xcatd.services.rootimg.spec import BuildSpec
from xcatd.services.rootimg.turn import image_turn

_PART: Final = re.compile(r"[\w+@~-][\w.+@~-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Named:
    """An image by its name, or by what it is for."""

    image: str
    osver: str
    arch: str
    profile: str
    method: str


@dataclass(frozen=True, slots=True)
class Wish:
    """`given`: attributes that count instead of those of the osimage, and are kept."""

    given: Mapping[str, str]
    only_initrd: bool
    dry_run: bool
    verbose: bool


async def build(ctx: Ctx, named: Named, wish: Wish) -> None:
    """Build an image. Raises XcatError, with the image that is in use untouched."""
    name, old, made = await asyncio.to_thread(_image, ctx, named)
    attributes = {**old, **made, **wish.given}
    ground = Ground(ctx.world, ctx.host.root, SHIPPED)
    spec = await asyncio.to_thread(plan_build, ground, name, attributes, only_initrd=wish.only_initrd)
    if wish.dry_run:
        await ctx.lines(_told(spec))
        return
    async with image_turn(ctx.host.root, rootimgdir_of(ground, attributes), f"genimage {name}"):
        if made:
            await ctx.write(*changes_for(ctx.world, "osimage", name, made))
        await run_task("genimage", {**spec.told(), "verbose": wish.verbose}, ctx.say)
        ctx.snapshot = ctx.host.store.snapshot  # a build takes its time
        kept = {**wish.given, **({} if old.get("rootimgdir") else {"rootimgdir": spec.called})}
        await ctx.write(*changes_for(ctx.world, "osimage", name, kept))


def _image(ctx: Ctx, named: Named) -> tuple[str, Mapping[str, str], Mapping[str, str]]:
    """The name of an image, its attributes, and those that it lacks and are found. Looks at files. Raises NotFound or
    UsageError."""
    if named.image:
        old = dict(read_objects(ctx.world, "osimage", [named.image])).get(named.image)
        if old is None:
            raise NotFound(f"There is no osimage {named.image}; see: lsdef -t osimage")
        return named.image, old, {}
    method, arch = named.method or METHODS[0], named.arch or re.sub("^i.86$", "x86", platform.machine())
    if method not in METHODS:
        raise UsageError(f"-m is {method}: type statelite, or leave it out")
    for word in (named.osver, arch, named.profile):
        if _PART.fullmatch(word) is None:
            raise UsageError(f"{word!r} cannot be a part of an image's folder")
    one = Distribution(named.osver, arch, "")
    tree = next(iter(trees_of(ctx.snapshot, one)), f"{ctx.site('installdir', '/install')}/{named.osver}/{arch}")
    one = Distribution(named.osver, arch, tree)
    name, made = one_image(ctx.world, one, method, named.profile, image_files(ctx.snapshot, ctx.host.root))
    return name, dict(read_objects(ctx.world, "osimage", [name])).get(name, {}), made


def _told(spec: BuildSpec) -> Iterator[str]:
    """What would be done, for people."""
    yield f"{spec.image}: {spec.called}"
    for one in spec.repositories:
        yield " ".join(("packages from", one.url, one.suite, *one.parts)).strip()
    for step in spec.steps:
        deeds = (("remove", step.before), ("install", (*(f"@{one}" for one in step.groups), *step.install)))
        for deed, words in (*deeds, ("remove", step.after)):
            if words:
                yield f"{deed} {' '.join(words)}"
    yield from (f"run {' '.join(words)}" for words in spec.scripts)
    for what, words in (("kernel", (spec.kernel,)), ("drivers", spec.drivers), ("interfaces", spec.interfaces)):
        if any(words):
            yield f"{what} {' '.join(words)}"
