"""`rpower` on outlets of PDUs: those that feed a node (`pduon` ...), and all of a PDU that is itself a node (`on` ...)."""

from __future__ import annotations

from collections.abc import Mapping

from xcatd.api import Channel, Ctx, Node, NodeError, NotFound
from xcatd.hardware import OutletAction, Outlets
from xcatd.objects.endpoints.pdu import Fed, fed_by, pdu_endpoint

PDU = "pdu"
"""The management method of a PDU."""
PDU_READS = ("pdustat", "pdustatus")
"""Words that only look."""
PDU_WORDS: Mapping[str, OutletAction | None] = {
    **dict.fromkeys(PDU_READS),
    "pduon": OutletAction.ON,
    "pduoff": OutletAction.OFF,
    "pdureset": OutletAction.RESET,
}
"""For a node that PDUs feed. None: it only looks."""
_OWN_WORDS: Mapping[str, OutletAction | None] = {
    **dict.fromkeys(("stat", "state", "status")),
    "on": OutletAction.ON,
    "off": OutletAction.OFF,
    "reset": OutletAction.RESET,
}
"""For a PDU."""


async def pdu_action(ctx: Ctx, node: Node, word: str) -> None:
    """Do what a word of PDU_WORDS says with the outlets that feed the node, or another with all outlets of a PDU.

    An outlet that does not obey is a failure of its own; the others are served nevertheless.
    """
    if word in PDU_WORDS:
        for fed in fed_by(ctx.world, node.name):
            await _feeding(ctx, node, fed, PDU_WORDS[word])
    elif word in _OWN_WORDS:
        await _whole(ctx, node, _OWN_WORDS[word])
    else:
        text = f"The option {word} is not support for pdu node(s) {node}."
        await ctx.fail(text, node=node.name, channel=Channel.DATA)


async def _feeding(ctx: Ctx, node: Node, fed: Fed, action: OutletAction | None) -> None:
    """One outlet that feeds a node."""
    try:
        outlets = _outlets(ctx, fed.pdu)
        if action is not None:
            await outlets.switch(fed.outlet, action)
        state = action or (await outlets.outlets([fed.outlet]))[0].state
    except (NodeError, NotFound) as error:
        await ctx.fail(str(error), node=node.name)
        return
    await ctx.say(f"{fed.pdu} operational state for {outlets.noun} {fed.outlet} is {state}", node=node.name)


async def _whole(ctx: Ctx, node: Node, action: OutletAction | None) -> None:
    """All outlets of a PDU."""
    outlets = _outlets(ctx, node.name)
    before = await outlets.outlets()
    for outlet in before:
        if action is None:
            await ctx.say(_seen(outlets.noun, outlet.number, outlet.state), node=node.name)
            continue
        try:
            await outlets.switch(outlet.number, action)
        except NodeError as error:
            await ctx.fail(f"{outlets.noun} {outlet.number}: {error}", node=node.name)
        else:
            await ctx.say(f"{outlets.noun} {outlet.number} is {action}", node=node.name)


def _seen(noun: str, number: int, state: str) -> str:
    """In xCAT's words, which differ for the two."""
    return (
        f"operational state for the outlet {number} is {state}" if noun == "outlet" else f"{noun} {number} is {state}"
    )


def _outlets(ctx: Ctx, pdu: str) -> Outlets:
    return ctx.host.controllers.device(PDU, pdu_endpoint(ctx.world, pdu)).outlets
