"""`rinstall`: nodeset, rsetboot and rpower one after the other, each for the nodes with which the ones before succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from xcatd.api import Channel, Ctx, Nodes, Verdict, Where, command, opt
from xcatd.model import Completes, Ended, Failure, Reply
from xcatd.objects import management_method

_CHOOSES: Final = frozenset({"ipmi", "openbmc", "redfish"})
"""Hardware that is told to start from the network; other kinds do what their own order says."""


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
    course = _Course(ctx, verbose)
    left = await course.run("nodeset", nodes, action, *(["--noupdateinitrd"] * keep_initrd))
    choosing = [node for node in left if management_method(ctx.world, node, "mgt") in _CHOOSES]
    chosen = await course.run("rsetboot", choosing, "net", *(["-u"] * uefi))
    lost = set(choosing) - set(chosen)
    started = await course.run("rpower", [node for node in left if node not in lost], "boot")
    for node in started:
        await ctx.send(Ended(node, Verdict.OK))
    if not started:
        await ctx.fail("No available nodes for provision.")


@dataclass(slots=True)
class _Course:
    """Runs commands in the caller's name."""

    ctx: Ctx
    verbose: bool

    async def run(self, name: str, nodes: Sequence[str], *words: str) -> Sequence[str]:
        """Run one command; gives the nodes for which it succeeded. What failed is said. Raises XcatError when it is refused."""
        if not nodes:
            return ()
        ctx = self.ctx
        request = replace(
            ctx.request, command=name, argv=words, whole=False, noderange=",".join(nodes), nodes=tuple(nodes), via=()
        )
        heard = _Heard(ctx, self.verbose)
        await ctx.host.run(request, heard)
        good = [node for node in nodes if node in heard.good]
        if bad := sorted(set(nodes) - set(good)):
            await ctx.fail(f"Failed to run '{name}' against the following nodes: {' '.join(bad)}")
        for node in bad:
            await ctx.send(Ended(node, Verdict.FAILED))
        return good


@dataclass(slots=True)
class _Heard:
    """Hears a command: which nodes ended well. Failures and warnings go on to the caller, other words when he wants them."""

    ctx: Ctx
    verbose: bool
    good: set[str] = field(default_factory=set)

    @property
    def flowing(self) -> bool:
        return True

    async def send(self, reply: Reply) -> None:
        if isinstance(reply, Ended):
            if reply.verdict is Verdict.OK:
                self.good.add(reply.node)
        elif isinstance(reply, Failure) or self.verbose or getattr(reply, "channel", None) is Channel.WARNING:
            await self.ctx.send(reply)
