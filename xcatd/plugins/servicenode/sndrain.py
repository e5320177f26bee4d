"""`sndrain`: a service node serves nobody for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from xcatd.api import FOREVER, Busy, Ctx, Delete, Nodes, Others, Put, Where, command, opt
from xcatd.model import Completes
from xcatd.noderange import fold
from xcatd.objects import service_pool
from xcatd.plugins.servicenode.resting import rest_below
from xcatd.plugins.servicenode.standing import DOWN, fact, the_one
from xcatd.services.drained import TABLE, Drain, drain_of
from xcatd.services.servicelife.pools import held

_MOVES: Final = "snmoves"


@command(
    "sndrain",
    where=Where.MANAGEMENT,
    timeout=FOREVER,
    changes=True,
    reads=("--dry-run",),
    completes={"dest": Completes.NODES},
)
async def sndrain(
    ctx: Ctx,
    nodes: Nodes = Nodes(),
    *,
    dest: Annotated[str, opt("-d", "--dest", "who gets its nodes; else the next in each node's pool")] = "",
    leave: Annotated[bool, opt("-i", "--ignorenodes", "do nothing on the nodes themselves, as snmove -i")] = False,
    wait: Annotated[int, opt("-w", "--wait", "seconds for what is under way there; 60 unless said")] = 60,
    undo: Annotated[bool, opt("--undo", "let it serve again")] = False,
    dry_run: Annotated[bool, opt("--dry-run", "show what would be done, and do nothing")] = False,
) -> None:
    """Drain a service node: sndrain SERVICENODE [-d DESTINATION]; sndrain SERVICENODE --undo

    Its nodes go to others (snmove), what is under way there ends, and its daemon stops the servers that it keeps. Table servicenode
    stays as it is. With --undo its servers run again; its nodes stay where they are now.
    """
    if ctx.request.down:
        await rest_below(ctx, ctx.named(nodes), wait)
        return
    name = the_one(ctx, nodes)
    if undo:
        await _undo(ctx, name, dry_run=dry_run)
        return
    _refuse_drained(ctx, name, dest)
    words = ("-s", name, *(("-d", dest) if dest else ()), *(("-i",) if leave else ()))
    if dry_run:
        await _show(ctx, name, words)
    elif await _moved(ctx, name, words):
        await _emptied(ctx, name)


def _refuse_drained(ctx: Ctx, name: str, dest: str) -> None:
    """Raises Busy: all who could get the nodes are drained themselves."""
    pools = {service_pool(ctx.world, node)[1:] for node in held(ctx.world, name).nodes}
    for heirs in [(dest,)] if dest else sorted(filter(None, pools)):
        if all(drain_of(ctx.snapshot, heir) is not None for heir in heirs):
            who = f"{heirs[0]} is drained itself" if not heirs[1:] else f"{', '.join(heirs)} are drained themselves"
            raise Busy(f"{who}: say with -d who gets the nodes of {name}, or sndrain {heirs[0]} --undo")


async def _show(ctx: Ctx, name: str, words: Sequence[str]) -> None:
    if held(ctx.world, name).nodes:
        await _snmove(ctx, *words, "--dry-run", verbose=True)
    await ctx.say(f"{name}: then: what is under way there ends, and its servers are stopped")


async def _snmove(ctx: Ctx, *words: str, verbose: bool = False) -> None:
    outcome = await Others(ctx, verbose=verbose).run("snmove", (), *words)
    for failure in outcome.general:
        await ctx.send(failure)


async def _moved(ctx: Ctx, name: str, words: Sequence[str]) -> bool:
    """Nobody is given to it any more, and its nodes go to others. False: some stay, which is said."""
    if drain_of(ctx.snapshot, name) is None:
        await _write(ctx, name, Drain.DRAINING)
    if nodes := held(ctx.world, name).nodes:
        await _snmove(ctx, *words)
        ctx.snapshot = ctx.host.store.snapshot
        await ctx.say(f"{name}: {len(nodes) - len(held(ctx.world, name).nodes)} nodes are moved")
    left = held(ctx.world, name)
    if stay := sorted({*left.nodes, *left.consoles}):
        await ctx.fail(
            f"{name} still has {fold(stay)} (noderes.servicenode, nodehm.conserver) and goes on: say who gets them with -d, or "
            f"chdef, and type sndrain {name} again; or sndrain {name} --undo"
        )
    return not stay


async def _emptied(ctx: Ctx, name: str) -> None:
    """What is under way there ends, then its servers do."""
    again = f"type sndrain {name} again, or sndrain {name} --undo"
    if drain_of(ctx.snapshot, name) is Drain.DRAINING:
        if not await _passed(ctx, name, "its servers are stopped when it comes back"):
            await ctx.fail(f"{name} is not empty yet: {again}")
            return
        await _write(ctx, name, Drain.DRAINED)
    if not await _passed(ctx, name, ""):
        await ctx.fail(f"Not all servers of {name} are stopped: its daemon tries again; see xcatstatus {name}")
        return
    await ctx.say(f"{name}: is drained; next: its maintenance, then sndrain {name} --undo; or snreplace, or snretire")


async def _undo(ctx: Ctx, name: str, *, dry_run: bool) -> None:
    before = ctx.snapshot.table(TABLE).find(name)
    if not before:
        await ctx.say(f"{name}: is not drained")
        return
    if dry_run:
        await ctx.say(f"{name}: its servers would run again, as table servicenode wants them")
        return
    await ctx.write(Delete(TABLE, {"node": name}))
    if not await _passed(ctx, name, "its servers run again when it comes back"):
        await ctx.fail(f"Not all services of {name} are as they are wanted: see xcatstatus {name}")
    await ctx.say(f"{name}: serves again; its nodes are where they were moved to")
    for number in _moves_since(ctx, name, before[0]["since"] or ""):
        await ctx.say(f"{name}: next, to have them back: snmove --rollback {number}")


def _moves_since(ctx: Ctx, name: str, since: str) -> Sequence[str]:
    """The moves that have taken its nodes away and were not taken back."""
    if _MOVES not in ctx.snapshot:
        return ()
    rows = ctx.snapshot.table(_MOVES).rows
    return [
        row["id"] or ""
        for row in rows
        if row["source"] == name and row["state"] == "done" and _is_later(row["began"], since)
    ]


def _is_later(when: str | None, since: str) -> bool:
    try:
        return datetime.fromisoformat(when or "") >= datetime.fromisoformat(since)
    except (ValueError, TypeError):  # somebody has edited it
        return False


async def _passed(ctx: Ctx, name: str, later: str) -> bool:
    """Have its daemon do its part, and give whether that has gone well. Of one that is not there it is said what happens
    `later`."""
    if (await fact(ctx, name)).startswith(DOWN):
        if later:
            await ctx.warn(f"{name} cannot be reached: {later}")
        return True
    below = await ctx.pass_down([name])
    return name not in below.failed and not below.missed


async def _write(ctx: Ctx, name: str, state: Drain) -> None:
    """Note how far it has come."""
    values = {"state": str(state)}
    if state is Drain.DRAINING:
        values |= {"since": datetime.now().astimezone().isoformat(timespec="seconds"), "by": ctx.request.caller.name}
    await ctx.write(Put(TABLE, {"node": name}, values))
    ctx.snapshot = ctx.host.store.snapshot
