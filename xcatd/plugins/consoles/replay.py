"""`replaycons`: what consoles have said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from xcatd.api import FOREVER, Ctx, NodeError, Nodes, UsageError, Where, command, opt
from xcatd.model import NodeLine, Raw

if TYPE_CHECKING:
    from xcatd.consoles.log.cursor import Cursor
    from xcatd.consoles.log.lines import TextLine
    from xcatd.consoles.log.places import Places
    from xcatd.consoles.log.stream import Stream

_FOLLOWED = 10
"""Lines that `-f` shows of what was said before, as tail(1) does."""
_AT_ONCE = 1000
"""Lines that are read in one go."""
_LOOKS_AT = 20_000
"""Logs that are looked at in a second, when they are followed."""
_LOOKS = 0.2
"""Seconds between two looks at the least."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be shown: times are ms since 1970; `lines` None: all."""

    lines: int | None
    since: int | None
    until: int | None
    follow: bool

    def begin(self, cursor: Cursor) -> None:
        """Go to where it begins. Raises OSError."""
        if self.since is not None:
            cursor.to_time(self.since)
        elif self.lines is not None:
            cursor.to_last(self.lines)


def _wanted(lines: int, since: str, until: str, *, follow: bool) -> _Wanted:
    """Raises UsageError."""
    from xcatd.consoles.log.moments import moment

    if lines and since:
        raise UsageError("Say either where to begin (--from) or how many lines (-n)")
    some = lines or (_FOLLOWED if follow and not since else None)
    return _Wanted(some, moment(since) if since else None, moment(until) if until else None, follow)


async def _check(ctx: Ctx, nodes: Sequence[str], arguments: Mapping[str, Any]) -> None:
    """Said once, not by each daemon that has some of the logs."""
    last, tail, bps = (arguments[name] for name in ("last", "tail", "bps"))
    if min(last, tail, bps) < 0 or arguments["speed"] <= 0:
        raise UsageError("Numbers of lines, bits per second and the speed are more than 0")
    _wanted(last or tail, arguments["since"], arguments["until"], follow=arguments["follow"])
    if bps and len(nodes) > 1:
        raise UsageError(f"{len(nodes)} consoles cannot be played at once: leave out the rate, and they come as lines")


@command("replaycons", timeout=FOREVER, interactive=True, where=Where.CONSOLE, prepare=_check)
async def replaycons(
    ctx: Ctx,
    nodes: Nodes,
    bps: int = 0,
    tail: int = 0,
    *,
    speed: Annotated[float, opt("-s", "--speed", "so many times as quickly as it was")] = 1.0,
    since: Annotated[
        str, opt("--from", "what came from this time on: 14:00, '2026-11-21 14:00', or 10m, 2h, 3d ago")
    ] = "",
    until: Annotated[str, opt("--to", "what came before this time")] = "",
    last: Annotated[int, opt("-n", "--lines", "only the last so many lines")] = 0,
    follow: Annotated[bool, opt("-f", "--follow", "go on with what is said from now on")] = False,
    text: Annotated[bool, opt("--text", "lines with their times, also at a terminal")] = False,
) -> None:
    """Show what consoles have said, also when nobody looked.

    At a terminal the log of one node is played with the pauses that it had, none of them longer than 5 s; space pauses,
    + and - change the speed, q ends. Several nodes, or what is not for a terminal, are printed at once: lines in the order of
    time, each with its node and its time. What happened to a console stands in brackets.

    `bps`: play at so many bits per second, whatever the pauses were; `tail`: the last so many lines. That is how xCAT has it.
    """
    from xcatd.consoles.log.places import FOLDER, Places

    wanted = _wanted(last or tail, since, until, follow=follow)
    places = Places(ctx.host.root / FOLDER)
    is_one = ctx.request.noderange in nodes  # with a group, another daemon may have the rest of it
    if is_one and not text and (ctx.request.screen or bps):
        await _play(ctx, places, nodes[0], wanted, speed, bps if ctx.request.screen else 0)
    else:
        await _print(ctx, places, nodes, wanted)


# -- as it was -----------------------------------------------------------------------------------------------------


async def _play(ctx: Ctx, places: Places, node: str, wanted: _Wanted, speed: float, bps: int) -> None:
    from xcatd.consoles.log.cursor import Cursor
    from xcatd.consoles.log.player import Pace, Player

    async def show(octets: bytes) -> None:
        await ctx.send(Raw(octets))

    cursor = Cursor(places, node)
    with ExitStack() as stack:
        stack.callback(cursor.close)
        if trouble := await asyncio.to_thread(_begin, places, {node: cursor}, wanted):
            raise NodeError(trouble[node])
        if not ctx.request.screen:
            await _pass_on(ctx, cursor, wanted)
            return
        await Player(cursor, ctx.terminal, show, Pace(speed, bps), wanted.until, wanted.follow).play()
        await ctx.send(Raw(b"\r\n"))


async def _pass_on(ctx: Ctx, cursor: Cursor, wanted: _Wanted) -> None:
    """The bytes as they are, to a file or a program."""
    from xcatd.consoles.log.lines import Said

    while some := await asyncio.to_thread(cursor.read):
        for moment in some:
            if wanted.until is not None and moment.ms >= wanted.until:
                return
            if isinstance(moment, Said):
                await ctx.send(Raw(moment.octets))


# -- as lines ------------------------------------------------------------------------------------------------------


async def _print(ctx: Ctx, places: Places, nodes: Sequence[str], wanted: _Wanted) -> None:
    from xcatd.consoles.log.cursor import Cursor
    from xcatd.consoles.log.stream import Stream

    cursors = {node: Cursor(places, node) for node in nodes}
    troubles = await asyncio.to_thread(_begin, places, cursors, wanted)
    for node, trouble in troubles.items():
        await ctx.fail(trouble, node=node)
        del cursors[node]
    stream = Stream(cursors, wanted.until)
    with ExitStack() as stack:
        stack.callback(stream.close)
        await _lines(ctx, stream)
        if wanted.follow and cursors:
            await _follow(ctx, stream, max(_LOOKS, len(cursors) / _LOOKS_AT))
        await ctx.node_lines(map(_shown, stream.rest()))


async def _lines(ctx: Ctx, stream: Stream) -> None:
    while some := await asyncio.to_thread(stream.there, _AT_ONCE):
        await ctx.node_lines(map(_shown, some))


async def _follow(ctx: Ctx, stream: Stream, every: float) -> None:
    """Until the caller goes."""
    while True:
        await asyncio.sleep(every)
        if some := await asyncio.to_thread(stream.news):
            await ctx.node_lines(map(_shown, some))


def _shown(line: TextLine) -> NodeLine:
    from xcatd.consoles.log.moments import shown

    return line.node, None, f"{shown(line.ms)} {line.text}"


def _begin(places: Places, cursors: Mapping[str, Cursor], wanted: _Wanted) -> Mapping[str, str]:
    """Have them all where they begin; gives why some cannot be read. One that is followed need not be there yet."""
    troubles = {}
    for node, cursor in cursors.items():
        path: Path = places.data(node)
        try:
            wanted.begin(cursor)
            if not (wanted.follow or cursor.is_there):
                troubles[node] = (
                    f"nothing that its console said is on this host ({path}): see consoleondemand, or rcons"
                )
        except OSError as error:
            troubles[node] = f"the log of its console cannot be read ({path}): {error.strerror}"
    return troubles
