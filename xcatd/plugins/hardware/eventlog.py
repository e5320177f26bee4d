"""`reventlog`: what the controllers of nodes have noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from xcatd.api import Ctx, Node, UsageError, Where, command, opt
from xcatd.hardware import Event

_ALL, _CLEAR = "all", "clear"
_RECOVERED = " - Recovered"
"""What drivers put behind the text of an event that says that another one is over."""


def _changes(words: Sequence[str]) -> bool:
    return _CLEAR in words


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    entries = arguments["entries"]
    if not (entries in (_ALL, _CLEAR) or (entries.isascii() and entries.isdigit() and 0 < int(entries) < 1_000_000)):
        raise UsageError(f"reventlog: {entries!r} is not one of all, clear, or a number of entries")
    if entries == _CLEAR and arguments["newest_first"]:
        raise UsageError("reventlog: -s has no meaning with clear")


@command("reventlog", fanout=1024, timeout=120, where=Where.CONTROLLER, changes=_changes, prepare=_check)
async def reventlog(
    ctx: Ctx,
    node: Node,
    entries: str = _ALL,
    *,
    newest_first: Annotated[bool, opt("-s", "the newest entry first")] = False,
) -> None:
    """Show the event logs of nodes, or clear them.

    reventlog noderange [all | NUMBER | clear] [-s]: NUMBER is how many of the newest entries are shown, the oldest of them first.
    """
    log = ctx.device(node).event_log
    if entries == _CLEAR:
        await log.clear_events()
        await ctx.say("SEL cleared", node=node.name)
        return
    events = await log.events(None if entries == _ALL else int(entries))
    if not events:
        await ctx.say("no SEL entries", node=node.name)
        return
    await ctx.node_lines((node.name, None, _shown(event)) for event in (reversed(events) if newest_first else events))


def _shown(event: Event) -> str:
    """`11/20/2026 15:17:59 text (sensor)`, in the time zone of this daemon, and its end marked behind it, as xCAT writes it."""
    text = event.text.removesuffix(_RECOVERED)
    source = f" ({event.source})" if event.source else ""
    return f"{_time(event.when)} {text}{source}{event.text[len(text) :]}"


def _time(when: datetime | None) -> str:
    return when.astimezone().strftime("%m/%d/%Y %H:%M:%S") if when is not None else "BMC Uptime"
