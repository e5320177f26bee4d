"""`xcatcomplete`: asked by the shells' functions at each Tab; a word a line, `:files` for the files of the caller."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

from xcatd.api import Completes, Ctx, Where, XcatError, command, opt
from xcatd.model import Command
from xcatd.plugins.completion.candidates import at_most, candidates, starting
from xcatd.plugins.completion.position import Position, position
from xcatd.plugins.completion.words import split
from xcatd.policy import Policy

_ITSELF = ("xcat", "xcatclient", "xcatclientnnr")
"""Called by these names, the client takes the command from the first word."""

_OF_CLIENT = {
    "tabedit": (Completes.TABLE, ("--help", "-h")),
    "tcons": (Completes.NODES, ("--detached", "--force", "--layout", "--panes", "--spy", "-d", "-f", "-l", "-p", "-s")),
    "wcons": (Completes.NODES, ("--force", "--geometry=", "--maxn=", "--spy", "--tile=", "-g", "-t")),
    "wkill": (Completes.NODES, ("--help", "-h")),
    "xcoll": (Completes.NOTHING, ("-c", "-i", "-n")),
    "xdshbak": (Completes.NOTHING, ("-b", "-c", "-h", "-q", "-x")),
}
"""What is typed to programs that the client runs itself, and their options; the daemon has no commands of these names."""


@command("xcatcomplete", where=Where.LOCAL, asks_policy=True, completes={"words": Completes.NOTHING})
async def xcatcomplete(
    ctx: Ctx,
    words: tuple[str, ...] = (),
    *,
    line: Annotated[str, opt("--line", "the command line up to the cursor, instead of its words")] = "",
) -> None:
    """Say what may stand in the place of the last word of a command line, a word a line."""
    typed = split(line) if line else list(words)
    if typed and typed[0].rpartition("/")[2] in _ITSELF:
        del typed[0]
    else:
        typed[:1] = [typed[0].rpartition("/")[2]] if typed else [""]
    await ctx.lines(_found(ctx, typed or [""]))


def _found(ctx: Ctx, typed: Sequence[str]) -> Sequence[str]:
    name, *words = typed
    if not words:
        return at_most(starting(sorted({*ctx.host.names(), *_OF_CLIENT}), name))
    if name in _OF_CLIENT:
        kind, flags = _OF_CLIENT[name]
        choices = flags if words[-1].startswith("-") else ()
        allowed = _judge(ctx, ctx.host.find("rcons"), words) if kind is Completes.NODES else _nobody
        return candidates(ctx.world, Position("", words[-1], kind, choices), allowed)
    try:
        known = ctx.host.find(name)
    except XcatError:
        return []
    at = position(known, words)
    if at.kind is Completes.COMMAND:
        return at_most(starting(ctx.host.names(), at.stem))
    allowed = _judge(ctx, known, words)
    of_nodes = at.kind is Completes.NODES or (at.kind is Completes.OBJECTS and at.object_type == "node")
    return candidates(ctx.world, at, allowed) if at.choices or of_nodes or allowed("") else []


def _nobody(node: str) -> bool:
    return False


def _judge(ctx: Ctx, known: Command, words: Sequence[str]) -> Callable[[str], bool]:
    """Whether the caller may run the command, on a node or ("") at all, by the words that stand there by now."""
    policy, request, now = Policy.of(ctx.snapshot), ctx.request, datetime.now()

    def decide(nodes: Sequence[str] | None) -> bool:
        caller, hosts = request.caller, request.remote_clients
        return policy.decide(caller, known.name, words[:-1], nodes, now, hosts).allowed

    if decide(None):
        return lambda node: True
    return lambda node: bool(node) and decide([node])
