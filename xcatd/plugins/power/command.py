"""The command `rpower`: its words, and what happens in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from xcatd.api import Channel, Ctx, Node, Unsupported, UsageError, Where, command, opt
from xcatd.model import Batch
from xcatd.objects import management_method
from xcatd.objects.expected import expected_of
from xcatd.plugins.power.actions import ACTIONS, REACHES
from xcatd.plugins.power.confirmation import confirmed
from xcatd.plugins.power.dependencies import behind_others
from xcatd.plugins.power.outlets import PDU, PDU_READS, PDU_WORDS, pdu_action
from xcatd.plugins.power.pacing import paced
from xcatd.plugins.power.waiting import Monitor, wait_for_state

_READS = ("stat", "state", "status")
_SLEEPS = ("suspend", "wake")
LONGEST = 1e7
"""Seconds or minutes for which nobody waits."""
_CHANGES = {*ACTIONS, *PDU_WORDS} - {*PDU_READS}


async def _prepare(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> Sequence[Batch]:
    """Look at the words once, ask whether it is meant, and find the order."""
    action = arguments["action"]
    if _monitor(ctx, arguments) is not None and action not in ACTIONS:
        raise UsageError(f"rpower: -m waits for what comes of an action, and {action or 'nothing'} is none")
    if not 0 <= arguments["wait"] < LONGEST:
        raise UsageError(f"rpower: --wait takes seconds from 0 on, not {arguments['wait']:g}")
    if arguments["wait"] and action not in REACHES:
        raise UsageError(f"rpower: --wait waits for a state, and {action or 'no action'} has none")
    if action not in _CHANGES:
        return ()
    await confirmed(ctx, action, nodes, yes=arguments["yes"])
    batches: Sequence[Batch] = [Batch(tuple(nodes))]
    if not arguments["nodeps"]:
        batches = behind_others(ctx, action, nodes)
    batches = paced(ctx, action, batches)
    return batches if len(batches) > 1 else ()


def _monitor(ctx: Ctx, arguments: Mapping[str, Any]) -> Monitor | None:
    """What -m, -t and -r ask for. Raises UsageError or NotFound."""
    conditions = [expected_of(ctx.world, word, "rpower") for word in arguments["expected"]]
    if not conditions:
        return None
    if not 0 < arguments["minutes"] < LONGEST:
        raise UsageError("rpower: -m needs -t with the minutes to wait for what is expected")
    return Monitor(conditions, arguments["minutes"] * 60.0, max(0, arguments["retries"]))


@command(
    "rpower",
    fanout=1024,
    timeout=30,
    where=Where.CONTROLLER,
    changes=True,
    reads=(*_READS, *PDU_READS),
    prepare=_prepare,
)
async def rpower(
    ctx: Ctx,
    node: Node,
    action: str = "",
    *,
    nodeps: Annotated[bool, opt("--nodeps", "do not look at table deps")] = False,
    expected: Annotated[
        tuple[str, ...], opt("-m", "wait until this holds: table.column==value, or with !=, =~ or !~; needs -t")
    ] = (),
    minutes: Annotated[float, opt("-t", "minutes to wait for what -m expects")] = 0.0,
    retries: Annotated[int, opt("-r", "how often the action is repeated when -m is not reached in time")] = 3,
    wait: Annotated[float, opt("--wait", "seconds to wait until the controller reports the state")] = 0.0,
    yes: Annotated[bool, opt("--yes", "do not ask, however many nodes there are")] = False,
) -> str | None:
    """Turn nodes on or off, or say which they are.

    Actions: on, off, softoff (ask the operating system), reset, cycle, boot (reset, or on when it is off), nmi,
    stat (state, status); of the outlets that feed the nodes: pduon, pduoff, pdureset, pdustat. For a PDU, of all its outlets:
    on, off, reset, stat.

    Nodes wait for those on which they depend by table deps. site.syspowermaxnodes nodes are turned on every
    site.syspowerinterval seconds. At a terminal a question is asked for more nodes than site.powerconfirm.
    """
    if action in PDU_WORDS:
        await _switch_outlets(ctx, node, action)
        return None
    if action not in ACTIONS and action not in _READS:
        await _refuse(ctx, node, action)
        return None
    try:
        power = ctx.power(node)
    except Unsupported:
        if management_method(ctx.world, node.name) != PDU:
            raise
        await _switch_outlets(ctx, node, action)
        return None
    if action in _READS:
        return await power.power_state()
    said = await ACTIONS[action](ctx, node, power)
    if wait:
        await wait_for_state(ctx, power, REACHES[action], wait)
    words = {"expected": expected, "minutes": minutes, "retries": retries}
    if (monitor := _monitor(ctx, words)) is not None:
        await ctx.say(said, node=node.name)
        await monitor.watch(ctx, node, lambda: ACTIONS[action](ctx, node, power))
        return None
    return said


async def _switch_outlets(ctx: Ctx, node: Node, action: str) -> None:
    """Each outlet has its own deadline, and a PDU has dozens: they do not share the time of one node."""
    with ctx.standstill():
        await pdu_action(ctx, node, action)


async def _refuse(ctx: Ctx, node: Node, action: str) -> None:
    """On standard output, where xCAT says it."""
    if action in _SLEEPS:
        raise Unsupported(f"{action} is not part of what controllers have in common: use softoff and on")
    method = management_method(ctx.world, node.name)
    problem = (
        f"Error: Unsupported command: rpower {action}" if action else "Please enter an action (eg: boot,off,on, etc)"
    )
    await ctx.fail(f"{node}: {problem} when using mgt={method}.", channel=Channel.DATA)
