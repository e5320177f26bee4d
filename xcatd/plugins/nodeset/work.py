"""What `nodeset` does: plans, scripts of the site, boot files here and on service nodes, and then the tables.

The management node does all of it, service nodes only what concerns their own TFTP folder. All of them work out the same plans from
the same tables; the tables are written last, for those nodes of which nobody said that something failed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from xcatd.api import Ctx, Verdict, XcatError
from xcatd.errors import ServiceError
from xcatd.model import Ended
from xcatd.services.boot.arguments import Site, site_of
from xcatd.services.boot.bringing import bring
from xcatd.services.boot.files import Files, files_of
from xcatd.services.boot.ground import Ground, read_ground
from xcatd.services.boot.kernels import Kernel
from xcatd.services.boot.loaders import loaders_of
from xcatd.services.boot.machine import machines
from xcatd.services.boot.missed import noted, settled
from xcatd.services.boot.plan import Plan, Planner, wish_of
from xcatd.services.boot.prescripts import Phase, Scripts
from xcatd.services.boot.writing import place, write
from xcatd.services.files import in_thread, my_turn
from xcatd.services.images.folders import below
from xcatd.services.nodes.arming import invite
from xcatd.services.nodes.tokens import Kind
from xcatd.services.staticroutes import service_nodes

_CHUNK = 250
"""Nodes after which others have their turn."""
TOKEN_MINUTES = 120
"""For which nodes may ask for a certificate, unless site.tokenminutes says otherwise."""


async def work(ctx: Ctx, nodes: Sequence[str], action: str, *, keep: bool) -> None:
    """Do it for these nodes. Raises XcatError for what concerns all of them."""
    if ctx.request.down:
        await ctx.host.store.catch_up()  # what was typed before this must count
    async with ctx.host.boot_files, my_turn(ctx.host.root / "run/xcat/nodeset.lock"):
        ctx.snapshot = ctx.host.store.snapshot
        job = await _job(ctx, nodes, action, keep=keep)
        await job.plan()
        await job.scripts("begin")
        await job.write()
        await job.pass_down()
        if not ctx.request.down:
            await job.record()
    await job.scripts("end")
    if not ctx.request.down:
        await job.report()


async def make_up(ctx: Ctx, nodes: Sequence[str], server: str) -> None:
    """Have a service node that was away write the boot files of nodes now; what it has missed is settled then."""
    async with ctx.host.boot_files, my_turn(ctx.host.root / "run/xcat/nodeset.lock"):
        done = await ctx.pass_down([server])
        if server in done.missed:
            await ctx.fail(f"{server} is away again: it gets the boot files later")
            return
        good = [node for node in nodes if node not in done.failed]
        await ctx.write(*settled(ctx.host.store.snapshot, server, good))
    for node in good:
        await ctx.send(Ended(node, Verdict.OK))


async def _job(ctx: Ctx, nodes: Sequence[str], action: str, *, keep: bool) -> _Job:
    ground = await read_ground(ctx.world, ctx.host.name, nodes, ctx.host.root, is_master=not ctx.request.down)
    return _Job(ctx, nodes, action, keep, ground, site_of(ctx.snapshot))


@dataclass(slots=True)
class _Job:
    """One run on one daemon. `plans`: of the nodes of which nothing has failed yet."""

    ctx: Ctx
    nodes: Sequence[str]
    action: str
    keep: bool
    ground: Ground
    site: Site
    plans: dict[str, Plan] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()
    """Service nodes that were not there."""

    async def plan(self) -> None:
        """Raises XcatError for words that make no sense. A service node leaves it to the management node to say what is wrong with
        its tables, and says what its own disk lacks."""
        snapshot = self.ctx.snapshot
        wish = wish_of(self.action, snapshot)
        planner = Planner(snapshot, self.site, self.ground.root, self.ground.tftpdir, wish)
        for start in range(0, len(self.nodes), _CHUNK):
            some = self.nodes[start : start + _CHUNK]
            made = await asyncio.to_thread(self._planned, planner, some)
            self.plans |= {node: plan for node, plan in made.items() if isinstance(plan, Plan)}
            errors = {node: error for node, error in made.items() if isinstance(error, XcatError)}
            if self.ctx.request.down:
                errors = {node: error for node, error in errors.items() if isinstance(error, ServiceError)}
            await self._fail(errors)

    def _planned(self, planner: Planner, nodes: Sequence[str]) -> Mapping[str, Plan | XcatError]:
        found = list(machines(self.ctx.world, nodes, self.ground.shown))
        return planner.plan([one for one in found if self.ground.has_files(one) or not self.ctx.request.down])

    async def scripts(self, phase: Phase) -> None:
        """Run the site's scripts for nodes that are ours. A node whose script fails is given up."""
        ours = [node for node, plan in self.plans.items() if self.ground.is_owner(plan.machine)]
        folder = below(self.ground.root, self.ctx.site("installdir", "/install")) / "prescripts"
        scripts = Scripts(self.ctx.world, folder, phase, self.action, self._say)
        await scripts.run(ours)
        await self._fail(scripts.failed)

    async def write(self) -> None:
        """Bring kernels and boot files to their places on this host."""
        here = {node: plan for node, plan in self.plans.items() if self.ground.has_files(plan.machine)}
        await self._place({plan.kernel for plan in here.values() if plan.kernel is not None})
        await self._answers([node for node in here if node in self.plans])
        files = await asyncio.to_thread(self._files, [node for node in here if node in self.plans])
        await self._fail(await in_thread(partial(write, self.ground.tftpdir, files)))
        await self._bring_loaders(here.values())

    def _files(self, nodes: Sequence[str]) -> Mapping[str, Files]:
        return {node: files_of(self.plans[node], self.ground, self.site.http_port) for node in nodes}

    async def _place(self, kernels: Iterable[Kernel]) -> None:
        for kernel in kernels:
            try:
                await in_thread(partial(place, kernel, self.ground.tftpdir, keep=self.keep))
            except XcatError as error:
                await self._fail({node: error for node, plan in self.plans.items() if plan.kernel == kernel})

    async def _answers(self, nodes: Sequence[str]) -> None:
        """Write the answer files of nodes that are to be installed. A service node that mounts the management node's has them."""
        if self.ctx.request.down and self.ctx.site("installloc"):
            return
        groups: dict[str, list[str]] = {}
        for node in nodes:
            image = self.plans[node].image
            if image is not None and image.method == "install":
                groups.setdefault(image.name, []).append(node)
        if groups:
            from xcatd.services.autoinst.writing import write_answers  # it is much, and most runs install nothing

            for name, some in groups.items():
                ground = self.ground
                await self._fail(await write_answers(ground.world, some, ground.root, image=name, own=ground.own))

    async def _bring_loaders(self, plans: Iterable[Plan]) -> None:
        """Have the loaders themselves in the TFTP folder."""
        wanted = {loader for plan in plans if not plan.offline for loader in loaders_of(plan.machine)}
        for sentence in await in_thread(partial(bring, wanted, self.ground.tftpdir)):
            await self.ctx.warn(sentence)

    async def pass_down(self) -> None:
        """Have service nodes with a TFTP folder of their own do the same; a node fails when one of them says so, or when none of
        its service nodes was there."""
        names = self.ground.servers(list(self.plans))
        if not names:
            return
        done = await self.ctx.pass_down(sorted(names))
        self.missed = done.missed & frozenset(names)
        lost = {
            node for node, plan in self.plans.items() if plan.machine.pool and done.missed.issuperset(plan.machine.pool)
        }
        for node in lost - done.failed:
            await self.ctx.fail("none of its service nodes could be told", node=node)
        for node in lost | (done.failed & self.plans.keys()):
            await self._give_up(node)

    async def record(self) -> None:
        """Write the tables, in one go, and what is made of them."""
        changes = [change for plan in self.plans.values() for change in plan.changes()]
        changes += noted(self.ctx.snapshot, self.missed, self.plans.keys())
        if changes:
            await self.ctx.write(*changes)
        self.ctx.snapshot = self.ctx.host.store.snapshot
        await self._arm([node for node, plan in self.plans.items() if plan.image is not None])
        if self.ctx.site("precreatemypostscripts").strip().lower() in ("1", "y", "yes"):
            await self._mypostscripts([node for node, plan in self.plans.items() if plan.image is not None])

    async def _arm(self, nodes: Sequence[str]) -> None:
        """Let those that are to run an image ask for their certificates for a while."""
        said = self.ctx.site("tokenminutes").strip()
        minutes = int(said) if said.isdecimal() else TOKEN_MINUTES
        if not nodes or not minutes:
            return
        services, lasts = service_nodes(self.ctx.world), timedelta(minutes=minutes)
        roles: Mapping[str, Kind] = {node: "sn" if node in services else "node" for node in nodes}
        try:
            await invite(self.ground.root, self.ctx.world, roles, lasts)
        except ServiceError as error:
            await self.ctx.warn(f"These nodes cannot ask for certificates: {error}")

    async def _mypostscripts(self, nodes: Sequence[str]) -> None:
        # Here, because most sites make them when they are asked for.
        from xcatd.services.postscripts.writing import read_here, write_all

        if nodes:
            here = await read_here(self.ctx.snapshot, nodes, self.ground.root)
            for node, error in (await write_all(here, nodes)).items():
                await self.ctx.fail(str(error), node=node)

    async def report(self) -> None:
        """Say of each node what it does next."""
        await self.ctx.node_lines((node, None, plan.state) for node, plan in self.plans.items())
        for node in self.plans:
            await self.ctx.send(Ended(node, Verdict.OK))

    async def _fail(self, errors: Mapping[str, XcatError]) -> None:
        for node, error in errors.items():
            await self.ctx.fail(str(error), node=node, code=error.status)
            await self._give_up(node)

    async def _give_up(self, node: str) -> None:
        self.plans.pop(node, None)
        if not self.ctx.request.down:
            await self.ctx.send(Ended(node, Verdict.FAILED))

    async def _say(self, text: str) -> None:
        await self.ctx.say(f"{self.ctx.host.name}: {text}")
