"""`rinstall`: nodeset, rsetboot and rpower one after the other, each for the nodes with which the ones before succeeded."""

from __future__ import annotations

from typing import Annotated

from xcatd.api import Ctx, Nodes, Verdict, Where, command, opt
from xcatd.model import Completes, Ended
from xcatd.plugins.nodeset.course import Course


@command(
    "rinstall",
    timeout=7200,
    changes=True,
    where=Where.MANAGEMENT,
    of_each=True,
    completes={"action": Completes.NOTHING},
)
async def rinstall(
    ctx: Ctx,
    nodes: Nodes,
    action: str = "osimage",
    *,
    uefi: Annotated[bool, opt("-u", "--uefimode", "start in UEFI mode")] = False,
    verbose: Annotated[bool, opt("-V", "--verbose", "show what each command says")] = False,
    keep_initrd: Annotated[bool, opt("--noupdateinitrd", "kernel and initrd that are in the TFTP folder stay")] = False,
    ignore_kernel: Annotated[bool, opt("--ignorekernelchk", "of xCAT 2; it is not regarded")] = False,
) -> None:
    """Install nodes: set what they boot (nodeset), have them start from the network (rsetboot) and switch them on (rpower boot).

    ACTION is a word of nodeset; without it each node boots its own osimage. A node for which one of the commands fails goes no
    further. The caller must be allowed each of them.
    """
    await ctx.say(f"Provision node(s): {' '.join(nodes)}")
    course = Course(ctx, verbose)
    left = await course.run("nodeset", nodes, action, *(["--noupdateinitrd"] * keep_initrd))
    started = await course.start(left, "net", *(["-u"] * uefi))
    for node in started:
        await ctx.send(Ended(node, Verdict.OK))
    if not started:
        await ctx.fail("No available nodes for provision.")
