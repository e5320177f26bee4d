"""The command `mknb`."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from xcatd.api import Ctx, NotFound, Where, XcatError, command, opt
from xcatd.model import Completes, Role


@command("mknb", timeout=3600, changes=True, where=Where.MANAGEMENT, completes={"arch": Completes.NOTHING})
async def mknb(
    ctx: Ctx,
    arch: str,
    *,
    only_files: Annotated[bool, opt("-c", "--configfileonly", "build nothing: the files for loaders only")] = False,
    image: Annotated[str, opt("--kernel-from", "an osimage: its kernel is used instead of this host's")] = "",
) -> None:
    """Build the small boot image (genesis) for an architecture, and write what machines boot that nobody knows.

    mknb x86_64 | x86 | ppc64 | aarch64. It is built by dracut from programs and the kernel of this host, for machines of the same
    architecture. Nodes run it for shell, standby, runcmd, runimage and shutdown of nodeset. A build that fails leaves the old one.
    """
    from xcatd.services.genesis.spec import arch_named
    from xcatd.services.rootimg.turn import image_turn

    arch = arch_named(arch)
    if ctx.request.down:
        await ctx.host.store.catch_up()  # what was typed before this must count
        ctx.snapshot = ctx.host.store.snapshot
    folder = f"{ctx.site('tftpdir', '/tftpboot')}/xcat/genesis.{arch}"
    async with image_turn(ctx.host.root, folder, f"mknb {arch}"):
        if ctx.request.down:
            await _fetch(ctx, arch, or_not=only_files)
        elif not only_files:
            await _build(ctx, arch, image)
        await _files(ctx, arch)
        await _loaders(ctx, arch)
        if not ctx.request.down:
            await _below(ctx)
            await ctx.say("Write netboot config file done")


async def _build(ctx: Ctx, arch: str, image: str) -> None:
    from xcatd.services.genesis.here import read_spec
    from xcatd.services.genesis.spec import check_buildable
    from xcatd.services.rootimg.running import run_task

    check_buildable(arch)
    spec = await asyncio.to_thread(read_spec, ctx.snapshot, ctx.host.root, arch, image)
    if not spec.keys:
        await ctx.warn(
            "Nobody can log in by ssh: there is no key of root; make it with xcatconfig -k, then type mknb again"
        )
    await run_task("mknb", spec.as_json(), ctx.say)


async def _fetch(ctx: Ctx, arch: str, *, or_not: bool) -> None:
    """A service node takes what its management node has. `or_not`: that there is nothing is no fault."""
    from xcatd.services.files import in_thread
    from xcatd.services.genesis.fetching import fetch_image
    from xcatd.services.genesis.here import tftpdir_of, upper_of

    upper = upper_of(ctx.world, ctx.host.name)
    try:
        await in_thread(partial(fetch_image, upper, tftpdir_of(ctx.snapshot, ctx.host.root), arch))
    except NotFound as error:
        if not or_not:
            await ctx.fail(str(error))
    except XcatError as error:
        await ctx.fail(str(error))  # what machines boot is written all the same


async def _files(ctx: Ctx, arch: str) -> None:
    from xcatd.services.dhcp.host import read_host
    from xcatd.services.files import in_thread
    from xcatd.services.genesis.here import write_unknown

    is_master = ctx.host.role is not Role.SERVICE
    host = await read_host(ctx.host.name, is_master=is_master)
    everything = is_master and _is_shared(ctx)
    count = await in_thread(partial(write_unknown, ctx.world, host, ctx.host.root, (arch,), everything=everything))
    if not count:
        await ctx.warn(
            "Table networks has no network of this host, so machines that nobody knows boot nothing: makenetworks"
        )


async def _loaders(ctx: Ctx, arch: str) -> None:
    """What such machines fetch first."""
    from xcatd.services.boot.bringing import bring
    from xcatd.services.boot.loaders import of_unknown
    from xcatd.services.files import in_thread
    from xcatd.services.genesis.here import tftpdir_of

    for sentence in await in_thread(partial(bring, of_unknown(arch), tftpdir_of(ctx.snapshot, ctx.host.root))):
        await ctx.warn(sentence)


async def _below(ctx: Ctx) -> None:
    """Service nodes with a TFTP folder of their own do the same."""
    from xcatd.services.genesis.here import tftp_servers

    names = [] if _is_shared(ctx) else [name for name in tftp_servers(ctx.world) if name != ctx.host.name]
    if names:
        await ctx.pass_down(names)


def _is_shared(ctx: Ctx) -> bool:
    from xcatd.services.service import NO

    return ctx.site("sharedtftp", "1").strip().lower() not in NO
