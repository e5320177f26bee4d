"""`geninitrd`: its words."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import FOREVER, Completes, Ctx, NotFound, UsageError, Where, command, opt
from xcatd.objects import read_objects


@command("geninitrd", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"image": Completes.IMAGE})
async def geninitrd(
    ctx: Ctx,
    image: str,
    *,
    verbose: Annotated[bool, opt("-V", "--verbose", "show all that is said by the programs that make it")] = False,
    _any_kernel: Annotated[bool, opt("--ignorekernelchk", "taken for old scripts")] = False,
) -> None:
    """Make the kernel and the initial RAM disks of an image without disk anew: geninitrd osimage

    With the drivers of linuximage.netdrivers and the kernel of linuximage.kernelver, as `genimage --onlyinitrd` does. Then type
    nodeset for its nodes, which brings them to where loaders fetch them.
    """
    from xcatd.plugins.rootimg.imagework import Named, Wish, build  # the daemon starts more quickly without it

    found = dict(read_objects(ctx.world, "osimage", [image])).get(image)
    if found is None:
        raise NotFound(f"There is no osimage {image}; see: lsdef -t osimage")
    if found.get("provmethod") == "install":
        raise UsageError(
            f"The osimage {image} installs to disks, with the RAM disk of its distribution's installer, which is not changed: give "
            "the installer drivers by its own means (inst.dd= or dud= in addkcmdline)"
        )
    await build(ctx, Named(image, "", "", "", ""), Wish({}, only_initrd=True, dry_run=False, verbose=verbose))
