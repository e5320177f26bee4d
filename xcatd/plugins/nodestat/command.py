"""The command `nodestat`: its words, what it prints, and what it writes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from xcatd.api import Ctx, Node, NodeError, NotFound, command, opt
from xcatd.plugins.nodestat.applications import Wanted, monitored, standard
from xcatd.plugins.nodestat.looking import Address, Seen, is_there, look
from xcatd.services.addresses import addresses_of, look_up
from xcatd.services.nodes.statuses import REASON, is_wanted, merged, time_of
from xcatd.store import Put

_GONE = "noping"
_THERE = "ping"


@dataclass(frozen=True, slots=True)
class State:
    """`text` is printed; `status` is what nodelist gets; `states` of applications, None when the node does not answer."""

    text: str
    status: str
    states: Mapping[str, str] | None


async def _prepare(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    """Say once what is wrong in the settings of what is looked for."""
    if arguments["usemon"]:
        for problem in (await asyncio.to_thread(monitored, ctx.snapshot)).problems:
            await ctx.warn(problem)


@command("nodestat", fanout=512, timeout=30, prepare=_prepare)
async def nodestat(
    ctx: Ctx,
    node: Node,
    *,
    usemon: Annotated[
        bool, opt("-m", "--usemon", "look for what table monsetting has under xcatmon, and sshd")
    ] = False,
    powerstat: Annotated[bool, opt("-p", "--powerstat", "say of nodes that do not answer whether they are on")] = False,
    updatedb: Annotated[bool, opt("-u", "--updatedb", "write what was seen into table nodelist")] = False,
    usefping: Annotated[
        bool,
        opt("-f", "--usefping", "look at the ports only of nodes that answer pings, and try longer whether they do"),
    ] = False,
) -> str:
    """Say what nodes answer on the network now: the applications whose ports are open, or what is known of one that only
    answers pings, or noping.

    The node's service node looks. A node that is down is no error.
    """
    address = await _address(ctx, node)
    if address is None:
        return f"Please make sure {node} exists in /etc/hosts or DNS or hosts table"
    wanted = await asyncio.to_thread(monitored, ctx.snapshot) if usemon else standard()
    state = await _state(ctx, node, address, wanted, by_ping=usefping)
    if powerstat and state.status == _GONE:
        state = await _powered(ctx, node)
    if updatedb and is_wanted(ctx.site("nodestatus")):
        await _note(ctx, node, state)
    return state.text


async def _address(ctx: Ctx, node: Node) -> Address | None:
    """By the tables, or by the resolver."""
    own = [one.address for one in addresses_of(ctx.world, [node.name], {}).addresses if one.name == node.name]
    return own[0] if own else (await look_up([node.name])).get(node.name)


async def _state(ctx: Ctx, node: Node, address: Address, wanted: Wanted, *, by_ping: bool) -> State:
    """`by_ping`: a node that does not answer pings is gone, and what a node was told to do has `ping` before it, as with fping."""
    chain = ctx.world.value(node.name, "chain", "currstate")
    if by_ping and not await is_there(address):
        return State(_GONE, _GONE, None)
    applications = wanted.of(ctx.world, node.name)
    seen = await look(address, applications, installs=chain.startswith("install"))
    if not (seen.there or by_ping):
        return State(_GONE, _GONE, None)
    states = {one.name: "up" if one.name in seen.up else "down" for one in applications}
    return _shown(seen, f"{_THERE} {chain}".strip() if by_ping else chain, states)


def _shown(seen: Seen, chain: str, states: Mapping[str, str]) -> State:
    """Applications first; then what the installer says; then what the node was told to do; at least that it answers."""
    if seen.up or seen.installer:
        return State(",".join(seen.up) or seen.installer, _THERE, states)
    return State(chain or _THERE, chain or _THERE, states)


async def _powered(ctx: Ctx, node: Node) -> State:
    """noping(off), or noping when the controller does not say: then why is a failure of the node."""
    try:
        power = await ctx.power(node).power_state()
    except (NodeError, NotFound) as error:
        await ctx.fail(str(error), node=node.name)
        return State(_GONE, _GONE, None)
    return State(f"{_GONE}({power})", f"{_GONE}({power})", None)


async def _note(ctx: Ctx, node: Node, state: State) -> None:
    """The status if it is another one; the applications always. Why a node failed stays: it is not seen from outside."""
    row = next(iter(ctx.snapshot.table("nodelist").find(node.name)), None)
    status, appstatus = (row["status"] or "", row["appstatus"] or "") if row is not None else ("", "")
    now = time_of(datetime.now())
    if state.states is None:
        reason = dict(pair.partition("=")[::2] for pair in appstatus.split(",")).get(REASON)
        appstatus = merged("", {REASON: reason})
    else:
        appstatus = merged(appstatus, state.states)
    cells = {"appstatus": appstatus, "appstatustime": now}
    if status != state.status:
        cells |= {"status": state.status, "statustime": now}
    await ctx.report(Put("nodelist", {"node": node.name}, cells, adds=False))
