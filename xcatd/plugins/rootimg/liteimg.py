"""`liteimg`: an image's root file system is prepared for nodes that mount it read-only and have some files of their own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from xcatd.api import FOREVER, Completes, Ctx, NotFound, UsageError, Where, command, opt

if TYPE_CHECKING:
    from xcatd.services.rootimg.packplan import Plan
    from xcatd.services.statelite.layout import LiteSpec


@command("liteimg", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"image": Completes.IMAGE})
async def liteimg(
    ctx: Ctx,
    image: str = "",
    *,
    osver: Annotated[str, opt("-o", "--osver", "without a name: the system")] = "",
    arch: Annotated[str, opt("-a", "--arch", "without a name: the architecture")] = "",
    profile: Annotated[str, opt("-p", "--profile", "without a name: the profile")] = "",
    verbose: Annotated[bool, opt("-V", "--verbose", "what the node will do with each path, too")] = False,
) -> None:
    """Prepare the root file system of a statelite image: what table litefile names is made changeable for its nodes.

    Type it after genimage, and after each change of litefile. What the last liteimg made and is not wanted any more is taken back.
    Where osimage.rootfstype is ramdisk, the image is packed too. A failure leaves all as it was.
    """
    from xcatd.services.rootimg.turn import image_turn  # the daemon starts more quickly without them

    if image and (osver or arch or profile):
        raise UsageError("-o, -p and -a options are not allowed when a image name is specified.")
    if not image and not (osver and arch and profile):
        raise UsageError("An image name is required, use 'liteimg <osimage name>', or -o, -a and -p")
    name = image or f"{osver}-{arch}-statelite-{profile}"
    plan, spec, in_memory = await asyncio.to_thread(_planned, ctx, name)
    async with image_turn(ctx.host.root, plan.called, f"liteimg {name}"):
        await _prepare(ctx, plan, spec, in_memory=in_memory, verbose=verbose)


async def _prepare(ctx: Ctx, plan: Plan, spec: LiteSpec, *, in_memory: bool, verbose: bool) -> None:
    from xcatd.plugins.rootimg.packwork import pack, warn_of_no_login

    if plan.lets_nobody_in:
        await warn_of_no_login(ctx)
    await ctx.say(f"Modifying {spec.folder}/rootimg ...")
    if verbose:
        await ctx.lines(f"{one.option:<13} {one.path}" for one in spec.entries)
    await pack(ctx, "liteimg", {"lite": spec.to_json(), "pack": plan.spec.told(), "in_memory": in_memory})


def _planned(ctx: Ctx, name: str) -> tuple[Plan, LiteSpec, bool]:
    """Raises XcatError, which says what to correct."""
    from xcatd.plugins.rootimg.packwork import SHIPPED
    from xcatd.services.rootimg.packplan import plan_pack
    from xcatd.services.rootimg.planning import Ground
    from xcatd.services.statelite.checks import problems
    from xcatd.services.statelite.layout import LiteSpec, mode_of
    from xcatd.services.statelite.rows import entries_of

    ground = Ground(ctx.world, ctx.host.root, SHIPPED)
    plan = plan_pack(ground, name, "cpio", "", syncs=True, provmethod="statelite")
    entries = tuple(entries_of(ctx.snapshot, name))
    if len(entries) == 1:  # that of /etc/mtab is always there
        raise NotFound(f"Table litefile has no row for {name}: write what its nodes shall be able to change")
    linux = next((row for row in ctx.snapshot.table("linuximage").find(name) if not row.hidden), None)
    disk = _disk(ctx, "" if linux is None else linux["partitionfile"])
    wrong = [*problems(entries, has_disk=any(line.startswith("localspace ") for line in disk))]
    if wrong:
        raise UsageError("; ".join(wrong))
    spec = LiteSpec(
        plan.spec.folder,
        name,
        entries,
        mode_of("" if linux is None else linux["permission"]),
        disk,
        ctx.site("installdir", "/install"),
        ctx.site("tftpdir", "/tftpboot"),
    )
    row = ctx.snapshot.table("osimage").find(name)[0]
    return plan, spec, row["rootfstype"] == "ramdisk"


def _disk(ctx: Ctx, name: str) -> tuple[str, ...]:
    """What the image's partition file says for its nodes. Raises NotFound, ServiceError."""
    from xcatd.services.images.folders import below
    from xcatd.services.statelite.localdisk import local_disk

    if not name:
        return ()
    path = below(ctx.host.root, name)
    if not name.startswith("/") or not path.is_file():
        raise NotFound(f"partitionfile is {name}, and there is no such file: write its whole path")
    found = local_disk(path.read_text(errors="replace"), name)
    return () if found is None else tuple(found.lines())
