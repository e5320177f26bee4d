"""`copycds`: its words."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import FOREVER, Completes, Ctx, UsageError, Where, command, opt


@command("copycds", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"media": Completes.FILE})
async def copycds(
    ctx: Ctx,
    media: tuple[str, ...],
    *,
    name: Annotated[str, opt("-n", "--name", "--osver", "what the distribution is called; the medium says it")] = "",
    arch: Annotated[str, opt("-a", "--arch", "its architecture; the medium says it")] = "",
    path: Annotated[str, opt("-p", "--path", "the folder; <installdir>/NAME/ARCH if not given")] = "",
    inspection: Annotated[bool, opt("-i", "--inspection", "only say what the media are")] = False,
    no_images: Annotated[bool, opt("-o", "--noosimage", "make no osimage objects")] = False,
    keep: Annotated[bool, opt("-w", "--nonoverwrite", "leave a medium out that was copied before")] = False,
    _specific: Annotated[bool, opt("-s", "--specific", "taken for old scripts")] = False,
) -> None:
    """Copy distributions from ISO images, devices or folders into the installdir, and make osimage objects of them.

    A second medium of a distribution joins the first one.
    """
    if not media:
        raise UsageError("copycds needs at least one full path to ISO currently.")
    from xcatd.plugins.images.mediawork import Wish, copy, inspect  # the daemon starts more quickly without it

    if not inspection:
        await copy(ctx, media, Wish(name, arch, path, not no_images, not keep))
        return
    for option, text in (("name", name), ("arch", arch)):
        if text:
            await ctx.warn(f"copycds: with --inspection, --{option} is not heeded")
    await inspect(ctx, media)
