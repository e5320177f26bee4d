"""`genimage`: its words."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import FOREVER, Channel, Completes, Ctx, UsageError, Where, command, opt

_UNHEEDED = {
    "-l": "the image is as large as its packages",
    "-t": "a postinstall script can write an fstab",
    "--interactive": "nobody is asked anything",
    "--ignorekernelchk": "drivers come as packages, or with the kernel",
    "--noupdate": "each build begins with nothing",
}


@command("genimage", timeout=FOREVER, changes=True, where=Where.MANAGEMENT, completes={"image": Completes.IMAGE})
async def genimage(
    ctx: Ctx,
    image: str = "",
    *,
    osver: Annotated[str, opt("-o", "without a name: the system, as copycds calls it")] = "",
    arch: Annotated[str, opt("-a", "without a name: the architecture; this host's if not given")] = "",
    profile: Annotated[str, opt("-p", "without a name: the profile")] = "",
    method: Annotated[str, opt("-m", "without a name: statelite, or netboot")] = "",
    interface: Annotated[str, opt("-i", "linuximage.nodebootif: the interface that nodes boot from")] = "",
    drivers: Annotated[
        str, opt("-n", "linuximage.netdrivers: kernel modules for the initial RAM disk, with commas")
    ] = "",
    kernel: Annotated[str, opt("-k", "linuximage.kernelver: the kernel's version")] = "",
    kernel_package: Annotated[str, opt("-g", "linuximage.krpmver: the version of SUSE's kernel package")] = "",
    others: Annotated[str, opt("-r", "linuximage.otherifce: more interfaces that get addresses by DHCP")] = "",
    permission: Annotated[str, opt("--permission", "linuximage.permission: the mode of /.statelite")] = "",
    only_initrd: Annotated[bool, opt("--onlyinitrd", "make only the kernel and the initial RAM disks anew")] = False,
    dry_run: Annotated[bool, opt("--dryrun", "say what would be done")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show all that the installer of packages says")] = False,
    limit: Annotated[str, opt("-l", "taken for old scripts")] = "",
    tmp: Annotated[str, opt("-t", "taken for old scripts")] = "",
    interactive: Annotated[bool, opt("--interactive", "taken for old scripts")] = False,
    any_kernel: Annotated[bool, opt("--ignorekernelchk", "taken for old scripts")] = False,
    no_update: Annotated[bool, opt("--noupdate", "taken for old scripts")] = False,
) -> None:
    """Build the root file system of nodes without disk from packages, with its kernel and initial RAM disks.

    It is built beside the one that is in use, and takes its place when all of it is there. Then pack it with packimage, or
    prepare it with liteimg. Values that are given here are kept in the osimage.
    """
    from xcatd.plugins.rootimg.imagework import Named, Wish, build  # the daemon starts more quickly without it

    named = Named(image, osver, arch, profile, method)
    if image and (osver or arch or profile or method):
        raise UsageError("-o, -p, -a and -m options are not allowed when a image name is specified.")
    if not image and not (osver and profile):
        raise UsageError("Name an image, or give -o and -p; see: lsdef -t osimage")
    words = {
        "-l": limit,
        "-t": tmp,
        "--interactive": interactive,
        "--ignorekernelchk": any_kernel,
        "--noupdate": no_update,
    }
    for word in (word for word, value in words.items() if value):
        await ctx.say(f"genimage: {word} is not heeded: {_UNHEEDED[word]}", channel=Channel.INFO)
    given = {
        "nodebootif": interface,
        "netdrivers": drivers,
        "kernelver": kernel,
        "krpmver": kernel_package,
        "otherifce": others,
        "permission": permission,
    }
    wish = Wish({key: text for key, text in given.items() if text}, only_initrd, dry_run, verbose)
    await build(ctx, named, wish)
