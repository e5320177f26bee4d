"""`packimage`: the root file system of an image becomes the file that nodes without disk fetch."""

from __future__ import annotations

import asyncio
import platform
import re
from typing import TYPE_CHECKING, Annotated, Literal

from xcatd.api import FOREVER, Channel, Completes, Ctx, UsageError, Where, command, opt

if TYPE_CHECKING:
    from xcatd.services.rootimg.packplan import Plan


@command("packimage", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"image": Completes.IMAGE})
async def packimage(
    ctx: Ctx,
    image: str = "",
    *,
    method: Annotated[Literal["cpio", "tar", "squashfs"], opt("-m", "--method", "the kind of archive")] = "cpio",
    compress: Annotated[
        Literal["gzip", "pigz", "xz", "zstd"] | None,
        opt("-c", "--compress", "pigz if it is installed, else gzip; zstd for squashfs"),
    ] = None,
    no_files: Annotated[bool, opt("--nosyncfiles", "leave the files of the synclists out")] = False,
    osver: Annotated[str, opt("-o", "--osver", "without a name: the system")] = "",
    arch: Annotated[str, opt("-a", "--arch", "without a name: the architecture; this host's if not given")] = "",
    profile: Annotated[str, opt("-p", "--profile", "without a name: the profile")] = "",
) -> None:
    """Pack the root file system of a stateless image, which genimage built, into the file that nodes fetch at each boot.

    It is made beside the one in use, and takes its place when it is whole. What the exlist names is left out; root's password,
    his keys and the files of the synclists go into it.
    """
    from xcatd.plugins.rootimg.packwork import SHIPPED  # the daemon starts more quickly without them
    from xcatd.services.rootimg.packplan import image_for, plan_pack
    from xcatd.services.rootimg.planning import Ground
    from xcatd.services.rootimg.turn import image_turn

    if image and (osver or arch or profile):
        raise UsageError("-o, -p and -a options are not allowed when a image name is specified.")
    if not image and not (osver and profile):
        raise UsageError("An image name is required, use 'packimage <osimage name>', or -o, -a and -p")
    own = re.sub("^i.86$", "x86", platform.machine())
    name = image or image_for(ctx.world, osver, arch or own, profile)
    ground = Ground(ctx.world, ctx.host.root, SHIPPED)
    plan = await asyncio.to_thread(plan_pack, ground, name, method, compress or "", syncs=not no_files)
    async with image_turn(ctx.host.root, plan.called, f"packimage {name}"):
        await _pack(ctx, plan)


async def _pack(ctx: Ctx, plan: Plan) -> None:
    from xcatd.plugins.rootimg.packwork import pack, warn_of_no_login

    if plan.useless:
        await ctx.warn(f"Lines of the exlist fit nothing, for paths are ./PATH without / at the end: {plan.useless[0]}")
    if plan.lets_nobody_in:
        await warn_of_no_login(ctx)
    spec = plan.spec
    await ctx.say(f"Packing contents of {spec.folder}/rootimg")
    await ctx.say(f"archive method:{spec.method}", channel=Channel.INFO)
    await ctx.say(f"compress method:{spec.compress}", channel=Channel.INFO)
    await pack(ctx, "packimage", spec.told())
